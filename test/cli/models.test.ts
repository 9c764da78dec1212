import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTracker } from '../../adapters/node.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()

beforeAll(async () => {
  const tracker = await openTracker(cli.store)
  await tracker.close()
})

beforeEach(async () => {
  const tracker = await openTracker(cli.store)
  const { client } = tracker
  try {
    for (const { name } of (await client.searchRegisteredModels()).registeredModels)
      await client.deleteRegisteredModel(name)
    await client.createRegisteredModel('cnn', { description: 'small', tags: { team: 'vision' } })
    await client.createRegisteredModel("o'brien", { tags: { team: 'text' } })
    for (const ok of ['no', 'yes', 'yes'])
      await client.createModelVersion('cnn', 's3://bucket/cnn', { tags: { ok } })
    await client.createModelVersion("o'brien", 's3://bucket/other')
    await client.setRegisteredModelAlias('cnn', 'champion', 2)
  } finally {
    await tracker.close()
  }
})

const models = (...args: string[]) => cli.tracklet(['models', ...args])

async function jsonOf<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await models(...args, '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as T
}

const cells = (table: string): string[][] =>
  table
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/))

const numbersOf = async (...args: string[]): Promise<string[]> =>
  (await jsonOf<{ version: string }[]>('versions', ...args)).map(({ version }) => version)

describe('models list', () => {
  it('is a table with the latest versions and aliases', async () => {
    const { code, out } = await models('list')
    expect(code).toBe(0)
    const [titles, , cnn] = cells(out)
    expect(titles).toEqual(['Name', 'Latest versions', 'Aliases', 'Updated', 'Description'])
    expect(cnn).toEqual([
      'cnn',
      '3',
      'champion=2',
      expect.stringMatching(/^\d{4}-.* UTC$/),
      'small',
    ])
    expect((await models('search')).out).toBe(out)
  })

  it('takes a filter, an order and a number', async () => {
    const names = async (...args: string[]): Promise<string[]> =>
      (await jsonOf<{ name: string }[]>('list', ...args)).map(({ name }) => name)
    expect(await names('--order-by', 'name DESC')).toEqual(["o'brien", 'cnn'])
    expect(await names('--filter', "tags.team = 'text'")).toEqual(["o'brien"])
    expect(await names('--max-results', '1')).toEqual(['cnn'])
  })

  it('is CSV with a column for each tag', async () => {
    const [titles = '', cnn = ''] = (await models('list', '--csv')).out.split('\n')
    expect(titles).toBe(
      'name,description,creation_timestamp,last_updated_timestamp,latest_versions,aliases,tags.team',
    )
    expect(cnn).toMatch(/^cnn,small,.*,3,champion=2,vision$/)
  })

  it('shows where a filter is wrong', async () => {
    const { code, err } = await models('list', '--filter', 'nme = 1')
    expect(code).toBe(1)
    expect(err).toMatch(/^error: INVALID_PARAMETER_VALUE: .*\n {2}nme = 1\n +\^+\n$/s)
  })
})

describe('models versions', () => {
  it('are those of one model, with their aliases, or all', async () => {
    const { out } = await models('versions', '--name', 'cnn', '--order-by', 'version_number ASC')
    expect(cells(out)[3]).toEqual(expect.arrayContaining(['cnn', '2', 'None', 'champion']))
    expect(await numbersOf('-n', 'cnn', '--order-by', 'version_number ASC')).toEqual([
      '1',
      '2',
      '3',
    ])
    expect(await numbersOf('-n', "o'brien")).toEqual(['1'])
    expect(await numbersOf()).toHaveLength(4)
  })

  it('take a filter beside the name', async () => {
    const filter = ['--filter', "tags.ok = 'yes'", '--order-by', 'version_number DESC']
    expect(await numbersOf('-n', 'cnn', ...filter)).toEqual(['3', '2'])
    expect(await numbersOf('-n', 'cnn', ...filter, '--max-results', '1')).toEqual(['3'])
    const { err } = await models('versions', '-n', 'cnn', '--filter', "nme = 'x'")
    expect(err).toMatch(/\n {2}nme = 'x'\n +\^+\n$/)
  })

  it('of a model that is not there are refused', async () => {
    const { code, err } = await models('versions', '-n', 'nobody')
    expect(code).toBe(1)
    expect(err).toMatch(/^error: RESOURCE_DOES_NOT_EXIST: /)
  })
})

describe('models describe', () => {
  it('prints a model, or a version by number or alias', async () => {
    expect(await jsonOf('describe', '-n', 'cnn')).toMatchObject({
      name: 'cnn',
      description: 'small',
      tags: { team: 'vision' },
      aliases: { champion: '2' },
      latest_versions: [{ version: '3' }],
    })
    const second = { version: '2', source: 's3://bucket/cnn', aliases: ['champion'] }
    expect(await jsonOf('describe', '-n', 'cnn', '-m', '2')).toMatchObject(second)
    expect(await jsonOf('describe', '-n', 'cnn', '-a', 'champion')).toMatchObject(second)
    expect(await jsonOf('describe', '-n', 'cnn', '-a', 'latest')).toMatchObject({ version: '3' })
    const both = await models('describe', '-n', 'cnn', '-m', '1', '-a', 'champion')
    expect(both.code).toBe(2)
  })
})

describe('an alias', () => {
  it('is set, moved and deleted', async () => {
    const set = await models('set-alias', '-n', 'cnn', '-a', 'champion', '-m', '3')
    expect(set).toEqual({ code: 0, out: "Alias 'champion' of 'cnn' names version 3.\n", err: '' })
    const json = await jsonOf('set-alias', '-n', 'cnn', '-a', 'champion', '-m', '01')
    expect(json).toEqual({ name: 'cnn', alias: 'champion', version: '1' })
    expect((await models('delete-alias', '-n', 'cnn', '-a', 'champion')).code).toBe(0)
    expect(await jsonOf('describe', '-n', 'cnn')).toMatchObject({ aliases: {} })
    const none = await models('set-alias', '-n', 'cnn', '-a', 'champion', '-m', '9')
    expect(none.err).toMatch(/^error: RESOURCE_DOES_NOT_EXIST: /)
  })
})

describe('a version', () => {
  it('moves between stages', async () => {
    const to = (version: string, ...more: string[]) =>
      models('transition', '-n', 'cnn', '-m', version, '--stage', 'Production', ...more)
    expect((await to('1')).out).toBe("Version 1 of 'cnn' is in stage Production.\n")
    expect((await to('2', '--archive-existing-versions')).code).toBe(0)
    expect(await jsonOf('describe', '-n', 'cnn', '-m', '1')).toMatchObject({
      current_stage: 'Archived',
    })
    const unknown = await models('transition', '-n', 'cnn', '-m', '1', '--stage', 'Nowhere')
    expect(unknown.code).toBe(2)
  })

  it('is deleted alone, a model only when so asked', async () => {
    expect((await models('delete', '-n', 'cnn')).code).toBe(2)
    expect((await models('delete', '-n', 'cnn', '-m', '1', '--all-versions')).code).toBe(2)
    expect(await models('delete', '-n', 'cnn', '-m', '2')).toEqual({
      code: 0,
      out: "Version 2 of 'cnn' has been deleted.\n",
      err: '',
    })
    expect(await jsonOf('describe', '-n', 'cnn')).toMatchObject({ aliases: {} })
    expect(await numbersOf('-n', 'cnn')).toHaveLength(2)
    expect(await jsonOf('delete', '-n', 'cnn', '--all-versions')).toEqual({ name: 'cnn' })
    expect((await models('describe', '-n', 'cnn')).code).toBe(1)
  })
})

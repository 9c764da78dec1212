import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openTracker } from '../../adapters/node.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()

/** Ids of the experiments by their names. */
const ids: Record<string, string> = {}

beforeAll(async () => {
  const tracker = await openTracker(cli.store)
  const { client } = tracker
  try {
    for (const name of ['beta', 'alpha', 'old'])
      ids[name] = await client.createExperiment(name, { tags: { team: name } })
    await client.deleteExperiment(ids.old!)
    const run = await client.createRun(ids.alpha!, { runName: 'one', startTime: 1_000 })
    await client.logMetric(run.info.runId, 'acc', 0.5)
  } finally {
    await tracker.close()
  }
})

const experiments = (...args: string[]) => cli.tracklet(['experiments', ...args])

async function namesOf(...flags: string[]): Promise<string[]> {
  const { code, out, err } = await experiments('search', '--json', ...flags)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return (JSON.parse(out) as { name: string }[]).map(({ name }) => name)
}

describe('experiments search', () => {
  it('is a table of MLflow’s columns, under either name', async () => {
    const { code, out, err } = await experiments('search')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/))
    expect(rows[0]).toEqual(['Experiment Id', 'Name', 'Artifact Location'])
    expect(
      rows
        .slice(2)
        .map(([id, name]) => [id, name])
        .sort(),
    ).toEqual(
      [
        ['0', 'Default'],
        [ids.beta, 'beta'],
        [ids.alpha, 'alpha'],
      ].sort(),
    )
    expect((await experiments('list')).out).toBe(out)
  })

  it('takes a view, a filter, an order and a number', async () => {
    expect(await namesOf('--view', 'deleted_only')).toEqual(['old'])
    expect(await namesOf('--order-by', 'name DESC')).toEqual(['beta', 'alpha', 'Default'])
    expect(await namesOf('--order-by', 'name ASC', '--max-results', '2')).toEqual([
      'Default',
      'alpha',
    ])
    expect(await namesOf('--filter', "tags.team = 'alpha'")).toEqual(['alpha'])
    const { out } = await experiments('search', '--view', 'all', '--order-by', 'name ASC')
    expect(out).toMatch(/old +deleted /)
  })

  it('shows where a filter is wrong', async () => {
    const { code, err } = await experiments('search', '--filter', 'nme = 1')
    expect(code).toBe(1)
    expect(err).toMatch(/^error: INVALID_PARAMETER_VALUE: .*\n {2}nme = 1\n +\^+\n$/s)
  })

  it('is CSV with a column for each tag', async () => {
    const { out } = await experiments('search', '--csv', '--order-by', 'name ASC')
    const [header, , alpha = ''] = out.split('\n')
    expect(header).toBe(
      'experiment_id,name,artifact_location,lifecycle_stage,creation_time,last_update_time,tags.team',
    )
    expect(alpha.split(',').slice(0, 2)).toEqual([ids.alpha, 'alpha'])
    expect(alpha).toMatch(/,active,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*,alpha$/)
  })
})

describe('experiments get', () => {
  it('tells of one by id or name, as lines or JSON', async () => {
    const { code, out } = await experiments('get', '--experiment-name', 'alpha')
    expect(code).toBe(0)
    expect(out).toMatch(/^Experiment ID {6}: \d+\nName {15}: alpha\nArtifact Location {2}: /)
    expect(out).toMatch(/\nTags {15}: team=alpha\n$/)
    const asJson = await experiments('get', '-x', ids.alpha!, '--output', 'json')
    expect(JSON.parse(asJson.out)).toMatchObject({
      experiment_id: ids.alpha,
      name: 'alpha',
      lifecycle_stage: 'active',
      tags: { team: 'alpha' },
    })
    expect((await experiments('get', '-x', ids.alpha!, '--json')).out).toBe(asJson.out)
  })

  it('is refused where there is none', async () => {
    for (const flags of [
      ['-x', '999'],
      ['-n', 'nowhere'],
    ]) {
      const { code, err } = await experiments('get', ...flags)
      expect(code).toBe(1)
      expect(err).toMatch(/^error: RESOURCE_DOES_NOT_EXIST: /)
    }
  })
})

describe('an experiment', () => {
  it('is created, renamed, deleted and restored', async () => {
    const created = await experiments('create', '-n', 'fresh', '-l', 's3://bucket/fresh')
    const id = /^Created experiment 'fresh' with id (\d+)\n$/.exec(created.out)?.[1]
    expect(id).toBeDefined()
    const taken = await experiments('create', '-n', 'fresh')
    expect(taken.code).toBe(1)
    expect(taken.err).toMatch(/^error: RESOURCE_ALREADY_EXISTS: /)

    const renamed = await experiments('rename', '-x', id!, '--new-name', 'stale')
    expect(renamed.out).toBe(`Experiment with id ${id} has been renamed to 'stale'.\n`)
    expect(await experiments('delete', '-x', id!)).toEqual({
      code: 0,
      out: `Experiment with ID ${id} has been deleted.\n`,
      err: '',
    })
    expect(await namesOf('--view', 'deleted_only', '--filter', "name = 'stale'")).toEqual(['stale'])
    const restored = await experiments('restore', '-x', id!, '--json')
    expect(JSON.parse(restored.out)).toEqual({ experiment_id: id, lifecycle_stage: 'active' })
    const { out } = await experiments('get', '-x', id!, '--json')
    expect(JSON.parse(out)).toMatchObject({
      name: 'stale',
      artifact_location: 's3://bucket/fresh',
      lifecycle_stage: 'active',
    })
  })
})

describe('experiments csv', () => {
  it('writes the runs to a file or to standard output', async () => {
    const { out } = await experiments('csv', '-x', ids.alpha!)
    const [header = '', row = ''] = out.split('\n')
    expect(header.split(',')).toContain('metrics.acc')
    expect(row).toContain('1970-01-01 00:00:01+00:00')

    const { code, out: line } = await experiments('csv', '-x', ids.alpha!, '--filename', 'runs.csv')
    expect(code).toBe(0)
    expect(line).toBe(
      `Experiment with ID ${ids.alpha} has been exported as a CSV to file: runs.csv.\n`,
    )
    expect(await readFile(join(cli.folder, 'runs.csv'), 'utf8')).toBe(out)
    const asJson = await experiments('csv', '-x', ids.alpha!, '-o', 'again.csv', '--json')
    expect(JSON.parse(asJson.out)).toEqual({
      experiment_id: ids.alpha,
      filename: 'again.csv',
      runs: 1,
    })
  })

  it('is refused where the file cannot be written, or the experiment is not there', async () => {
    const file = join('nowhere', 'runs.csv')
    const refused = await experiments('csv', '-x', ids.alpha!, '-o', file)
    expect(refused.code).toBe(1)
    expect(refused.err).toContain(`Cannot write ${file}`)
    expect((await experiments('csv', '-x', '999')).err).toMatch(/RESOURCE_DOES_NOT_EXIST/)
  })
})

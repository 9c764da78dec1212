import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTracker } from '../../adapters/node.js'
import { GROUPS, VERBS } from '../../src/cli/verbs.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()

describe('help', () => {
  it('names every command, and costs no store', async () => {
    const { code, out, err } = await cli.tracklet(['--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const group of Object.keys(GROUPS)) expect(out).toContain(`  ${group} `)
    for (const group of Object.keys(GROUPS)) {
      const { out: text } = await cli.tracklet([group, '--help'])
      for (const verb of VERBS) if (verb.group === group) expect(text).toContain(`  ${verb.name}`)
    }
    expect(existsSync(cli.store)).toBe(false)
  })

  it.each(VERBS.map((verb) => [verb.group, verb.name, verb] as const))(
    'of %s %s has its options, the global ones and examples',
    async (group, name, verb) => {
      const { code, out } = await cli.tracklet([group, name, '--help'])
      expect(code).toBe(0)
      for (const { flags } of verb.options) expect(out).toContain(flags)
      for (const flags of ['--store <dir>', '--json']) expect(out).toContain(flags)
      expect(verb.examples.length).toBeGreaterThan(0)
      for (const example of verb.examples) expect(out).toContain(`  $ ${example}`)
    },
  )

  it('has the version of the package', async () => {
    const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
    const { version } = JSON.parse(manifest) as { version: string }
    expect(await cli.tracklet(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })
})

describe('a wrong command line', () => {
  it.each([
    { args: [], says: 'tracklet --help' },
    { args: ['runs'], says: 'tracklet --help' },
    { args: ['runs', 'lst'], says: 'Did you mean list?' },
    { args: ['run'], says: 'Did you mean runs?' },
    { args: ['runs', 'list', '--experiment', 'a'], says: "unknown option '--experiment'" },
    { args: ['runs', 'list', '-n', 'a', '--max-results', '0'], says: 'a whole number from 1' },
    { args: ['runs', 'list', '-n', 'a', '--max-results', '1e3'], says: 'a whole number from 1' },
    { args: ['runs', 'list', '-n', 'a', '--view', 'some'], says: 'active_only' },
    { args: ['runs', 'list', '-n', 'a', 'b'], says: 'too many arguments' },
    { args: ['runs', 'list'], says: '--experiment-name NAME' },
    { args: ['runs', 'list', '-n', 'a', '--all-experiments'], says: 'not both' },
    { args: ['runs', 'list', '-n', 'a', '--filter'], says: 'argument missing' },
    { args: ['runs', 'compare'], says: "missing required argument 'run-id'" },
    { args: ['runs', 'describe'], says: '--run-id' },
    { args: ['experiments', 'create'], says: '--experiment-name' },
    { args: ['experiments', 'get'], says: 'exactly one of' },
    { args: ['experiments', 'get', '-x', '1', '-n', 'a'], says: 'exactly one of' },
  ])('ends with 2 and says what is wrong: $args', async ({ args, says }) => {
    const { code, out, err } = await cli.tracklet(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^error: /)
    expect(err).toContain(says)

    const asJson = await cli.tracklet([...args, '--json'])
    expect({ code: asJson.code, out: asJson.out }).toEqual({ code: 2, out: '' })
    expect(JSON.parse(asJson.err)).toEqual({
      error_code: 'BAD_REQUEST',
      message: expect.stringContaining(says),
    })
  })

  it.each([
    { args: ['experiments', 'list', '--csv'], says: 'not both' },
    { args: ['experiments', 'csv', '-x', '0'], says: '--filename' },
  ])('asks for CSV and JSON on one output: $args', async ({ args, says }) => {
    const { code, out, err } = await cli.tracklet([...args, '--json'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(JSON.parse(err)).toMatchObject({ message: expect.stringContaining(says) })
  })
})

describe('a store', () => {
  it.each([
    ['experiments', 'list'],
    ['runs', 'list', '--all-experiments'],
    ['runs', 'describe', '--run-id', 'a'.repeat(32)],
    ['runs', 'compare', 'a'.repeat(32)],
    ['experiments', 'delete', '-x', '1'],
  ])('that is not there is named, and not made, by %s %s', async (...args) => {
    const { code, out, err } = await cli.tracklet([...args, '--store', './missing'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^error: RESOURCE_DOES_NOT_EXIST: There is no store at /)
    expect(err).toContain(join(cli.folder, 'missing'))
    expect(existsSync(join(cli.folder, 'missing'))).toBe(false)
  })

  it('is ./.tracklet by default, TRACKLET_URI, or --store, wherever that stands', async () => {
    const create = ['experiments', 'create', '-n']
    const own = { env: { TRACKLET_URI: '' } }
    expect(await cli.tracklet([...create, 'in-default'], own)).toMatchObject({ code: 0 })
    expect(await cli.tracklet([...create, 'in-named', '--store', './named'])).toMatchObject({
      code: 0,
    })
    expect(await readdir(cli.folder)).toEqual(expect.arrayContaining(['.tracklet', 'named']))

    const list = ['experiments', 'list']
    expect((await cli.tracklet(list, own)).out).toContain('in-default')
    const env = { TRACKLET_URI: join(cli.folder, 'named') }
    expect((await cli.tracklet(list, { env })).out).toContain('in-named')
    expect((await cli.tracklet(['--store', './named', ...list])).out).toContain('in-named')
  })

  it('that another process has open is refused, not waited for without end', async () => {
    const tracker = await openTracker(join(cli.folder, 'busy'))
    try {
      const { code, err } = await cli.tracklet(['experiments', 'list', '--store', './busy'])
      expect(code).toBe(1)
      expect(err).toMatch(/^error: RESOURCE_CONFLICT: /)
      expect(err).toContain(String(process.pid))
    } finally {
      await tracker.close()
    }
  })

  it('of MLflow is refused and left as it is', async () => {
    const folder = join(cli.folder, 'mlruns')
    await mkdir(join(folder, '0'), { recursive: true })
    await writeFile(join(folder, '0', 'meta.yaml'), 'name: Default\n')
    const args = ['experiments', 'create', '-n', 'a', '--store', folder, '--json']
    const { code, err } = await cli.tracklet(args)
    expect(code).toBe(1)
    expect(JSON.parse(err)).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' })
    expect(await readdir(folder)).toEqual(['0'])
  })
})

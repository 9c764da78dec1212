import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { startServer } from '../../adapters/node-server.js'
import { openTracker, type Tracker } from '../../adapters/node.js'
import { parseAge } from '../../src/cli/gc-age.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()
let store = ''
let stores = 0
/** Two runs of the experiment `kept`, the first of them deleted, and one of `gone`, which is deleted. */
let ids: { first: string; second: string; third: string; kept: string; gone: string }

beforeEach(async () => {
  store = join(cli.folder, `store${++stores}`)
  const tracker = await openTracker(store)
  const kept = await tracker.client.createExperiment('kept')
  const gone = await tracker.client.createExperiment('gone')
  const [first, second] = [await newRun(tracker, kept), await newRun(tracker, kept)]
  const third = await newRun(tracker, gone)
  await tracker.client.deleteRun(first)
  await tracker.client.deleteExperiment(gone)
  await tracker.close()
  ids = { first, second, third, kept, gone }
})

async function newRun({ client }: Tracker, experimentId: string): Promise<string> {
  const { info } = await client.createRun(experimentId)
  await client.logMetric(info.runId, 'loss', 0.5)
  await client.logText(info.runId, info.runId.repeat(1_000), 'big.txt')
  return info.runId
}

const collect = (...args: string[]) => cli.tracklet(['gc', '--store', store, ...args])

async function left(): Promise<{ runs: string[]; experiments: string[] }> {
  const tracker = await openTracker(store)
  try {
    const { client } = tracker
    const { experiments } = await client.searchExperiments({ viewType: 'ALL' })
    const experimentIds = experiments.map(({ experimentId }) => experimentId)
    const runs = await tracker.searchRuns({ experimentIds, viewType: 'ALL' }).all()
    return { runs: runs.map(({ info }) => info.runId).sort(), experiments: experimentIds.sort() }
  } finally {
    await tracker.close()
  }
}

const everything = () => ({
  runs: [ids.first, ids.second, ids.third].sort(),
  experiments: ['0', ids.kept, ids.gone].sort(),
})

describe('gc', () => {
  it('removes all that is deleted, its bytes too, and nothing else', async () => {
    expect((await readdir(join(store, 'blobs'))).length).toBe(3)
    const { code, out, err } = await collect()
    expect([code, err]).toEqual([0, ''])
    expect(out.trimEnd().split('\n').sort()).toEqual(
      [
        `Run with ID ${ids.first} has been permanently deleted.`,
        `Run with ID ${ids.third} has been permanently deleted.`,
        `Experiment with ID ${ids.gone} has been permanently deleted.`,
      ].sort(),
    )
    expect(await left()).toEqual({ runs: [ids.second], experiments: ['0', ids.kept].sort() })
    expect((await readdir(join(store, 'blobs'))).length).toBe(1)
    expect((await collect()).out).toBe('There is nothing to delete.\n')
  })

  it('tells only what it would do, with --dry-run', async () => {
    const { out } = await collect('--dry-run', '--json')
    expect(JSON.parse(out)).toEqual({
      dry_run: true,
      runs: expect.toSatisfy(
        (runs: string[]) => runs.slice().sort().join() === [ids.first, ids.third].sort().join(),
      ) as string[],
      logged_models: [],
      experiments: [ids.gone],
      kept_experiments: [],
    })
    expect((await collect('--dry-run')).out).toContain('would be permanently deleted.')
    expect(await left()).toEqual(everything())
  })

  it('removes what is named, and no more', async () => {
    expect((await collect('--run-ids', ` ${ids.first},`)).code).toBe(0)
    expect((await left()).runs).toEqual([ids.second, ids.third].sort())
    const { out } = await collect('--experiment-ids', ids.gone, '--json')
    expect(JSON.parse(out)).toMatchObject({ runs: [ids.third], experiments: [ids.gone] })
    expect((await left()).runs).toEqual([ids.second])
  })

  it('removes deleted logged models with their files, all or those that are named', async () => {
    const tracker = await openTracker(store)
    const { client } = tracker
    const models: string[] = []
    for (const name of ['one', 'two', 'three']) {
      const { modelId } = await client.createLoggedModel(ids.kept, { name })
      await client.logModelArtifact(modelId, new TextEncoder().encode(name), 'weights.bin')
      if (name !== 'three') await client.deleteLoggedModel(modelId)
      models.push(modelId)
    }
    await tracker.close()
    const [one = '', two = '', three = ''] = models
    const refused = await collect('--logged-model-ids', `${one},${three}`)
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('is not in `deleted`')])
    expect((await collect('--logged-model-ids', 'm-none')).code).toBe(1)
    const named = await collect('--logged-model-ids', one)
    expect(named.out).toBe(`Logged model with ID ${one} has been permanently deleted.\n`)
    const rest = JSON.parse((await collect('--json')).out) as { logged_models: string[] }
    expect(rest.logged_models).toEqual([two])
    const again = await openTracker(store)
    expect((await again.client.getLoggedModel(three)).name).toBe('three')
    await again.close()
  })

  it.each([
    ['an active run', () => ['--run-ids', `${ids.first},${ids.second}`], 'is not in `deleted`'],
    ['an unknown run', () => ['--run-ids', `${ids.first},nope`], 'Run with id=nope not found'],
    [
      'an active experiment',
      () => ['--experiment-ids', `${ids.gone},${ids.kept}`],
      `are not in the deleted lifecycle stage.`,
    ],
    ['an unknown experiment', () => ['--experiment-ids', '77'], 'No Experiment with id=77 exists'],
    [
      'a young run',
      () => ['--run-ids', ids.first, '--older-than', '1d'],
      'is not older than the required age. Only runs older than 1d can be deleted.',
    ],
    [
      'a young experiment',
      () => ['--experiment-ids', ids.gone, '--older-than', '1h'],
      'are not older than the required age. Only experiments older than 1h can be deleted.',
    ],
  ])('refuses %s, and removes nothing then', async (_what, args, message) => {
    const { code, out, err } = await collect(...args())
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(message)
    expect(await left()).toEqual(everything())
  })

  it.each([
    ['--run-ids', ','],
    ['--experiment-ids', ''],
    ['--older-than', 'a day'],
    ['--older-than', ''],
  ])('takes %s %j for wrong usage rather than for everything', async (flag, value) => {
    expect((await collect(flag, value)).code).toBe(2)
    expect(await left()).toEqual(everything())
  })

  it('leaves what is younger', async () => {
    expect((await collect('--older-than', '1h')).out).toBe('There is nothing to delete.\n')
    expect(await left()).toEqual(everything())
    expect((await collect('--older-than', '0s')).code).toBe(0)
    expect((await left()).runs).toEqual([ids.second])
  })

  it('keeps a deleted experiment while a run of it is active', async () => {
    const tracker = await openTracker(store)
    await tracker.client.restoreRun(ids.third)
    await tracker.close()
    const { code, err } = await collect()
    expect([code, err]).toEqual([0, expect.stringContaining(`too lately: ${ids.gone}.`)])
    expect((await left()).runs).toEqual([ids.second, ids.third].sort())
    const named = await collect('--experiment-ids', ids.gone)
    expect([named.code, named.err]).toEqual([
      1,
      expect.stringContaining('have runs that are active'),
    ])
  })

  it('says that servers remove nothing', async () => {
    const server = await startServer({ store: 'memory:', port: 0, log: () => undefined })
    const { code, err } = await cli.tracklet(['gc', '--store', server.url])
    await server.close()
    expect([code, err]).toEqual([1, expect.stringContaining('A server removes nothing for good')])
  })

  it('removes the files of a destination, of those runs alone', async () => {
    const destination = join(cli.folder, `files${stores}`)
    const folderOf = (experiment: string, run: string): string =>
      join(destination, experiment, run, 'artifacts')
    const places = [
      folderOf(ids.kept, ids.first),
      folderOf(ids.kept, ids.second),
      folderOf(ids.gone, ids.third),
    ]
    for (const place of places) {
      await mkdir(place, { recursive: true })
      await writeFile(join(place, 'a.txt'), 'a')
    }
    expect((await collect('--artifacts-destination', destination)).code).toBe(0)
    const isThere = await Promise.all(places.map((place) => stat(place).then(Boolean, () => false)))
    expect(isThere).toEqual([false, true, false])
    const wrong = await collect('--artifacts-destination', join(cli.folder, 'nowhere'))
    expect(wrong.code).toBe(1)
  })
})

describe('an age', () => {
  it.each([
    ['1d2h3m4s', 93_784_000],
    ['1.5h', 5_400_000],
    ['.5m', 30_000],
    ['0s', 0],
    ['1.2d3h4m5s', 114_725_000],
    ['0.0015s', 1],
  ])('of %s is %d ms', (text, ms) => {
    expect(parseAge(text)).toBe(ms)
  })

  it.each(['', '1', '1x', 'd', '1m1h', '1.2.3d', '-1d', '1 d', '1d\n'])('is not %j', (text) => {
    expect(() => parseAge(text)).toThrow(/Could not parse any time information/)
  })
})

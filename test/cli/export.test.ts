import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openTracker } from '../../adapters/node.js'
import type { ImportReport } from '../../src/import/report.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()
const ids = { first: '', second: '', mnist: '' }

beforeAll(async () => {
  const tracker = await openTracker(cli.store)
  const { client } = tracker
  ids.mnist = await client.createExperiment('mnist')
  const runs: string[] = []
  for (const [i, experiment] of [ids.mnist, '0'].entries()) {
    const { info } = await client.createRun(experiment)
    await client.logMetric(info.runId, 'loss', i, { step: 1 })
    await client.logText(info.runId, 'hello', 'a.txt')
    runs.push(info.runId)
  }
  ids.first = runs[0]!
  ids.second = runs[1]!
  await tracker.close()
})

const at = (name: string): string => join(cli.folder, name)

/** What is imported again out of an export. */
async function imported(path: string): Promise<ImportReport> {
  const tracker = await openTracker('memory:')
  const report = await tracker.importFrom(path)
  await tracker.close()
  return report
}

async function leftovers(): Promise<string[]> {
  return (await readdir(cli.folder)).filter((name) => name.includes('partial'))
}

describe('export', () => {
  it('writes a zip that can be imported', async () => {
    const { code, out, err } = await cli.tracklet(['export', '--out', 'all.zip'])
    expect([code, err]).toEqual([0, ''])
    const counts = '2 experiments, 2 runs, 2 metric points, 2 files (10 B).'
    expect(out).toMatch(/^Wrote .*all\.zip \(.* KiB\): /)
    expect(out.endsWith(`: ${counts}\n`)).toBe(true)
    const report = await imported(at('all.zip'))
    expect([report.runs.added, report.points, report.artifacts]).toEqual([2, 2, 2])
    const { size } = await stat(at('all.zip'))
    const json = await cli.tracklet(['export', '--out', 'all.zip', '--force', '--json'])
    const folder = await cli.tracklet(['export', '--out', 'all-of-it', '--json'])
    expect(JSON.parse(json.out)).toEqual({
      ...(JSON.parse(folder.out) as object),
      path: at('all.zip'),
      bytes: size,
    })
    expect(await leftovers()).toEqual([])
  })

  it.each(['folder', 'with-slash/', 'deep/er/folder'])('writes the folder %s', async (name) => {
    const { code, out } = await cli.tracklet(['export', '--out', name, '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      path: at(name).replace(/\/$/, ''),
      runs: 2,
      points: 2,
      artifacts: 2,
      artifact_bytes: 10,
      skipped: [],
    })
    expect(await readdir(at(name))).toEqual(['mlruns'])
    expect((await imported(at(name))).runs.added).toBe(2)
    expect(await leftovers()).toEqual([])
  })

  it('writes standard output', async () => {
    const { code, out } = await cli.tracklet(['export', '--out', '-', '-r', ids.first])
    expect(code).toBe(0)
    expect(out.startsWith('PK')).toBe(true)
    const both = await cli.tracklet(['export', '--out', '-', '--json'])
    expect([both.code, both.out]).toEqual([2, ''])
  })

  it.each([
    ['--experiment', () => ['--experiment', 'mnist'], () => [ids.first]],
    ['--experiment-id', () => ['-x', '0'], () => [ids.second]],
    ['--run-id', () => ['-r', ids.second], () => [ids.second]],
    ['two runs', () => ['-r', ids.second, '-r', ids.first], () => [ids.first, ids.second]],
    ['--filter', () => ['--filter', 'metrics.loss < 0.5'], () => [ids.first]],
    ['both', () => ['-n', 'mnist', '-f', 'metrics.loss > 0.5'], () => []],
  ])('writes only a part: %s', async (what, args, expected) => {
    const name = `part ${what}.ZIP`
    expect(await cli.tracklet(['export', '-o', name, ...args()])).toMatchObject({ code: 0 })
    const tracker = await openTracker('memory:')
    await tracker.importFrom(at(name)).catch(() => undefined)
    const runs = await tracker.searchRuns({ experimentIds: await all(tracker) }).all()
    await tracker.close()
    expect(runs.map(({ info }) => info.runId).sort()).toEqual(expected().sort())
  })

  it('says where artifacts will be', async () => {
    const root = 'file:///data/mlruns'
    await cli.tracklet(['export', '--out', 'moved', '--artifact-root', root])
    const meta = await readFile(at(`moved/mlruns/${ids.mnist}/meta.yaml`), 'utf8')
    expect(meta).toContain(`artifact_location: ${root}/${ids.mnist}`)
  })

  it('writes over nothing, except a file with --force', async () => {
    await writeFile(at('taken.zip'), 'mine')
    await mkdir(at('full'), { recursive: true })
    await writeFile(at('full/a'), 'mine')
    await mkdir(at('folder.zip'), { recursive: true })
    const refused = [['taken.zip'], ['full'], ['full', '--force'], ['folder.zip', '--force']]
    for (const args of refused) {
      const { code, out, err } = await cli.tracklet(['export', '--out', ...args])
      expect([code, out]).toEqual([1, ''])
      expect(err).toMatch(/^error: RESOURCE_ALREADY_EXISTS: .*is there already/)
    }
    expect(await readFile(at('taken.zip'), 'utf8')).toBe('mine')
    expect(await readdir(at('full'))).toEqual(['a'])
    expect(await cli.tracklet(['export', '-o', 'taken.zip', '--force'])).toMatchObject({ code: 0 })
    expect((await imported(at('taken.zip'))).runs.added).toBe(2)
    await mkdir(at('empty'), { recursive: true })
    expect(await cli.tracklet(['export', '-o', 'empty'])).toMatchObject({ code: 0 })
  })

  it.each([
    ['a run that is not there', ['-r', 'f'.repeat(32)], 'RESOURCE_DOES_NOT_EXIST'],
    ['an experiment that is not there', ['-n', 'none'], 'RESOURCE_DOES_NOT_EXIST'],
    ['an id of no experiment', ['-x', '77'], 'RESOURCE_DOES_NOT_EXIST'],
    ['a wrong filter', ['--filter', 'metrics.loss <'], 'INVALID_PARAMETER_VALUE'],
  ])('leaves nothing behind for %s', async (_what, args, errorCode) => {
    for (const out of ['no.zip', 'no-folder']) {
      const { code, err } = await cli.tracklet(['export', '--out', out, ...args])
      expect([code, err]).toEqual([1, expect.stringContaining(errorCode)])
    }
    expect((await readdir(cli.folder)).filter((name) => /^\.?no/.test(name))).toEqual([])
    expect(await leftovers()).toEqual([])
  })

  it.each([
    [['-r', 'f'.repeat(32)], '`tracklet runs list --all-experiments --view all` shows'],
    [['-x', '77'], '`tracklet experiments list --view all` shows'],
    [['-n', '0'], '`tracklet experiments list --view all` shows'],
  ])('says for %j how to find what there is', async (args, says) => {
    const { err } = await cli.tracklet(['export', '--out', 'none.zip', ...args])
    expect(err).toContain(says)
  })

  it('leaves what was there as it was where it fails with --force', async () => {
    await writeFile(at('kept.zip'), 'mine')
    const args = ['--out', 'kept.zip', '--force', '-r', 'f'.repeat(32)]
    expect((await cli.tracklet(['export', ...args])).code).toBe(1)
    expect(await readFile(at('kept.zip'), 'utf8')).toBe('mine')
  })

  it.each([
    [[], '--out'],
    [['--out', ''], 'takes a path'],
    [['--out', 'a.zip', '-r', 'x', '-n', 'y'], 'not both'],
    [['--out', 'a.zip', 'b'], 'too many arguments'],
  ])('takes %j for wrong usage', async (args, says) => {
    const { code, err } = await cli.tracklet(['export', ...args])
    expect([code, err]).toEqual([2, expect.stringContaining(says)])
  })

  it('says that a file cannot be written there', async () => {
    await writeFile(at('plain'), 'x')
    const { code, err } = await cli.tracklet(['export', '--out', 'plain/a.zip'])
    expect([code, err]).toEqual([1, expect.stringContaining('Cannot write')])
  })
})

async function all(tracker: Awaited<ReturnType<typeof openTracker>>): Promise<string[]> {
  const { experiments } = await tracker.client.searchExperiments({ viewType: 'ALL' })
  return experiments.map(({ experimentId }) => experimentId)
}

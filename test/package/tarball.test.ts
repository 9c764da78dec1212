import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

const PROGRAM = `
import { openTracker, TrackletError } from 'tracklet'
import { createTracker, openEngine } from 'tracklet/core'
import { memoryAdapter } from 'tracklet/adapters/memory'
import * as mlflow from 'tracklet/fluent'

const tracker = await openTracker('./store')
await tracker.setExperiment('packed')
await tracker.run({ name: 'first', params: { lr: 0.1 } }, async (run) => {
  for (let step = 0; step < 100; step++) run.logMetrics({ loss: 1 / (step + 1) }, { step })
  await run.logText('hello', 'notes/a.txt')
})
await tracker.close()

const again = await openTracker('./store')
const [run] = await again.searchRuns({ experimentNames: ['packed'] }).all()
const handle = await again.openRun(run.info.runId)
const history = await handle.history('loss')
const refused = await again.getRun('none').catch((error) => error instanceof TrackletError && error.errorCode)
await again.close()

const own = createTracker(await openEngine(memoryAdapter()))
await own.close()

mlflow.setTrackingUri('memory:')
await mlflow.setExperiment('fluent')
await mlflow.withRun({ runName: 'second' }, async () => mlflow.logMetric('x', 1))
const [second] = await mlflow.searchRuns().all()

console.log(JSON.stringify({
  status: run.info.status, params: run.data.params, points: history.values.length, refused,
  second: second.data.metrics,
}))
`

const TYPES = `
import { openTracker, type Run, type Tracker } from 'tracklet'
import { startRun } from 'tracklet/fluent'
const tracker: Tracker = await openTracker('memory:')
const runs: Run[] = await tracker.searchRuns().all()
const loss: number | undefined = runs[0]?.data.metrics['loss']
console.log(loss, startRun)
`

describe('the packed tarball, installed in an empty folder', () => {
  let folder = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracklet-pack-'))
    const { stdout } = await run(
      'npm',
      ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
      {
        cwd: root,
      },
    )
    const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }]
    await writeFile(join(folder, 'package.json'), '{"type":"module","private":true}')
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `./${filename}`], {
      cwd: folder,
    })
  }, 300_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('tracks a run, reads it back from disk, and has its subpaths', async () => {
    await writeFile(join(folder, 'program.js'), PROGRAM)
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder })
    expect(JSON.parse(stdout)).toEqual({
      status: 'FINISHED',
      params: { lr: '0.1' },
      points: 100,
      refused: 'RESOURCE_DOES_NOT_EXIST',
      second: { x: 1 },
    })
  })

  it('is typed for Node and for pages', async () => {
    await writeFile(join(folder, 'types.ts'), TYPES)
    for (const resolution of [
      ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
      ['--module', 'esnext', '--moduleResolution', 'bundler'],
    ]) {
      const tsc = join(root, 'node_modules/typescript/bin/tsc')
      const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', ...resolution]
      await run(process.execPath, [tsc, ...flags, 'types.ts'], { cwd: folder })
    }
    expect(await readFile(join(folder, 'types.ts'), 'utf8')).toBe(TYPES)
  })
})

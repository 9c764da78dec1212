// Fills the store in argv[2] with argv[3] runs of 100 series of 1 to 5 points each; prints what that costs.
import { filesystemAdapter } from '../../adapters/filesystem.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'
import type { PointColumns } from '../../src/store/tracking-store.js'

const [, , directory = '', runCount = '0'] = process.argv
const KEYS = Array.from({ length: 100 }, (_, i) => `metric ${i}`)
const RUNS_A_BATCH = 100

await main(Number(runCount))

async function main(runs: number): Promise<void> {
  const empty = await openEngine(filesystemAdapter(directory))
  const before = await empty.storage()
  global.gc?.()
  const residentBefore = resident()
  const checkpoints: number[] = []
  for (let first = 0; first < runs; first += RUNS_A_BATCH) {
    await fill(empty, first, Math.min(RUNS_A_BATCH, runs - first))
    const start = performance.now()
    await empty.checkpoint()
    checkpoints.push(performance.now() - start)
  }
  global.gc?.()
  const grown = resident() - residentBefore
  await empty.close()
  await report(before.bytes, grown, checkpoints)
}

async function fill(store: LocalStore, first: number, count: number): Promise<void> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const run = await store.createRun({
      experimentId: '0',
      startTime: first + i,
      runName: `run ${first + i}`,
    })
    ids.push(run.info.runId)
  }
  const refused = await store.logBuffered({ ops: [], points: points(ids, first) })
  if (refused.length > 0) throw new Error(refused[0]?.message)
}

function points(runs: readonly string[], first: number): PointColumns {
  const rows: [run: number, key: number, step: number][] = []
  runs.forEach((_, run) => {
    KEYS.forEach((_name, key) => {
      for (let step = 0; step <= (first + run + key) % 5; step++) rows.push([run, key, step])
    })
  })
  return {
    runs,
    keys: KEYS,
    run: Uint32Array.from(rows, ([run]) => run),
    key: Uint32Array.from(rows, ([, key]) => key),
    steps: Float64Array.from(rows, ([, , step]) => step),
    timestamps: Float64Array.from(
      rows,
      ([, , step], i) => 1_700_000_000_000 + first * 1_000 + step * 100 + (i % 7),
    ),
    values: Float64Array.from(rows, ([run, key, step]) => Math.sin(run * 31 + key * 7 + step)),
  }
}

async function report(emptyBytes: number, grown: number, checkpoints: number[]): Promise<void> {
  const start = performance.now()
  const store = await openEngine(filesystemAdapter(directory))
  const openMs = performance.now() - start
  const info = await store.storage()
  const { items } = await store.searchRuns({ experimentIds: ['0'], maxResults: 1 })
  const runId = items[0]?.info.runId ?? ''
  const { values } = await store.getMetricColumns({ runId, key: 'metric 99' })
  await store.close()
  console.log(
    JSON.stringify({
      series: info.series,
      points: info.points,
      readBack: values.length,
      bytesAPoint: (info.bytes - emptyBytes) / info.points,
      segmentBytesAPoint: info.seriesBytes / info.points,
      imageBytesASeries: info.imageBytes / info.series,
      residentBytesASeries: grown / info.series,
      firstCheckpointMs: median(checkpoints.slice(0, 10)),
      lastCheckpointMs: median(checkpoints.slice(-10)),
      openMs,
    }),
  )
}

function resident(): number {
  return process.memoryUsage().rss
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}

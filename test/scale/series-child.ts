// `fill DIR RUNS`: a store of so many runs of 100 series of 1 to 5 points each. `open DIR`: what it then costs.
import { filesystemAdapter } from '../../adapters/filesystem.js'
import { memoryAdapter } from '../../adapters/memory.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'
import type { PointColumns } from '../../src/store/tracking-store.js'

const [, , verb = '', directory = '', runCount = '0'] = process.argv
const KEYS = Array.from({ length: 100 }, (_, i) => `metric ${i}`)
const RUNS_A_BATCH = 100

if (verb === 'fill') await fillAll(Number(runCount))
else await open()

async function fillAll(runs: number): Promise<void> {
  const store = await openEngine(filesystemAdapter(directory))
  const { bytes: emptyBytes } = await store.storage()
  const checkpoints: number[] = []
  for (let first = 0; first < runs; first += RUNS_A_BATCH) {
    await fill(store, first, Math.min(RUNS_A_BATCH, runs - first))
    const start = performance.now()
    await store.checkpoint()
    checkpoints.push(performance.now() - start)
  }
  await store.close()
  const [firstCheckpointMs, lastCheckpointMs] = [
    median(checkpoints.slice(0, 10)),
    median(checkpoints.slice(-10)),
  ]
  console.log(JSON.stringify({ emptyBytes, firstCheckpointMs, lastCheckpointMs }))
}

async function open(): Promise<void> {
  await (await openEngine(memoryAdapter())).close()
  global.gc?.()
  const before = process.memoryUsage.rss()
  const start = performance.now()
  const store = await openEngine(filesystemAdapter(directory))
  const openMs = performance.now() - start
  const { bytes, series, points, imageBytes, seriesBytes } = await store.storage()
  const { items } = await store.searchRuns({ experimentIds: ['0'], maxResults: 1 })
  const { values } = await store.getMetricColumns({
    runId: items[0]?.info.runId ?? '',
    key: 'metric 99',
  })
  global.gc?.()
  const resident = process.memoryUsage.rss() - before
  await store.close()
  const found = { bytes, series, points, imageBytes, seriesBytes, resident, openMs }
  console.log(JSON.stringify({ ...found, readBack: values.length }))
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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}

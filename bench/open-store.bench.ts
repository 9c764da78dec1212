import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { mlflow } from './harness/mlflow.js'
import { verify } from './harness/statistics.js'

const OURS = 'tracklet'
const SIZES = { runs: 10_000, keys: 10, points: 100 }

/** Opening a store of middling size. */
export const openStoreBench: Benchmark = {
  name: 'open-store',
  title: 'Opening a store of 10,000 runs and 10,000,000 points',
  note: 'Measured in a fresh process: loading the library, opening, reading the newest run. Each run has 20 metrics, 20 params and 5 tags of one value and 10 metrics of 100 points. MLflow’s store has one run: opening it does not depend on more.',
  rounds: 3,
  measures: [
    { name: 'to the first read', unit: 'ms', better: 'less' },
    { name: 'loading the library', unit: 'ms', better: 'less' },
    { name: 'opening alone', unit: 'ms', better: 'less' },
    { name: 'image', unit: 'MB', better: 'less' },
    { name: 'resident', unit: 'MB', better: 'less' },
  ],
  contestants: [
    { name: OURS, ours: true, prepare: (place) => fill(place, SIZES.runs), measure: open },
    { name: 'tracklet, 1,000 runs', prepare: (place) => fill(place, 1000), measure: open },
    mlflow('sqlite', 'open', undefined, { prepare: 'fill-open' }),
    mlflow('files', 'open', undefined, { prepare: 'fill-open' }),
  ],
  targets: [
    { measure: 'to the first read', of: OURS, against: 'MLflow, SQLite', times: 8 },
    { measure: 'opening alone', of: OURS, atMost: 150 },
  ],
}

async function fill({ folder }: Place, count: number): Promise<void> {
  // Loading the library is measured: only the process that fills may have it loaded by now.
  const { addRuns, addSeries, addValues, names, openStore } = await import('./harness/stores.js')
  const tracker = await openStore(folder)
  const ids = await addRuns(tracker, count)
  await Promise.all(ids.map((id, number) => addValues(tracker, id, number)))
  await addSeries(tracker, ids, { keys: names('series', SIZES.keys), points: SIZES.points })
  await tracker.close()
}

async function open({ folder }: Place): Promise<Sample> {
  const start = performance.now()
  const { openTracker } = await import('tracklet')
  const loaded = performance.now()
  const tracker = await openTracker(`file:${folder}/store`)
  const opened = performance.now()
  const { runs } = await tracker.searchRuns({ maxResults: 1 }).page()
  const sample = {
    'to the first read': performance.now() - start,
    'loading the library': loaded - start,
    'opening alone': opened - loaded,
    image: (await tracker.storage()).imageBytes / 1e6,
    resident: process.memoryUsage.rss() / 1e6,
  }
  verify('params', Object.keys(runs[0]?.data.params ?? {}).length, 20)
  await tracker.close()
  return sample
}

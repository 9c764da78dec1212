import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { mlflow } from './harness/mlflow.js'
import { timed, verify } from './harness/statistics.js'
import { addRuns, addSeries, names, openStore } from './harness/stores.js'

const COLUMNS = 'tracklet, typed arrays'
const RUNS = 100
const POINTS = 1000
const KEYS = 10

/** One metric of many runs, read by a process that has just begun. */
export const compareRuns: Benchmark = {
  name: 'compare-runs',
  title: 'One metric of 100 runs, 1,000 points each, cold',
  note: 'Each run has 10 metrics of that length; one is read. The store was filled and closed by another process. Measured: all histories, one after the other; getting a handle on each run is inside.',
  measures: [{ name: 'read', unit: 'ms', better: 'less' }],
  contestants: [
    { name: COLUMNS, ours: true, prepare, measure: (place) => read(place, readColumns) },
    {
      name: 'tracklet, rows as MLflow gives them',
      ours: true,
      prepare,
      measure: (place) => read(place, readRows),
    },
    mlflow('sqlite', 'history', () => ({ runs: RUNS, points: POINTS, keys: KEYS }), {
      prepare: 'fill',
    }),
    mlflow('files', 'history', () => ({ runs: RUNS, points: POINTS, keys: KEYS }), {
      prepare: 'fill',
    }),
  ],
  targets: [
    { measure: 'read', of: COLUMNS, against: 'MLflow, SQLite', times: 70 },
    { measure: 'read', of: COLUMNS, against: 'MLflow, files', times: 35 },
  ],
}

type Tracker = Awaited<ReturnType<typeof openStore>>

async function prepare({ folder }: Place): Promise<void> {
  const tracker = await openStore(folder)
  const ids = await addRuns(tracker, RUNS)
  const keys = ['loss', ...names('other', KEYS - 1)]
  await addSeries(tracker, ids, { keys, points: POINTS })
  await writeFile(join(folder, 'runs.json'), JSON.stringify(ids))
  await tracker.close()
}

async function read(
  { folder }: Place,
  readOne: (tracker: Tracker, runId: string) => Promise<number>,
): Promise<Sample> {
  const ids = JSON.parse(await readFile(join(folder, 'runs.json'), 'utf8')) as string[]
  const tracker = await openStore(folder)
  let found = 0
  const ms = await timed(async () => {
    for (const id of ids) found += await readOne(tracker, id)
  })
  verify('points', found, RUNS * POINTS)
  await tracker.close()
  return { read: ms }
}

async function readColumns(tracker: Tracker, runId: string): Promise<number> {
  return (await (await tracker.openRun(runId)).history('loss')).length
}

async function readRows(tracker: Tracker, runId: string): Promise<number> {
  return (await tracker.client.getMetricHistory(runId, 'loss')).length
}

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { mlflow } from './harness/mlflow.js'
import { timed, verify } from './harness/statistics.js'
import { addRuns, addSeries, names, openStore } from './harness/stores.js'

const ONE_CALL = 'tracklet, compareSeries'
const RUNS = 100
const POINTS = 1000
const KEYS = 10

/** One metric of many runs, read by a process that has just begun. */
export const compareRuns: Benchmark = {
  name: 'compare-runs',
  title: 'One metric of 100 runs, 1,000 points each, cold',
  note: 'Each run has 10 metrics of that length; one is read. The store was filled and closed by another process. Measured: all histories, every point of them; in one call, or one after the other with what it takes to get a handle on each run.',
  measures: [{ name: 'read', unit: 'ms', better: 'less' }],
  contestants: [
    { name: ONE_CALL, ours: true, prepare, measure: (place) => read(place, readAtOnce) },
    {
      name: 'tracklet, typed arrays, run after run',
      ours: true,
      prepare,
      measure: (place) => read(place, oneByOne(readColumns)),
    },
    {
      name: 'tracklet, rows as MLflow gives them',
      ours: true,
      prepare,
      measure: (place) => read(place, oneByOne(readRows)),
    },
    mlflow('sqlite', 'history', () => ({ runs: RUNS, points: POINTS, keys: KEYS }), {
      prepare: 'fill',
    }),
    mlflow('files', 'history', () => ({ runs: RUNS, points: POINTS, keys: KEYS }), {
      prepare: 'fill',
    }),
  ],
  targets: [
    { measure: 'read', of: ONE_CALL, against: 'MLflow, SQLite', times: 70 },
    { measure: 'read', of: ONE_CALL, against: 'MLflow, files', times: 35 },
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
  readAll: (tracker: Tracker, runIds: readonly string[]) => Promise<number>,
): Promise<Sample> {
  const ids = JSON.parse(await readFile(join(folder, 'runs.json'), 'utf8')) as string[]
  const tracker = await openStore(folder)
  let found = 0
  const ms = await timed(async () => (found = await readAll(tracker, ids)))
  verify('points', found, RUNS * POINTS)
  await tracker.close()
  return { read: ms }
}

async function readAtOnce(tracker: Tracker, runIds: readonly string[]): Promise<number> {
  const { series } = await tracker.compareSeries({ runIds, values: ['loss'] })
  return series.reduce((sum, { x }) => sum + x.length, 0)
}

function oneByOne(
  readOne: (tracker: Tracker, runId: string) => Promise<number>,
): (tracker: Tracker, runIds: readonly string[]) => Promise<number> {
  return async (tracker, runIds) => {
    let found = 0
    for (const id of runIds) found += await readOne(tracker, id)
    return found
  }
}

async function readColumns(tracker: Tracker, runId: string): Promise<number> {
  return (await (await tracker.openRun(runId)).history('loss')).length
}

async function readRows(tracker: Tracker, runId: string): Promise<number> {
  return (await tracker.client.getMetricHistory(runId, 'loss')).length
}

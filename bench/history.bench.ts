import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { folderSize } from './harness/folder-size.js'
import { mlflow } from './harness/mlflow.js'
import { timed, verify } from './harness/statistics.js'
import { addRuns, addSeries, openStore } from './harness/stores.js'

const COLUMNS = 'tracklet, typed arrays'
const ROWS = 'tracklet, rows as MLflow gives them'
const POINTS = 100_000

/** One long history, read by a process that has just begun. */
export const history: Benchmark = {
  name: 'history',
  title: 'A history of 100,000 points, cold',
  note: 'The store was filled and closed by another process. Measured: the first read after opening (the system has the file in memory), and the second.',
  measures: [
    { name: 'read', unit: 'ms', better: 'less' },
    { name: 'read again', unit: 'ms', better: 'less' },
  ],
  contestants: [
    { name: COLUMNS, ours: true, prepare, measure: (place) => read(place, readColumns) },
    { name: ROWS, ours: true, prepare, measure: (place) => read(place, readRows) },
    mlflow('sqlite', 'history', () => ({ runs: 1, points: POINTS, keys: 1 }), { prepare: 'fill' }),
    mlflow('files', 'history', () => ({ runs: 1, points: POINTS, keys: 1 }), { prepare: 'fill' }),
    { name: 'limit: the store’s files read whole', prepare, measure: readFiles },
  ],
  targets: [
    { measure: 'read', of: COLUMNS, against: 'MLflow, SQLite', times: 70 },
    { measure: 'read', of: COLUMNS, against: 'MLflow, files', times: 35 },
  ],
}

type Tracker = Awaited<ReturnType<typeof openStore>>

async function prepare({ folder }: Place): Promise<void> {
  const tracker = await openStore(folder)
  const ids = await addRuns(tracker, 1)
  await addSeries(tracker, ids, { keys: ['loss'], points: POINTS })
  await writeFile(join(folder, 'run'), ids[0] ?? '')
  await tracker.close()
}

async function read(
  { folder }: Place,
  readAll: (tracker: Tracker, runId: string) => Promise<number>,
): Promise<Sample> {
  const runId = await readFile(join(folder, 'run'), 'utf8')
  const tracker = await openStore(folder)
  let found = 0
  const work = async (): Promise<void> => {
    found = await readAll(tracker, runId)
  }
  const [first, second] = [await timed(work), await timed(work)]
  verify('points', found, POINTS)
  await tracker.close()
  return { read: first, 'read again': second }
}

async function readColumns(tracker: Tracker, runId: string): Promise<number> {
  return (await (await tracker.openRun(runId)).history('loss')).length
}

async function readRows(tracker: Tracker, runId: string): Promise<number> {
  return (await tracker.client.getMetricHistory(runId, 'loss')).length
}

async function readFiles({ folder }: Place): Promise<Sample> {
  const { readdir } = await import('node:fs/promises')
  const series = join(folder, 'store/series')
  let bytes = 0
  const ms = await timed(async () => {
    for (const name of await readdir(series)) bytes += (await readFile(join(series, name))).length
  })
  verify('bytes', bytes, (await folderSize(series)).bytes)
  return { read: ms }
}

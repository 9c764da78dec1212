import { closeSync, fdatasyncSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import initSqlJs from 'sql.js'
import type { Benchmark, Contestant, Place, Sample } from './harness/benchmark.js'
import { inChromium, type TrackletModule } from './harness/chromium.js'
import { INSERT_POINT, MLFLOW_METRIC_TABLES, UPSERT_LATEST } from './harness/mlflow-schema.js'
import { mlflow } from './harness/mlflow.js'
import { openBetterSqlite } from './harness/peers.js'
import { rate, verify } from './harness/statistics.js'
import { openStore } from './harness/stores.js'

declare const tracklet: TrackletModule

const NODE = 'tracklet, Node'
const CHROMIUM = 'tracklet, Chromium'
const CHROMIUM_STRICT = 'tracklet, Chromium, strict'
const RUN = '0123456789abcdef0123456789abcdef'
const START = 1_760_000_000_000

/** Points one at a time, nobody waiting, until all are durable. */
export const logMetrics: Benchmark = {
  name: 'log-metrics',
  title: 'log_metric, one point at a time, until all are durable',
  note: 'Measured: the loop and the flush after it. tracklet logs 1,000,000 points after 50,000 for warmth (10,000,000 with --full), others what they do in a second or two. tracklet in Node and MLflow on SQLite end on disk (fdatasync); MLflow on files and sql.js do not sync, sql.js writes its image once.',
  measures: [{ name: 'logged', unit: 'points/s', better: 'more' }],
  contestants: [
    { name: NODE, ours: true, measure: inNode },
    chromium(CHROMIUM, 'default'),
    chromium(CHROMIUM_STRICT, 'strict'),
    mlflow('sqlite', 'log-metrics', () => ({ warm: 20, points: 300 })),
    mlflow('files', 'log-metrics', () => ({ warm: 20, points: 2000 })),
    mlflow('rest', 'log-metrics', () => ({ warm: 100, points: 200 }), { rounds: 1 }),
    mlflow('async', 'log-metrics', () => ({ warm: 20, points: 300 })),
    { name: 'better-sqlite3, MLflow’s schema', measure: inBetterSqlite },
    { name: 'sql.js, MLflow’s schema', measure: inSqlJs },
    { name: 'limit: typed arrays appended and synced', measure: rawColumns },
  ],
  targets: [
    { measure: 'logged', of: NODE, against: 'MLflow, SQLite', times: 5000 },
    { measure: 'logged', of: NODE, against: 'MLflow, files', times: 1000 },
    { measure: 'logged', of: NODE, against: 'MLflow, REST', times: 10_000 },
    { measure: 'logged', of: NODE, against: 'MLflow, asynchronous', times: 1000 },
    { measure: 'logged', of: CHROMIUM_STRICT, against: 'MLflow, SQLite', times: 1667 },
    { measure: 'logged', of: CHROMIUM_STRICT, against: 'MLflow, files', times: 333 },
    { measure: 'logged', of: CHROMIUM_STRICT, against: 'MLflow, REST', times: 3333 },
    { measure: 'logged', of: CHROMIUM_STRICT, against: 'MLflow, asynchronous', times: 333 },
  ],
}

async function inNode({ folder, full }: Place): Promise<Sample> {
  const points = full ? 10_000_000 : 1_000_000
  const tracker = await openStore(folder)
  const run = await tracker.startRun()
  for (let step = 0; step < 50_000; step++) run.logMetric('warm', step / 7, { step })
  await tracker.flush({ durability: 'strict' })
  const logged = await rate(points, async () => {
    for (let step = 0; step < points; step++) run.logMetric('loss', 1 / (step + 1), { step })
    await tracker.flush({ durability: 'strict' })
  })
  verify('points', (await run.history('loss')).length, points)
  await tracker.close()
  return { logged }
}

function chromium(name: string, durability: 'default' | 'strict'): Contestant {
  const measure = (place: Place): Promise<Sample | null> =>
    inChromium(place, inPage, { points: place.full ? 4_000_000 : 1_000_000, durability })
  return { name, ours: true, measure }
}

async function inPage(given: {
  points: number
  durability: 'default' | 'strict'
}): Promise<Sample> {
  const { points, durability } = given
  const tracker = await tracklet.openTracker('idb:bench')
  const run = await tracker.startRun()
  for (let step = 0; step < 50_000; step++) run.logMetric('warm', step / 7, { step })
  await tracker.flush({ durability: 'strict' })
  const start = performance.now()
  for (let step = 0; step < points; step++) run.logMetric('loss', 1 / (step + 1), { step })
  await tracker.flush({ durability })
  const taken = performance.now() - start
  const { length } = await run.history('loss')
  if (length !== points) throw new Error(`found ${length} points of ${points}`)
  await tracker.close()
  return { logged: (points / taken) * 1000 }
}

/** A transaction for each point, as MLflow has; each is durable by itself. */
async function inBetterSqlite({ folder }: Place): Promise<Sample | null> {
  const database = openBetterSqlite(join(folder, 'peer.db'))
  if (!database) return null
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${MLFLOW_METRIC_TABLES}`)
  const [begin, commit] = [database.prepare('BEGIN'), database.prepare('COMMIT')]
  const insert = database.prepare(INSERT_POINT)
  const upsert = database.prepare(UPSERT_LATEST)
  const points = 2000
  const logged = await rate(points, () => {
    for (let step = 0; step < points; step++) {
      begin.run()
      insert.run('loss', 1 / (step + 1), START + step, RUN, step)
      upsert.run('loss', 1 / (step + 1), START + step, step, RUN)
      commit.run()
    }
  })
  const row = database.prepare('SELECT count(*) AS points FROM metrics').get()
  verify('points', (row as { points: number }).points, points)
  database.close()
  return { logged }
}

/** In memory, a transaction each; the image is written when all are logged. */
async function inSqlJs({ folder }: Place): Promise<Sample> {
  const { Database } = await initSqlJs()
  const database = new Database()
  database.exec(MLFLOW_METRIC_TABLES)
  const insert = database.prepare(INSERT_POINT)
  const upsert = database.prepare(UPSERT_LATEST)
  const points = 10_000
  const logged = await rate(points, () => {
    for (let step = 0; step < points; step++) {
      database.exec('BEGIN')
      insert.run(['loss', 1 / (step + 1), START + step, RUN, step])
      upsert.run(['loss', 1 / (step + 1), START + step, step, RUN])
      database.exec('COMMIT')
    }
    writeFileSync(join(folder, 'peer.db'), database.export(), { flush: true })
  })
  verify('points', database.exec('SELECT count(*) FROM metrics')[0]?.values[0]?.[0], points)
  return { logged }
}

/** What no logger can pass: 20 bytes a point from a loop into a file, synced at the end. */
async function rawColumns({ folder }: Place): Promise<Sample> {
  const points = 1_000_000
  const file = openSync(join(folder, 'raw'), 'w')
  const logged = await rate(points, () => {
    const values = new Float64Array(points)
    const times = new Float64Array(points)
    const steps = new Int32Array(points)
    for (let step = 0; step < points; step++) {
      values[step] = 1 / (step + 1)
      times[step] = Date.now()
      steps[step] = step
    }
    for (const column of [values, times, steps]) writeSync(file, column)
    fdatasyncSync(file)
  })
  closeSync(file)
  return { logged }
}

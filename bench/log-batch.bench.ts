import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Benchmark, Contestant, Place, Sample } from './harness/benchmark.js'
import { inChromium, type TrackletModule } from './harness/chromium.js'
import { INSERT_POINT, MLFLOW_METRIC_TABLES } from './harness/mlflow-schema.js'
import { mlflow } from './harness/mlflow.js'
import { openBetterSqlite } from './harness/peers.js'
import { rate, verify } from './harness/statistics.js'
import { openStore } from './harness/stores.js'

declare const tracklet: TrackletModule

const NODE = 'tracklet, Node, strict'
const CHROMIUM = 'tracklet, Chromium, strict'
const BATCH = 1000

/** Batches of 1,000 points, each waited for. */
export const logBatch: Benchmark = {
  name: 'log-batch',
  title: 'log_batch of 1,000 points, each batch awaited durable',
  note: 'Batches are made before the clock starts; 100 of them after 10 for warmth, 10 in MLflow. strict and default as in log-awaited.',
  measures: [{ name: 'logged', unit: 'points/s', better: 'more' }],
  contestants: [
    { name: NODE, ours: true, measure: (place) => inNode(place, 'strict') },
    chromium(CHROMIUM, 'strict'),
    { name: 'tracklet, Node, default', measure: (place) => inNode(place, 'default') },
    chromium('tracklet, Chromium, default', 'default'),
    mlflow('sqlite', 'log-batches', () => ({ batches: 10 })),
    mlflow('files', 'log-batches', () => ({ batches: 10 })),
    { name: 'better-sqlite3, MLflow’s schema', measure: inBetterSqlite },
    { name: 'limit: append and fdatasync, 20 bytes a point', measure: rawAppend },
  ],
  targets: [
    { measure: 'logged', of: NODE, against: 'MLflow, SQLite', times: 100 },
    { measure: 'logged', of: CHROMIUM, against: 'MLflow, SQLite', times: 15 },
  ],
}

interface Point {
  readonly key: string
  readonly value: number
  readonly step: number
  readonly timestamp: number
}

function makeBatches(count: number, key: string): Point[][] {
  return Array.from({ length: count }, (_, batch) =>
    Array.from({ length: BATCH }, (_, i) => {
      const step = batch * BATCH + i
      return { key, value: 1 / (step + 1), step, timestamp: 1_760_000_000_000 + step }
    }),
  )
}

async function inNode({ folder }: Place, durability: 'default' | 'strict'): Promise<Sample> {
  const tracker = await openStore(folder)
  const run = await tracker.startRun()
  const [warm, batches] = [makeBatches(10, 'warm'), makeBatches(100, 'loss')]
  const logAll = async (all: readonly Point[][]): Promise<void> => {
    for (const metrics of all) {
      await run.logBatch({ metrics })
      if (durability === 'strict') await tracker.flush({ durability })
    }
  }
  await logAll(warm)
  const logged = await rate(100 * BATCH, () => logAll(batches))
  verify('points', (await run.history('loss')).length, 100 * BATCH)
  await tracker.close()
  return { logged }
}

function chromium(name: string, durability: 'default' | 'strict'): Contestant {
  const measure = (place: Place): Promise<Sample | null> =>
    inChromium(place, inPage, { batches: 100, durability })
  return { name, ...(durability === 'strict' && { ours: true }), measure }
}

async function inPage(given: {
  batches: number
  durability: 'default' | 'strict'
}): Promise<Sample> {
  const { batches, durability } = given
  const tracker = await tracklet.openTracker('idb:bench')
  const run = await tracker.startRun()
  const makeBatch = (key: string, batch: number): Point[] =>
    Array.from({ length: 1000 }, (_, i) => {
      const step = batch * 1000 + i
      return { key, value: 1 / (step + 1), step, timestamp: 1_760_000_000_000 + step }
    })
  const logAll = async (all: readonly Point[][]): Promise<void> => {
    for (const metrics of all) {
      await run.logBatch({ metrics })
      if (durability === 'strict') await tracker.flush({ durability })
    }
  }
  await logAll(Array.from({ length: 10 }, (_, batch) => makeBatch('warm', batch)))
  const made = Array.from({ length: batches }, (_, batch) => makeBatch('loss', batch))
  const start = performance.now()
  await logAll(made)
  const taken = performance.now() - start
  const { length } = await run.history('loss')
  if (length !== batches * 1000) throw new Error(`found ${length} points`)
  await tracker.close()
  return { logged: ((batches * 1000) / taken) * 1000 }
}

async function inBetterSqlite({ folder }: Place): Promise<Sample | null> {
  const database = openBetterSqlite(join(folder, 'peer.db'))
  if (!database) return null
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${MLFLOW_METRIC_TABLES}`)
  const insert = database.prepare(INSERT_POINT)
  const batches = makeBatches(30, 'loss')
  const logged = await rate(30 * BATCH, () => {
    for (const batch of batches) {
      database.exec('BEGIN')
      for (const { key, value, timestamp, step } of batch)
        insert.run(key, value, timestamp, 'run', step)
      database.exec('COMMIT')
    }
  })
  const row = database.prepare('SELECT count(*) AS points FROM metrics').get()
  verify('points', (row as { points: number }).points, 30 * BATCH)
  database.close()
  return { logged }
}

async function rawAppend({ folder }: Place): Promise<Sample> {
  const file = openSync(join(folder, 'raw'), 'a')
  const bytes = new Uint8Array(20 * BATCH).fill(7)
  const logged = await rate(100 * BATCH, () => {
    for (let i = 0; i < 100; i++) {
      writeSync(file, bytes)
      fdatasyncSync(file)
    }
  })
  closeSync(file)
  return { logged }
}

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark, Contestant, Place, Sample } from './harness/benchmark.js'
import { inChromium, type TrackletModule } from './harness/chromium.js'
import { mlflow } from './harness/mlflow.js'
import { rate, verify } from './harness/statistics.js'
import { openStore } from './harness/stores.js'

declare const tracklet: TrackletModule

const STRICT = 'tracklet, Node, strict'
const CHROMIUM_STRICT = 'tracklet, Chromium, strict'
const RAW = 'limit: append and fdatasync, 256 bytes'
const RAW_CHROMIUM = 'limit: strict IndexedDB transaction, 1 KiB'

/** Points one at a time, each waited for. */
export const logAwaited: Benchmark = {
  name: 'log-awaited',
  title: 'log_metric, each point awaited',
  note: 'strict: awaited until fdatasync or a strict IndexedDB transaction is done. default: until the point survives the end of the process. MLflow on SQLite syncs each point, on files none.',
  measures: [{ name: 'logged', unit: 'points/s', better: 'more' }],
  contestants: [
    { name: STRICT, ours: true, measure: strictInNode },
    chromium(CHROMIUM_STRICT, 'strict'),
    { name: 'tracklet, Node, default', measure: defaultInNode },
    chromium('tracklet, Chromium, default', 'default'),
    mlflow('sqlite', 'log-metrics', () => ({ warm: 20, points: 300 })),
    mlflow('files', 'log-metrics', () => ({ warm: 20, points: 2000 })),
    { name: RAW, measure: rawAppend },
    { name: 'the same, off the thread as Node’s promises have it', measure: rawAppendAwaited },
    { name: RAW_CHROMIUM, measure: (place) => inChromium(place, rawTransactions, 300) },
  ],
  targets: [
    { measure: 'logged', of: STRICT, against: 'MLflow, SQLite', times: 8 },
    { measure: 'logged', of: STRICT, against: RAW, times: 0.5 },
    { measure: 'logged', of: CHROMIUM_STRICT, against: RAW_CHROMIUM, times: 0.5 },
  ],
}

async function strictInNode({ folder }: Place): Promise<Sample> {
  const tracker = await openStore(folder)
  const run = await tracker.startRun()
  const logAll = async (key: string, points: number): Promise<void> => {
    for (let step = 0; step < points; step++) {
      run.logMetric(key, 1 / (step + 1), { step })
      await tracker.flush({ durability: 'strict' })
    }
  }
  await logAll('warm', 50)
  const logged = await rate(500, () => logAll('loss', 500))
  verify('points', (await run.history('loss')).length, 500)
  await tracker.close()
  return { logged }
}

async function defaultInNode({ folder }: Place): Promise<Sample> {
  const tracker = await openStore(folder)
  const run = await tracker.startRun()
  const logAll = async (key: string, points: number): Promise<void> => {
    for (let step = 0; step < points; step++)
      await tracker.client.logMetric(run.id, key, 1 / (step + 1), { step })
  }
  await logAll('warm', 500)
  const logged = await rate(10_000, () => logAll('loss', 10_000))
  verify('points', (await run.history('loss')).length, 10_000)
  await tracker.close()
  return { logged }
}

function chromium(name: string, durability: 'default' | 'strict'): Contestant {
  const measure = (place: Place): Promise<Sample | null> =>
    inChromium(place, inPage, { points: 300, durability })
  return { name, ...(durability === 'strict' && { ours: true }), measure }
}

async function inPage(given: {
  points: number
  durability: 'default' | 'strict'
}): Promise<Sample> {
  const { points, durability } = given
  const tracker = await tracklet.openTracker('idb:bench')
  const run = await tracker.startRun()
  const logAll = async (key: string): Promise<void> => {
    for (let step = 0; step < points; step++) {
      run.logMetric(key, 1 / (step + 1), { step })
      await tracker.flush({ durability })
    }
  }
  await logAll('warm')
  const start = performance.now()
  await logAll('loss')
  const taken = performance.now() - start
  const { length } = await run.history('loss')
  if (length !== points) throw new Error(`found ${length} points of ${points}`)
  await tracker.close()
  return { logged: (points / taken) * 1000 }
}

async function rawAppend({ folder }: Place): Promise<Sample> {
  const file = openSync(join(folder, 'raw'), 'a')
  const bytes = new Uint8Array(256).fill(7)
  const append = (times: number): void => {
    for (let i = 0; i < times; i++) {
      writeSync(file, bytes)
      fdatasyncSync(file)
    }
  }
  append(50)
  const logged = await rate(500, () => append(500))
  closeSync(file)
  return { logged }
}

async function rawAppendAwaited({ folder }: Place): Promise<Sample> {
  const file = await open(join(folder, 'raw'), 'a')
  const bytes = new Uint8Array(256).fill(7)
  const append = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      writeSync(file.fd, bytes)
      await file.datasync()
    }
  }
  await append(50)
  const logged = await rate(500, () => append(500))
  await file.close()
  return { logged }
}

async function rawTransactions(count: number): Promise<Sample> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('raw')
    request.onupgradeneeded = () => request.result.createObjectStore('records')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('no database'))
  })
  const put = (key: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction('records', 'readwrite', { durability: 'strict' })
      transaction.objectStore('records').put(new Uint8Array(1024).fill(key), key)
      transaction.oncomplete = () => resolve()
      transaction.onerror = () => reject(transaction.error ?? new Error('not stored'))
    })
  for (let i = 0; i < count; i++) await put(i)
  const start = performance.now()
  for (let i = 0; i < count; i++) await put(i)
  const taken = performance.now() - start
  database.close()
  return { logged: (count / taken) * 1000 }
}

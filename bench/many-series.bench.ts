import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { randomNumbers } from './harness/data.js'
import { folderSize } from './harness/folder-size.js'
import { timed, verify } from './harness/statistics.js'
import { addRuns, names, openStore, settle } from './harness/stores.js'

const OURS = 'tracklet'
const KEYS = 100
const START = 1_760_000_000_000

/** Very many very short series. */
export const manySeries: Benchmark = {
  name: 'many-series',
  title: 'Series of 1 to 5 points: 100,000 of them (1,000,000 with --full)',
  note: '100 metrics a run. Logging: until durable, runs being made before. A point: what series and catalog take on disk, over all points. Values are random float32. Resident: what an open store takes in memory beyond an empty one, over all series: objects and buffers after a collection of garbage, and SQLite’s image.',
  rounds: 1,
  measures: [
    { name: 'logging', unit: 's', better: 'less' },
    { name: 'on disk, a point', unit: 'bytes', better: 'less' },
    { name: 'segments alone, a point', unit: 'bytes', better: 'less' },
    { name: 'resident, a series', unit: 'bytes', better: 'less' },
    { name: 'opening', unit: 'ms', better: 'less' },
  ],
  contestants: [{ name: OURS, ours: true, prepare, measure }],
  targets: [
    { measure: 'on disk, a point', of: OURS, atMost: 40 },
    { measure: 'resident, a series', of: OURS, atMost: 100 },
  ],
}

async function prepare({ folder, full }: Place): Promise<void> {
  const runs = full ? 10_000 : 1000
  const tracker = await openStore(folder)
  const ids = await addRuns(tracker, runs)
  const keys = names('metric', KEYS)
  const random = randomNumbers(1)
  let points = 0
  const ms = await timed(async () => {
    for (const [at, id] of ids.entries()) {
      const run = await tracker.openRun(id)
      for (const [i, key] of keys.entries()) {
        const length = 1 + ((at + i) % 5)
        for (let step = 0; step < length; step++)
          run.logMetric(key, Math.fround(random()), { step, timestamp: START + at * 60_000 + i })
        points += length
      }
    }
    await tracker.flush({ durability: 'strict' })
  })
  const { series, points: stored } = await tracker.storage()
  verify('series', series, runs * KEYS)
  verify('points', stored, points)
  await tracker.close()
  await settle(folder)
  await writeFile(join(folder, 'filled.json'), JSON.stringify({ seconds: ms / 1000, points }))
  await (await openStore(join(folder, 'empty'))).close()
}

async function measure({ folder, full }: Place): Promise<Sample> {
  const filled = JSON.parse(await readFile(join(folder, 'filled.json'), 'utf8')) as {
    seconds: number
    points: number
  }
  const empty = await openedMemory(join(folder, 'empty'))
  const store = await openedMemory(folder)
  const [all, nothing] = await Promise.all([
    folderSize(join(folder, 'store')),
    folderSize(join(folder, 'empty/store')),
  ])
  const segments = await folderSize(join(folder, 'store/series'))
  return {
    logging: filled.seconds,
    'on disk, a point': (all.bytes - nothing.bytes) / filled.points,
    'segments alone, a point': segments.bytes / filled.points,
    'resident, a series': (store.bytes - empty.bytes) / (full ? 1_000_000 : 100_000),
    opening: store.ms,
  }
}

/** Memory that an open store holds: JavaScript's, and SQLite's, which lies in WebAssembly's own. */
async function openedMemory(folder: string): Promise<{ bytes: number; ms: number }> {
  // A first opening loads code; that is not the store's.
  await (await openStore(folder)).close()
  const before = memory()
  const start = performance.now()
  const tracker = await openStore(folder)
  const ms = performance.now() - start
  const script = memory() - before
  const { imageBytes } = await tracker.storage()
  await tracker.close()
  return { bytes: script + imageBytes, ms }
}

function memory(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

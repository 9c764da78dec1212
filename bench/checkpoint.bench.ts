import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { median } from './harness/statistics.js'
import { addRuns, addSeries, addValues, names, openStore, timedTurns } from './harness/stores.js'

const EMPTY = 'empty store'

/** Whether small changes get dearer in a large store. */
export const checkpoint: Benchmark = {
  name: 'checkpoint',
  title: 'A checkpoint after one param, by size of the store',
  note: 'Median of 9 checkpoints. The longest turn is the time in which nothing else of the process could run. Runs have 20 metrics, 20 params and 5 tags.',
  rounds: 1,
  measures: [
    { name: 'checkpoint', unit: 'ms', better: 'less' },
    { name: 'longest turn', unit: 'ms', better: 'less' },
    { name: 'awaited param between', unit: 'ms', better: 'less' },
  ],
  contestants: [
    { name: EMPTY, ours: true, measure: (place) => measure(place, 0, 0) },
    { name: '1,000 runs', measure: (place) => measure(place, 1000, 0) },
    { name: '10,000 runs', measure: (place) => measure(place, 10_000, 0) },
    { name: '100 runs, 1,000,000 points', measure: (place) => measure(place, 100, 1_000_000) },
    { name: '100 runs, 5,000,000 points', measure: (place) => measure(place, 100, 5_000_000) },
  ],
  targets: [],
}

async function measure({ folder }: Place, runs: number, points: number): Promise<Sample> {
  const tracker = await openStore(folder)
  const ids = await addRuns(tracker, Math.max(runs, 1))
  await Promise.all(ids.slice(0, runs).map((id, number) => addValues(tracker, id, number)))
  if (points > 0)
    await addSeries(tracker, ids, { keys: names('series', 10), points: points / runs / 10 })
  await tracker.checkpoint()
  await tracker.checkpoint()
  const [times, turns, writes]: number[][] = [[], [], []]
  for (let i = 0; i < 9; i++) {
    const write = await timedTurns(() => tracker.client.logParam(ids[0] ?? '', `later_${i}`, i))
    const { ms, longest } = await timedTurns(() => tracker.checkpoint())
    times?.push(ms)
    turns?.push(longest)
    writes?.push(write.ms)
  }
  await tracker.close()
  return {
    checkpoint: median(times ?? []),
    'longest turn': median(turns ?? []),
    'awaited param between': median(writes ?? []),
  }
}

import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { makeSeries } from './harness/data.js'
import { timed, verify } from './harness/statistics.js'
import { addRuns, addSeries, openStore } from './harness/stores.js'

const OURS = 'tracklet, compareSeries'
const ONE_BY_ONE = 'tracklet, history({ maxPoints })'
const PIVOT = 'plain objects'
const SERIES = 100
const POINTS = 10_000
const PIXELS = 1000

/** What a chart of many runs needs. */
export const downsample: Benchmark = {
  name: 'downsample',
  title: '100 series of 10,000 points made ready for a chart of 1,000 points each',
  note: 'tracklet: the extremes of each stretch, points in memory, through the tracker, in one call or in one for each run. Plain objects: rows pivoted by step into a Map of objects, then every tenth. Median of 5 after one for warmth.',
  measures: [{ name: 'made', unit: 'ms', better: 'less' }],
  contestants: [
    { name: OURS, ours: true, measure: (place) => throughTracker(place, compareAll) },
    { name: ONE_BY_ONE, ours: true, measure: (place) => throughTracker(place, eachHistory) },
    { name: PIVOT, measure: pivotObjects },
    { name: 'limit: minimum and maximum of every stretch', measure: extremes },
  ],
  targets: [
    { measure: 'made', of: OURS, against: PIVOT, times: 45 },
    { measure: 'made', of: OURS, atMost: 30 },
  ],
}

type Tracker = Awaited<ReturnType<typeof openStore>>

/** Gives the work to be measured, which gives the lengths of all curves. */
type MakeWork = (tracker: Tracker, ids: readonly string[]) => Promise<() => Promise<number[]>>

function compareAll(tracker: Tracker, runIds: readonly string[]): ReturnType<MakeWork> {
  // At most two points a pixel.
  const query = { runIds, values: ['loss'], pixels: PIXELS / 2 }
  return Promise.resolve(async () =>
    (await tracker.compareSeries(query)).series.map(({ x }) => x.length),
  )
}

async function eachHistory(tracker: Tracker, ids: readonly string[]): ReturnType<MakeWork> {
  const runs = await Promise.all(ids.map((id) => tracker.openRun(id)))
  return async () => {
    const all = await Promise.all(runs.map((run) => run.history('loss', { maxPoints: PIXELS })))
    return all.map(({ length }) => length)
  }
}

async function throughTracker({ folder }: Place, makeWork: MakeWork): Promise<Sample> {
  const tracker = await openStore(folder)
  const ids = await addRuns(tracker, SERIES)
  await addSeries(tracker, ids, { keys: ['loss'], points: POINTS })
  await tracker.checkpoint()
  const work = await makeWork(tracker, ids)
  let found = 0
  const made = await best(async () => {
    found = (await work()).filter((length) => length > PIXELS / 2 && length <= PIXELS).length
  })
  verify('series', found, SERIES)
  await tracker.close()
  return { made }
}

interface Row {
  readonly run: string
  readonly step: number
  readonly value: number
}

async function pivotObjects(): Promise<Sample> {
  const rows: Row[] = []
  for (let i = 0; i < SERIES; i++) {
    const { steps, values } = makeSeries(POINTS, i)
    steps.forEach((step, at) => rows.push({ run: `run_${i}`, step, value: values[at] ?? NaN }))
  }
  let found = 0
  const made = await best(() => {
    const table = new Map<number, Record<string, number>>()
    for (const { run, step, value } of rows) {
      let row = table.get(step)
      if (row === undefined) table.set(step, (row = {}))
      row[run] = value
    }
    const chart = [...table].sort(([a], [b]) => a - b).filter((_, i) => i % 10 === 0)
    found = chart.length
  })
  verify('rows', found, PIXELS)
  return { made }
}

async function extremes(): Promise<Sample> {
  const all = Array.from({ length: SERIES }, (_, i) =>
    Float64Array.from(makeSeries(POINTS, i).values),
  )
  let sum = 0
  const made = await best(() => {
    for (const values of all) for (let at = 0; at < POINTS; at += 20) sum += range(values, at)
  })
  verify('sum', Number.isFinite(sum), true)
  return { made }
}

function range(values: Float64Array, from: number): number {
  let [low, high] = [Infinity, -Infinity]
  for (let i = from; i < from + 20; i++) {
    const value = values[i] ?? NaN
    if (value < low) low = value
    if (value > high) high = value
  }
  return high - low
}

/** The median of five times, after one that is not counted. */
async function best(work: () => unknown): Promise<number> {
  await work()
  const all: number[] = []
  for (let i = 0; i < 5; i++) all.push(await timed(work))
  return all.sort((a, b) => a - b)[2] ?? NaN
}

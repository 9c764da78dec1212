import type { Tracker } from 'tracklet'
import type { Sample } from './benchmark.js'
import { makeSeries, randomNumbers } from './data.js'
import { quantile } from './statistics.js'

// Runs in Node and in a page alike.

/** How wide a chart is. */
export const PIXELS = 1000

/** The parts of a series that are zoomed to, in percent. */
export const ZOOM_SHARES = [30, 10, 3, 1] as const

/** Measures: the first view of whole series in a process, and the median of later ones. */
export const FIRST_VIEW = 'first view'
export const VIEW_AGAIN = 'whole view again'

/** The measure of zooms to a share. */
export function zoomed(share: number, quantile: 'p50' | 'p95'): string {
  return `zoom to ${share} %, ${quantile}`
}

/** Makes runs that each have a long series of `loss`; gives their ids. */
export async function fillSeries(
  tracker: Tracker,
  runs: number,
  points: number,
): Promise<string[]> {
  const ids: string[] = []
  for (let number = 0; number < runs; number++) {
    const run = await tracker.startRun({ name: `long-${number}` })
    run.logSeries('loss', makeSeries(points, number))
    await run.end()
    ids.push(run.id)
  }
  return ids
}

/** Milliseconds of one chart of all series between two steps. */
export async function timeChart(
  tracker: Tracker,
  runIds: readonly string[],
  range: { from: number; to: number },
): Promise<number> {
  const start = performance.now()
  const { series } = await tracker.compareSeries({
    runIds,
    values: ['loss'],
    pixels: PIXELS,
    ...range,
  })
  const taken = performance.now() - start
  if (series.length !== runIds.length) throw new Error(`found ${series.length} curves`)
  for (const { x, total } of series) {
    const expected = range.to - range.from + 1
    if (total !== expected) throw new Error(`found ${total} points of ${expected}`)
    if (x.length > 2 * PIXELS || x.length < Math.min(PIXELS, expected))
      throw new Error(`found ${x.length} points to draw`)
  }
  return taken
}

/** The whole, then random ranges of each share and the whole in turn. */
export async function timeViews(
  tracker: Tracker,
  runIds: readonly string[],
  points: number,
  times: number,
): Promise<Sample> {
  const random = randomNumbers(99)
  const first = await timeChart(tracker, runIds, { from: 0, to: points - 1 })
  const taken = new Map<number, number[]>([100, ...ZOOM_SHARES].map((share) => [share, []]))
  for (let i = 0; i < times; i++)
    for (const [share, all] of taken) {
      const width = Math.floor((points * share) / 100)
      const from = Math.floor(random() * (points - width + 1))
      all.push(await timeChart(tracker, runIds, { from, to: from + width - 1 }))
    }
  const of = (share: number, part: number): number => quantile(taken.get(share) ?? [], part)
  return {
    [FIRST_VIEW]: first,
    [VIEW_AGAIN]: of(100, 0.5),
    ...Object.fromEntries(
      ZOOM_SHARES.flatMap((share) => [
        [zoomed(share, 'p50'), of(share, 0.5)],
        [zoomed(share, 'p95'), of(share, 0.95)],
      ]),
    ),
  }
}

import { writeFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { inChromium, PAGE_MODULE, type TrackletModule } from './harness/chromium.js'
import { mlflow } from './harness/mlflow.js'
import { openStoreIn, type EnginePlace } from './harness/run-stores.js'
import { settle } from './harness/stores.js'
import { supply } from './harness/supply.js'
import {
  FIRST_VIEW,
  fillSeries,
  timeChart,
  timeViews,
  VIEW_AGAIN,
  zoomed,
  ZOOM_SHARES,
} from './harness/zoom-work.js'

declare const tracklet: TrackletModule

const PROCESS = 'tracklet, in process'
const THREAD = 'tracklet, worker thread'
const CHROMIUM = 'tracklet, Chromium'
const RUNS = 10
const POINTS = 1_000_000
/** MLflow's rows would take minutes to fill and to read. */
const MLFLOW_POINTS = POINTS / 100
const ZOOMS = 20

/** Long curves beside each other, and what looking closer at them costs. */
export const compareSeries: Benchmark = {
  name: 'compare-series',
  title: 'A chart, 1,000 pixels wide, of 10 series of 1,000,000 points',
  note: `One call of compareSeries for each view; each curve has at most two points a pixel, extremes among them. First view: by a process that has just opened the store. Zooms: to ${ZOOMS} random ranges of 100 %, 30 %, 10 %, 3 % and 1 % of the steps, in turn. MLflow: 10 series of 10,000 points, a hundredth, fetched whole as its client does it, nothing thinned out.`,
  measures: [
    { name: FIRST_VIEW, unit: 'ms', better: 'less' },
    { name: VIEW_AGAIN, unit: 'ms', better: 'less' },
    ...ZOOM_SHARES.flatMap((share) => [
      { name: zoomed(share, 'p50'), unit: 'ms', better: 'less' as const },
      { name: zoomed(share, 'p95'), unit: 'ms', better: 'less' as const },
    ]),
    { name: 'a hundredth of it', unit: 'ms', better: 'less' },
  ],
  contestants: [
    { name: PROCESS, ours: true, measure: (place) => inNode(place, 'process') },
    { name: THREAD, ours: true, measure: (place) => inNode(place, 'thread') },
    { name: CHROMIUM, ours: true, rounds: 1, measure: inBrowser },
    {
      ...mlflow('sqlite', 'compare', () => ({ runs: RUNS, points: MLFLOW_POINTS, keys: 1 }), {
        prepare: 'fill',
      }),
    },
  ],
  targets: [PROCESS, THREAD, CHROMIUM].flatMap((of) =>
    ZOOM_SHARES.map((share) => ({ measure: zoomed(share, 'p50'), of, atMost: 50 })),
  ),
}

/** One store for all: filled, closed, opened once more. */
function filled(points: number): Promise<string> {
  return supply(`series-${points}`, async (draft) => {
    const tracker = await openStoreIn('process', draft)
    const ids = await fillSeries(tracker, RUNS, points)
    await writeFile(join(draft, 'runs.json'), JSON.stringify(ids))
    await tracker.close()
    await settle(draft)
  })
}

function inBrowser(place: Place): Promise<Sample | null> {
  return inChromium(place, inPage, {
    runs: RUNS,
    points: POINTS,
    times: ZOOMS,
    module: PAGE_MODULE,
  })
}

async function inNode(_place: Place, where: EnginePlace): Promise<Sample> {
  const found = await viewsIn(where, POINTS)
  return { ...found, 'a hundredth of it': await firstView(where, MLFLOW_POINTS) }
}

async function viewsIn(where: EnginePlace, points: number): Promise<Sample> {
  const { tracker, ids } = await openFilled(where, points)
  const sample = await timeViews(tracker, ids, points, ZOOMS)
  await tracker.close()
  return sample
}

async function firstView(where: EnginePlace, points: number): Promise<number> {
  const { tracker, ids } = await openFilled(where, points)
  const first = await timeChart(tracker, ids, { from: 0, to: points - 1 })
  await tracker.close()
  return first
}

async function openFilled(
  where: EnginePlace,
  points: number,
): Promise<{ tracker: Awaited<ReturnType<typeof openStoreIn>>; ids: string[] }> {
  const folder = await filled(points)
  const ids = JSON.parse(await readFile(join(folder, 'runs.json'), 'utf8')) as string[]
  return { tracker: await openStoreIn(where, folder), ids }
}

type PageModule = typeof import('./harness/page.js')

async function inPage(given: {
  runs: number
  points: number
  times: number
  module: string
}): Promise<Sample> {
  const { fillSeries, timeViews } = (await import(given.module)) as PageModule
  const { runs, points, times } = given
  const filling = await tracklet.openTracker('idb:series')
  const ids = await fillSeries(filling, runs, points)
  await filling.close()
  const tracker = await tracklet.openTracker('idb:series')
  const sample = await timeViews(tracker, ids, points, times)
  await tracker.close()
  return sample
}

import type { Tracker } from 'tracklet'
import {
  foundText,
  METRIC_KEYS,
  PAGE,
  PARAM_KEYS,
  runData,
  TAG_KEYS,
  type Search,
} from './run-data.js'
import { quantile } from './statistics.js'

// Runs in Node and in a page alike.

const WAVE = 250

/** Makes the runs of the numbers below `count`, as a sweep that ended; gives their ids. */
export async function fillRuns(tracker: Tracker, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const first = ids.length
    const wave = Math.min(WAVE, count - first)
    ids.push(
      ...(await Promise.all(Array.from({ length: wave }, (_, i) => addRun(tracker, first + i)))),
    )
  }
  await tracker.flush()
  return ids
}

async function addRun({ client }: Tracker, number: number): Promise<string> {
  const { name, startTime, metrics, params, tags } = runData(number)
  const { info } = await client.createRun('0', { runName: name, startTime })
  await client.logBatch(info.runId, {
    metrics: METRIC_KEYS.map((key, i) => ({
      key,
      value: metrics[i]!,
      step: 1,
      timestamp: startTime,
    })),
    params: PARAM_KEYS.map((key, i) => [key, params[i]!] as const),
    tags: TAG_KEYS.map((key, i) => [key, tags[i]!] as const),
  })
  return info.runId
}

/** Milliseconds of one search, with all data of the runs that it finds. */
export async function timeSearch(tracker: Tracker, search: Search): Promise<number> {
  const start = performance.now()
  const { runs } = await tracker
    .searchRuns({ filter: search.filter, orderBy: [search.orderBy], maxResults: PAGE })
    .page()
  const taken = performance.now() - start
  checkFound(
    search,
    runs.map(({ info }) => info.runName),
  )
  const { metrics, params } = runs[0]?.data ?? { metrics: {}, params: {} }
  if (Object.keys(metrics).length + Object.keys(params).length !== 40)
    throw new Error('a run came without its data')
  return taken
}

/** Throws where not those runs were found that should have been. */
export function checkFound({ filter, orderBy, expected }: Search, names: readonly string[]): void {
  const found = foundText(names)
  if (found !== expected)
    throw new Error(`${filter}, ${orderBy}: found ${found}, expected ${expected}`)
}

/** The middle and the 95th percentile of all searches' times, after some for warmth. */
export async function timeSearches(
  time: (search: Search) => Promise<number> | number,
  searches: readonly Search[],
  warm = Math.min(20, searches.length),
): Promise<{ p50: number; p95: number }> {
  for (const search of searches.slice(0, warm)) await time(search)
  const taken: number[] = []
  for (const search of searches) taken.push(await time(search))
  return { p50: quantile(taken, 0.5), p95: quantile(taken, 0.95) }
}

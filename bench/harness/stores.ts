import { openTracker, type Tracker } from 'tracklet'
import { makeSeries, type Values } from './data.js'
import { timed } from './statistics.js'

/** A tracker over a store in `folder`, in this process. */
export function openStore(folder: string): Promise<Tracker> {
  return openTracker(`file:${folder}/store`)
}

/** Makes runs, many at a time, and ends them; gives their ids. */
export async function addRuns(tracker: Tracker, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const wave = Array.from({ length: Math.min(200, count - ids.length) }, async () => {
      const { info } = await tracker.client.createRun('0', { runName: 'filled' })
      return info.runId
    })
    ids.push(...(await Promise.all(wave)))
  }
  return ids
}

/** 20 metrics, 20 params and 5 tags: what a run of medium size has. */
export async function addValues(tracker: Tracker, runId: string, number: number): Promise<void> {
  await tracker.client.logBatch(runId, {
    metrics: names('metric', 20).map((key, i) => ({ key, value: number + i / 7, step: 1 })),
    params: names('param', 20).map((key, i) => [key, `value ${i} of ${number}`] as const),
    tags: names('tag', 5).map((key, i) => [key, `value ${i} of ${number}`] as const),
  })
}

/** Logs one series of every key to every run. Series of a length are made once: making them is not the work. */
export async function addSeries(
  tracker: Tracker,
  runIds: readonly string[],
  options: { keys: readonly string[]; points: number; values?: Values },
): Promise<void> {
  const series = Array.from({ length: 16 }, (_, i) => makeSeries(options.points, i, options.values))
  for (const [at, runId] of runIds.entries()) {
    const run = await tracker.openRun(runId)
    for (const [i, key] of options.keys.entries())
      run.logSeries(key, series[(at + i) % series.length] ?? makeSeries(options.points))
    await run.ready
    if (at % 50 === 0) await tracker.flush()
  }
  await tracker.flush()
}

/** `metric_0`, `metric_1` and so on. */
export function names(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${what}_${i}`)
}

/** Closes and opens again and closes: what a second session leaves behind is what a store looks like for long. */
export async function settle(folder: string): Promise<void> {
  const tracker = await openStore(folder)
  await tracker.setExperiment('settled')
  await tracker.checkpoint()
  await tracker.close()
}

/** Milliseconds that `work` takes, and the longest stretch of them in which nothing else could run. */
export async function timedTurns(
  work: () => Promise<unknown>,
): Promise<{ ms: number; longest: number }> {
  let [last, longest, running] = [performance.now(), 0, true]
  const look = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (running) setImmediate(look)
  }
  setImmediate(look)
  const ms = await timed(work)
  running = false
  look()
  return { ms, longest }
}

import type { Run } from 'tracklet'

const NAMES = new Intl.Collator('en', { numeric: true })

/** A key of some runs, and how many of them have it. */
export interface KeyCount {
  readonly key: string
  readonly runs: number
}

/** The latest value of a run's metric; undefined where it has none. Keys may be names that every object has. */
export function metricOf({ data }: Run, key: string): number | undefined {
  return Object.hasOwn(data.metrics, key) ? data.metrics[key] : undefined
}

/** A run's param; undefined where it has none. */
export function paramOf({ data }: Run, key: string): string | undefined {
  return Object.hasOwn(data.params, key) ? data.params[key] : undefined
}

/** The metrics of these runs, those that most have first, then by name. */
export function metricsOf(runs: readonly Run[]): KeyCount[] {
  return countKeys(runs.map((run) => run.data.metrics)).sort(
    (one, other) => other.runs - one.runs || compareNames(one.key, other.key),
  )
}

/** The params of these runs: those in which they differ first, then by name. */
export function paramsOf(runs: readonly Run[]): KeyCount[] {
  const values = new Map<string, Set<string | undefined>>()
  const counts = countKeys(runs.map((run) => run.data.params))
  for (const { key } of counts) values.set(key, new Set(runs.map((run) => paramOf(run, key))))
  const isSame = (key: string): number => Number(values.get(key)?.size === 1)
  return counts.sort(
    (one, other) => isSame(one.key) - isSame(other.key) || compareNames(one.key, other.key),
  )
}

/** The metric to draw where nobody has chosen: the one that most runs have, the loss where many have it, too. */
export function firstMetric(metrics: readonly KeyCount[]): string | null {
  const [most] = metrics
  if (most === undefined) return null
  const loss = metrics.find(({ key }) => key === 'loss')
  return loss !== undefined && 2 * loss.runs >= most.runs ? loss.key : most.key
}

/** For sorting names as people do: `layer 2` before `layer 10`. */
export function compareNames(one: string, other: string): number {
  return NAMES.compare(one, other)
}

function countKeys(records: readonly object[]): KeyCount[] {
  const counts = new Map<string, number>()
  for (const record of records)
    for (const key of Object.keys(record)) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts].map(([key, runs]) => ({ key, runs }))
}

import type { Int64 } from '../entities/int64.js'
import type { MetricColumns } from '../entities/metric.js'
import { bandOf } from './bands.js'
import type { BandScale } from './bands.js'
import { planComparison } from './comparison-query.js'
import type { ComparisonPlan } from './comparison-query.js'
import { drawCurve, thinCurve } from './curve.js'
import type { Curve, Histories } from './curve.js'
import type {
  ComparedSeries,
  SeriesBand,
  SeriesComparison,
  SeriesComparisonQuery,
  SeriesValue,
} from './series-comparison.js'

/** What a comparison needs to know of a run. */
export interface ComparedRun {
  readonly runId: string
  /** Epoch milliseconds. */
  readonly startTime: number
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

/** What histories are read for a comparison. */
export interface HistoriesQuery {
  readonly fromStep?: Int64
  readonly toStep?: Int64
  readonly maxPoints?: number
}

/** What a comparison reads from. */
export interface ComparisonReader {
  /** The runs of these ids, in their order. RESOURCE_DOES_NOT_EXIST where one is not there. */
  runs(runIds: readonly string[]): readonly ComparedRun[]
  /** The histories of pairs, in their order, each by (step, timestamp) and in columns of its own. */
  read(
    pairs: readonly { readonly runId: string; readonly key: string }[],
    query: HistoriesQuery,
  ): Promise<readonly MetricColumns[]>
}

/**
 * Many runs' histories as curves on one axis, and bands over groups of them. INVALID_PARAMETER_VALUE for a bad
 * query, before anything is read; errors of the reader as they come.
 */
export async function compareSeries(
  reader: ComparisonReader,
  query: SeriesComparisonQuery,
): Promise<SeriesComparison> {
  const plan = planComparison(query)
  const runs = reader.runs(plan.runIds)
  const needs = needsOf(plan)
  const drawn: DrawnRun[] = []
  for (let at = 0, size = needs.whole.length === 0 ? runs.length : FIRST_RUNS; at < runs.length;) {
    const part = runs.slice(at, at + size)
    const histories = await readHistories(reader, needs, part)
    part.forEach((run, i) => drawn.push(drawRun(plan, run, histories[i]!)))
    at += part.length
    size = nextSize(part.length, histories)
  }
  return {
    series: drawn.flatMap(({ series }) => series),
    bands: plan.groupBy === null ? [] : makeBands(plan, drawn),
  }
}

const FIRST_RUNS = 4
const READ_POINTS = 2_000_000

interface DrawnRun {
  readonly run: ComparedRun
  readonly series: readonly ComparedSeries[]
  /** The curve of each value, whole; none without bands. */
  readonly curves: readonly Curve[]
}

/** How many runs to read next, so that about two million points are held beside the results. */
function nextSize(runs: number, histories: readonly Histories[]): number {
  let points = 0
  for (const own of histories) for (const { values } of own.values()) points += values.length
  return Math.max(1, Math.floor((READ_POINTS * runs) / Math.max(1, points)))
}

function drawRun(plan: ComparisonPlan, run: ComparedRun, histories: Histories): DrawnRun {
  const curves = plan.values.map((value) => drawCurve(plan, value, histories, run.startTime))
  const series = plan.values.map((value, i) => {
    const { x, y, total } = thinCurve(curves[i]!, plan.pixels)
    return { runId: run.runId, value, x, y, total }
  })
  return { run, series, curves: plan.groupBy === null ? [] : curves }
}

/** Which histories the curves need, within which range of steps. */
interface Needs {
  readonly range: HistoriesQuery
  readonly whole: readonly string[]
  /** Those that are drawn as they stand, so that few points are enough. */
  readonly thin: readonly string[]
  readonly maxPoints: number
}

function needsOf(plan: ComparisonPlan): Needs {
  const range = stepRange(plan)
  const joined = new Set(plan.values.filter((value) => typeof value === 'object').flatMap(keysOf))
  if (typeof plan.axis === 'object') joined.add(plan.axis.metric)
  const plain = plan.values.flatMap(keysOf).filter((key) => !joined.has(key))
  const canThin = range !== null && plan.groupBy === null && plan.pixels < Infinity
  return {
    range: range ?? {},
    whole: canThin ? [...joined] : [...new Set([...joined, ...plain])],
    thin: canThin ? [...new Set(plain)] : [],
    maxPoints: 2 * plan.pixels,
  }
}

async function readHistories(
  reader: ComparisonReader,
  { range, whole, thin, maxPoints }: Needs,
  runs: readonly ComparedRun[],
): Promise<Histories[]> {
  const histories = runs.map(() => new Map<string, MetricColumns>())
  await readKeys(reader, runs, whole, range, histories)
  await readKeys(reader, runs, thin, { ...range, maxPoints }, histories)
  return histories
}

async function readKeys(
  reader: ComparisonReader,
  runs: readonly ComparedRun[],
  keys: readonly string[],
  query: HistoriesQuery,
  into: readonly Map<string, MetricColumns>[],
): Promise<void> {
  if (keys.length === 0) return
  const pairs = runs.flatMap(({ runId }) => keys.map((key) => ({ runId, key })))
  const found = await reader.read(pairs, query)
  pairs.forEach(({ key }, i) => into[Math.floor(i / keys.length)]!.set(key, found[i]!))
}

function keysOf(value: SeriesValue): string[] {
  return typeof value === 'string' ? [value] : [value.numerator, value.denominator]
}

/** The range for the reader to cut to; null where that would not be the same as cutting afterwards. */
function stepRange({ axis, from, to, smoothing }: ComparisonPlan): HistoriesQuery | null {
  if (axis !== 'step' || smoothing !== null) return null
  const fromStep = Math.ceil(from) + 0
  const toStep = Math.floor(to) + 0
  if (from !== -Infinity && !Number.isSafeInteger(fromStep)) return null
  if (to !== Infinity && !Number.isSafeInteger(toStep)) return null
  return {
    ...(from === -Infinity ? {} : { fromStep }),
    ...(to === Infinity ? {} : { toStep }),
  }
}

function makeBands(plan: ComparisonPlan, drawn: readonly DrawnRun[]): SeriesBand[] {
  const { kind, key } = plan.groupBy!
  const groups = new Map<string | null, DrawnRun[]>()
  for (const each of drawn) {
    const named = kind === 'param' ? each.run.params : each.run.tags
    const name = Object.hasOwn(named, key) ? named[key]! : null
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [each])
    else group.push(each)
  }
  const scale = scaleOf(plan, drawn)
  return plan.values.flatMap((value, v) =>
    [...groups].map(([group, members]) => ({
      group,
      value,
      runIds: members.map(({ run }) => run.runId),
      ...bandOf(
        members.map(({ curves }) => curves[v]!),
        scale,
      ),
    })),
  )
}

/** The axis over all curves, so that the pixels of all bands are the same. */
function scaleOf({ from, to, pixels }: ComparisonPlan, drawn: readonly DrawnRun[]): BandScale {
  let [low, high] = [Infinity, -Infinity]
  for (const { curves } of drawn) {
    for (const { x } of curves) {
      if (x.length === 0) continue
      low = Math.min(low, x[0]!)
      high = Math.max(high, x[x.length - 1]!)
    }
  }
  return {
    low: Number.isFinite(from) ? from : low,
    high: Number.isFinite(to) ? to : high,
    pixels,
  }
}

import type { Int64Column } from '../entities/int64.js'
import type { MetricColumns } from '../entities/metric.js'
import { keptValues } from '../series/downsample.js'
import type { ComparisonPlan } from './comparison-query.js'
import type { SeriesValue } from './series-comparison.js'
import { smooth } from './smoothing.js'
import { sortByX } from './sort-by-x.js'
import { lastOfEachStep, partnerOfEachPoint } from './step-join.js'

/** Points to draw, by x. */
export interface Curve {
  readonly x: Float64Array
  readonly y: Float64Array
  /** How many points there are before thinning out. */
  readonly total: number
}

/** A run's histories by metric key. */
export type Histories = ReadonlyMap<string, MetricColumns>

/** A run's curve of a value, smoothed, then cut to the plan's range. Its columns may be shared with others. */
export function drawCurve(
  plan: ComparisonPlan,
  value: SeriesValue,
  histories: Histories,
  startTime: number,
): Curve {
  const history = historyOf(value, histories)
  const placed = place(plan, history, histories, startTime)
  const y = plan.smoothing === null ? placed.y : smooth(placed.y, plan.smoothing)
  const curve = sortByX({ x: placed.x, y })
  const { x } = curve
  const from = partition(x, (each) => each >= plan.from)
  const to = Math.max(
    from,
    partition(x, (each) => each > plan.to),
  )
  // What the reader thinned out was cut to the range as well.
  const left = x.length - (to - from)
  return { x: x.subarray(from, to), y: curve.y.subarray(from, to), total: placed.total - left }
}

/** A curve with at most two points a pixel, in columns of its own: the extremes of each stretch are kept. */
export function thinCurve({ x, y, total }: Curve, pixels: number): Curve {
  if (x.length <= 2 * pixels) return { x: x.slice(), y: y.slice(), total }
  const kept = keptValues(y, 2 * pixels)
  return { x: pick(x, kept), y: pick(y, kept), total }
}

/** An Int64 column as doubles: rounded past 2^53. The same column where it holds doubles. */
function toDoubles(column: Int64Column): Float64Array {
  return column instanceof Float64Array ? column : Float64Array.from(column, Number)
}

/** A metric's history, or that of a ratio: numerator over denominator at each step, at the numerator's time. */
function historyOf(value: SeriesValue, histories: Histories): MetricColumns {
  if (typeof value === 'string') return histories.get(value)!
  const above = histories.get(value.numerator)!
  const below = histories.get(value.denominator)!
  const { left, right } = lastOfEachStep(above.steps, below.steps)
  const values = new Float64Array(left.length)
  for (let i = 0; i < left.length; i++)
    values[i] = above.values[left[i]!]! / below.values[right[i]!]!
  const [steps, timestamps] = [pick(above.steps, left), pick(above.timestamps, left)]
  return { steps, timestamps, values, total: values.length }
}

function place(
  { axis }: ComparisonPlan,
  history: MetricColumns,
  histories: Histories,
  startTime: number,
): Curve {
  const { values, total } = history
  if (axis === 'step') return { x: toDoubles(history.steps), y: values, total }
  if (axis === 'time') return { x: toDoubles(history.timestamps), y: values, total }
  if (axis !== 'relative') return placeByMetric(history, histories.get(axis.metric)!)
  const x = toDoubles(history.timestamps).slice()
  for (let i = 0; i < x.length; i++) x[i]! -= startTime
  return { x, y: values, total }
}

/** The points that have a finite partner to stand above. */
function placeByMetric(history: MetricColumns, axis: MetricColumns): Curve {
  const { left, right } = partnerOfEachPoint(history.steps, axis.steps)
  const x = new Float64Array(left.length)
  const y = new Float64Array(left.length)
  let count = 0
  for (let i = 0; i < left.length; i++) {
    const at = axis.values[right[i]!]!
    if (!Number.isFinite(at)) continue
    x[count] = at
    y[count++] = history.values[left[i]!]!
  }
  return { x: x.subarray(0, count), y: y.subarray(0, count), total: count }
}

/** The first index of ascending `x` from which on `isPast` holds. */
function partition(x: Float64Array, isPast: (each: number) => boolean): number {
  let low = 0
  let high = x.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isPast(x[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}

function pick<T extends Int64Column>(column: T, kept: Uint32Array): T {
  const wide = column instanceof BigInt64Array
  const out = (wide ? new BigInt64Array(kept.length) : new Float64Array(kept.length)) as T
  for (let i = 0; i < kept.length; i++) out[i] = column[kept[i]!]!
  return out
}

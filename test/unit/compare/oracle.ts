import type {
  SeriesAxis,
  SeriesComparisonQuery,
  SeriesValue,
  Smoothing,
} from '../../../src/compare/series-comparison.js'
import type { ModelRun, Point } from './store-reader.js'

/** A point to draw. */
export interface Dot {
  readonly x: number
  readonly y: number
}

/** A band's figures at one place. */
export interface BandRow {
  readonly x: number
  readonly mean: number
  readonly median: number
  readonly min: number
  readonly max: number
  readonly std: number
  readonly count: number
}

/** A run's curve, whole, by objects and plain sorting. */
export function oracleCurve(
  run: ModelRun,
  value: SeriesValue,
  query: SeriesComparisonQuery,
): Dot[] {
  const { axis = 'step', smoothing, from = -Infinity, to = Infinity } = query
  const dots = history(run, value).flatMap((point) => placed(run, point, axis))
  const ys = smoothed(
    dots.map(({ y }) => y),
    smoothing,
  )
  return dots
    .map(({ x }, i) => ({ x, y: ys[i]! }))
    .sort((a, b) => a.x - b.x)
    .filter(({ x }) => x >= from && x <= to)
}

/** The band over curves; `low`, `high` are the ends of the axis. */
export function oracleBand(
  curves: readonly (readonly Dot[])[],
  pixels: number,
  low: number,
  high: number,
): BandRow[] {
  const xs = [...new Set(curves.flat().map(({ x }) => x))].sort((a, b) => a - b)
  const binOf = (x: number): number =>
    xs.length <= pixels ? x : Math.min(pixels - 1, Math.floor(((x - low) / (high - low)) * pixels))
  const bins = [...new Set(xs.map(binOf))]
  return bins.map((bin) => {
    const own = curves
      .map((curve) => curve.filter(({ x, y }) => binOf(x) === bin && !Number.isNaN(y)))
      .filter((dots) => dots.length > 0)
    const all = own.flat().map(({ y }) => y)
    return {
      x: xs.find((x) => binOf(x) === bin)!,
      ...figures(
        own.map((dots) => mean(dots.map(({ y }) => y))).filter((each) => !Number.isNaN(each)),
      ),
      min: all.length === 0 ? NaN : Math.min(...all),
      max: all.length === 0 ? NaN : Math.max(...all),
    }
  })
}

/** MLflow's chart smoothing, as its formula reads: s = s * w + (1 - w) * v, drawn as s / (1 - w^(i + 1)). */
export function oracleEma(values: readonly number[], weight: number): number[] {
  if (weight === 0 || values.every((value) => value === values[0])) return [...values]
  let sum = 0
  return values.map((value, i) => {
    if (!Number.isFinite(value)) return value
    sum = sum * weight + (1 - weight) * value
    return sum / (1 - Math.pow(weight, i + 1))
  })
}

/** The means around each value, by cutting each window out. */
export function oracleWindow(values: readonly number[], size: number): number[] {
  const before = Math.floor(size / 2)
  return values.map((value, i) => {
    if (!Number.isFinite(value)) return value
    return mean(values.slice(Math.max(0, i - before), i - before + size).filter(Number.isFinite))
  })
}

function history(run: ModelRun, value: SeriesValue): readonly Point[] {
  if (typeof value === 'string') return sorted(run.metrics[value] ?? [])
  const above = lastByStep(run.metrics[value.numerator] ?? [])
  const below = lastByStep(run.metrics[value.denominator] ?? [])
  return [...above.values()].flatMap((point) => {
    const other = below.get(Number(point.step))
    return other === undefined ? [] : [{ ...point, value: point.value / other.value }]
  })
}

function placed(run: ModelRun, { step, timestamp, value }: Point, axis: SeriesAxis): Dot[] {
  if (axis === 'step') return [{ x: Number(step), y: value }]
  if (axis === 'time') return [{ x: Number(timestamp), y: value }]
  if (axis === 'relative') return [{ x: Number(timestamp) - run.startTime, y: value }]
  const partner = lastByStep(run.metrics[axis.metric] ?? []).get(Number(step))
  return partner !== undefined && Number.isFinite(partner.value)
    ? [{ x: partner.value, y: value }]
    : []
}

function smoothed(values: readonly number[], smoothing: Smoothing | undefined): readonly number[] {
  if (smoothing === undefined) return values
  return smoothing.kind === 'ema'
    ? oracleEma(values, smoothing.weight)
    : oracleWindow(values, smoothing.size)
}

function lastByStep(points: readonly Point[]): Map<number, Point> {
  return new Map(sorted(points).map((point) => [Number(point.step), point]))
}

function sorted(points: readonly Point[]): Point[] {
  return [...points].sort(
    (a, b) => Number(a.step) - Number(b.step) || Number(a.timestamp) - Number(b.timestamp),
  )
}

function figures(values: readonly number[]): Pick<BandRow, 'mean' | 'median' | 'std' | 'count'> {
  const count = values.length
  if (count === 0) return { mean: NaN, median: NaN, std: NaN, count }
  const ordered = [...values].sort((a, b) => a - b)
  const middle = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  return {
    mean: middle,
    median: (ordered[(count - 1) >> 1]! + ordered[count >> 1]!) / 2,
    std: count === 1 ? 0 : Math.sqrt(squares / (count - 1)),
    count,
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

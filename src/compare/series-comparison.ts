/**
 * What stands on the y axis: a metric, or one divided by another at the same step, of each the last point of
 * that step. A ratio stands at the numerator's time; dividing by zero gives what doubles give.
 */
export type SeriesValue = string | { readonly numerator: string; readonly denominator: string }

/**
 * What stands on the x axis: step, epoch milliseconds, milliseconds since the run's start, or another metric's
 * last value at the same step; points where that one has none, NaN or an infinity are left out. Steps and times
 * past 2^53 are rounded.
 */
export type SeriesAxis = 'step' | 'time' | 'relative' | { readonly metric: string }

/**
 * How curves are smoothed, along the history and before they are cut to the range or thinned out. `ema`: MLflow's
 * exponential moving average, with weight 0 (none) to below 1; its slider at s is the weight s / 101. `window`:
 * the mean of `size` points around each one. NaN and infinities stay as they are and take no part.
 */
export type Smoothing =
  | { readonly kind: 'ema'; readonly weight: number }
  | { readonly kind: 'window'; readonly size: number }

/** What `compareSeries` reads. */
export interface SeriesComparisonQuery {
  /** At least one; each is compared once. */
  readonly runIds: readonly string[]
  /** At least one. */
  readonly values: readonly SeriesValue[]
  /** `step` by default. */
  readonly axis?: SeriesAxis
  /** Inclusive range on the axis. */
  readonly from?: number
  readonly to?: number
  readonly smoothing?: Smoothing
  /** Bands over the runs that have the same value of this param or tag; runs without it form a group of their own. */
  readonly groupBy?: { readonly param: string } | { readonly tag: string }
  /** Width of the chart: each curve has at most two points a pixel, extremes kept. Everything where absent. */
  readonly pixels?: number
}

/** One curve; empty where the run has no point. `x` ascends. No two columns share their memory. */
export interface ComparedSeries {
  readonly runId: string
  readonly value: SeriesValue
  readonly x: Float64Array
  readonly y: Float64Array
  /** Points in the range before thinning out. */
  readonly total: number
}

/**
 * A band over the curves of a group, on their joined x values, at most one for each of `pixels`: where there are
 * more, those of one pixel are joined at the first of them. Nothing is made up between a curve's points: it
 * counts where it has one that is not NaN, once, with the mean of its points there; the minimum and maximum are of
 * all points. NaN where no curve has a value.
 */
export interface SeriesBand {
  /** The group's param or tag value; null for the runs without one. */
  readonly group: string | null
  readonly value: SeriesValue
  readonly runIds: readonly string[]
  readonly x: Float64Array
  readonly mean: Float64Array
  readonly median: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  /** Standard deviation of the sample; 0 for one curve. */
  readonly std: Float64Array
  /** How many curves have a value there. */
  readonly count: Uint32Array
}

/** What `compareSeries` gives. */
export interface SeriesComparison {
  /** Of each run, in the order asked for, each value in the order asked for. */
  readonly series: readonly ComparedSeries[]
  /** Of each value every group, in order of the first run; empty without `groupBy`. */
  readonly bands: readonly SeriesBand[]
}

import type { Int64, Int64Column } from './int64.js'

/** One point of a metric. */
export interface Metric {
  readonly key: string
  /** Any double: NaN and the infinities are kept exactly. */
  readonly value: number
  /** Epoch milliseconds, >= 0. */
  readonly timestamp: Int64
  readonly step: Int64
}

/** A metric's history as columns of equal length, by (step, timestamp, order of arrival). */
export interface MetricColumns {
  readonly steps: Int64Column
  /** Epoch milliseconds. */
  readonly timestamps: Int64Column
  readonly values: Float64Array
  /** How many points the asked range holds; more than `values.length` when it was down-sampled. */
  readonly total: number
}

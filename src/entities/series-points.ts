import type { Int64Column } from './int64.js'

/** Points of many series as columns of equal length, in order of arrival. */
export interface SeriesPoints {
  /** The series' integer ids. */
  readonly series: Uint32Array
  readonly steps: Int64Column
  /** Epoch milliseconds. */
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

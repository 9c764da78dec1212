import type { Int64, Int64Column } from '../entities/int64.js'
import type { Metric } from '../entities/metric.js'
import { toInt64 } from '../series/int64-column.js'

/** Points in order of arrival. */
export interface RawPoints {
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

/**
 * A metric's history as MLflow's SQL store gives it: ordered by (timestamp, step, value), where NaN counts as
 * 0, and points equal in all three once.
 */
export function metricRows(key: string, points: RawPoints): Metric[] {
  const { steps, timestamps, values } = points
  const order = Uint32Array.from(values, (_, row) => row)
  order.sort(
    (a, b) =>
      compare(at(timestamps, a), at(timestamps, b)) ||
      compare(at(steps, a), at(steps, b)) ||
      compare(rank(values, a), rank(values, b)) ||
      a - b,
  )
  const rows: Metric[] = []
  for (const row of order) {
    const point = {
      key,
      value: values[row] as number,
      timestamp: at(timestamps, row),
      step: at(steps, row),
    }
    if (!repeats(rows, point)) rows.push(point)
  }
  return rows
}

/** Whether the point stands already among the last rows of its time and step. */
function repeats(rows: readonly Metric[], point: Metric): boolean {
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i] as Metric
    if (row.timestamp !== point.timestamp || row.step !== point.step) return false
    if (Object.is(row.value, point.value) || row.value === point.value) return true
    if (rankOf(row.value) !== rankOf(point.value)) return false
  }
  return false
}

function at(column: Int64Column, row: number): Int64 {
  return toInt64(column[row] as Int64)
}

function rank(values: Float64Array, row: number): number {
  return rankOf(values[row] as number)
}

function rankOf(value: number): number {
  return Number.isNaN(value) ? 0 : value
}

function compare(a: Int64, b: Int64): number {
  return a < b ? -1 : a > b ? 1 : 0
}

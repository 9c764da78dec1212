import type { Int64Column } from '../entities/int64.js'
import type { MetricColumns } from '../entities/metric.js'
import { TrackletError } from '../errors.js'

/** The smallest `maxPoints`: first, last, minimum and maximum. */
export const MIN_POINTS = 4

/** INVALID_PARAMETER_VALUE unless `maxPoints` is an integer of at least 4. */
export function checkMaxPoints(maxPoints: number): void {
  if (Number.isInteger(maxPoints) && maxPoints >= MIN_POINTS) return
  throw new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `Invalid value ${maxPoints} for parameter 'maxPoints' supplied: it must be an integer of at least ${MIN_POINTS}.`,
  )
}

/**
 * At most `maxPoints` of the points, in their order: the first and last, and of every stretch of equal
 * length its minimum and maximum, so that no peak is lost. NaNs are kept only where a stretch has nothing
 * else. `total` stays. INVALID_PARAMETER_VALUE where `maxPoints` is less than 4.
 */
export function downsample(columns: MetricColumns, maxPoints: number): MetricColumns {
  checkMaxPoints(maxPoints)
  if (columns.values.length <= maxPoints) return columns
  const kept = keptIndexes(columns.values, maxPoints)
  return {
    steps: pick(columns.steps, kept),
    timestamps: pick(columns.timestamps, kept),
    values: pick(columns.values, kept),
    total: columns.total,
  }
}

function keptIndexes(values: Float64Array, maxPoints: number): Uint32Array {
  const last = values.length - 1
  const buckets = (maxPoints - 2) >> 1
  const kept = new Uint32Array(maxPoints)
  let count = 1
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = 1 + Math.floor(((last - 1) * bucket) / buckets)
    const to = 1 + Math.floor(((last - 1) * (bucket + 1)) / buckets)
    count = keepExtremes(values, from, to, kept, count)
  }
  kept[count++] = last
  return kept.subarray(0, count)
}

/** Adds the indexes of the minimum and maximum of [from, to), ascending; gives the new count. */
function keepExtremes(
  values: Float64Array,
  from: number,
  to: number,
  kept: Uint32Array,
  count: number,
): number {
  let first = from
  while (first < to - 1 && Number.isNaN(values[first]!)) first++
  let low = first
  let high = first
  let lowest = values[first]!
  let highest = lowest
  for (let i = first + 1; i < to; i++) {
    const value = values[i]!
    if (value < lowest) {
      lowest = value
      low = i
    } else if (value > highest) {
      highest = value
      high = i
    }
  }
  kept[count++] = Math.min(low, high)
  if (low !== high) kept[count++] = Math.max(low, high)
  return count
}

function pick<T extends Int64Column>(column: T, kept: Uint32Array): T {
  const wide = column instanceof BigInt64Array
  const out = (wide ? new BigInt64Array(kept.length) : new Float64Array(kept.length)) as T
  for (let i = 0; i < kept.length; i++) out[i] = column[kept[i]!]!
  return out
}

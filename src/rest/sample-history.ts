import type { Int64 } from '../entities/int64.js'
import type { Metric, MetricColumns } from '../entities/metric.js'
import { TrackletError } from '../errors.js'
import type { HistoryQuery, TrackingStore } from '../store/tracking-store.js'

/**
 * At most `limit` points of a run's metric by (step, timestamp, value), spread evenly, the first and the last among
 * them; none for an unknown run. Sampled as MLflow's SQL store does for charts.
 */
export async function sampleHistory(
  store: Pick<TrackingStore, 'getMetricColumns'>,
  query: HistoryQuery,
  limit: number,
): Promise<readonly Metric[]> {
  const columns = await readColumns(store, query)
  const rows = distinctRows(columns)
  return sampleRows(rows.length, limit).map((n) => {
    const row = rows[n] as number
    return {
      key: query.key,
      value: columns.values[row] as number,
      timestamp: toInt64(columns.timestamps[row]),
      step: toInt64(columns.steps[row]),
    }
  })
}

/**
 * Which of `count` ordered rows a sample of at most `limit` has: the first of each of `limit` buckets, of which the
 * first ones have one more where they are uneven (SQL's NTILE); the last row takes the last one's place.
 */
export function sampleRows(count: number, limit: number): number[] {
  if (count <= limit) return Array.from({ length: count }, (_, row) => row)
  const small = Math.floor(count / limit)
  const uneven = count % limit
  const firsts = Array.from({ length: limit }, (_, n) => n * small + Math.min(n, uneven))
  return [...firsts.slice(0, -1), count - 1]
}

async function readColumns(
  store: Pick<TrackingStore, 'getMetricColumns'>,
  query: HistoryQuery,
): Promise<MetricColumns> {
  try {
    return await store.getMetricColumns(query)
  } catch (error) {
    if (error instanceof TrackletError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST')
      return { steps: NONE, timestamps: NONE, values: NONE, total: 0 }
    throw error
  }
}

const NONE = new Float64Array(0)

/** The rows in order, equal points once. The columns come by step and time, so that little is to be sorted. */
function distinctRows({ steps, timestamps, values }: MetricColumns): number[] {
  const compare = (a: number, b: number): number =>
    order(steps[a], steps[b]) ||
    order(timestamps[a], timestamps[b]) ||
    order(rank(values[a]), rank(values[b])) ||
    order(Number(Number.isNaN(values[a])), Number(Number.isNaN(values[b])))
  const rows = Array.from(values, (_, row) => row).sort(compare)
  return rows.filter((row, i) => i === 0 || compare(rows[i - 1] as number, row) !== 0)
}

/** NaN is kept as 0 there, with a mark. */
function rank(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? 0 : value
}

function order(a: Int64 | undefined, b: Int64 | undefined): number {
  if (a === undefined || b === undefined) return 0
  return a < b ? -1 : a > b ? 1 : 0
}

function toInt64(value: Int64 | undefined): Int64 {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : (value ?? 0)
}

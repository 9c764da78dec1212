import type { KeyValue, LogBatch, MetricInput } from '../entities/log-batch.js'
import type { TrackingStore } from '../store/tracking-store.js'
import {
  metricValueToNumber,
  recordToPairs,
  toStep,
  toTimestamp,
  valueToText,
  type MetricValue,
  type ParamValue,
  type Timestamp,
} from './values.js'
import type { Int64 } from '../entities/int64.js'

/** A metric point in a batch. */
export interface BatchMetric {
  readonly key: string
  readonly value: MetricValue
  /** Now by default. */
  readonly timestamp?: Timestamp
  /** 0 by default. */
  readonly step?: Int64
}

/** Params or tags, as a record or as pairs in order. */
export type Pairs =
  Readonly<Record<string, ParamValue>> | readonly (readonly [key: string, value: ParamValue])[]

/** What one `logBatch` call takes. */
export interface BatchInput {
  readonly metrics?: readonly BatchMetric[]
  readonly params?: Pairs
  readonly tags?: Pairs
}

const MAX_METRICS = 1_000
const MAX_PAIRS = 100
const MAX_TOTAL = 1_000

/**
 * Writes a batch: all or nothing while it keeps MLflow's limits (1,000 metrics, 100 params, 100 tags, 1,000 in
 * all). A larger one goes in several, params first, then tags, then metrics, and stops at the first that fails.
 */
export async function sendBatch(
  store: TrackingStore,
  runId: string,
  input: BatchInput,
): Promise<void> {
  for (const batch of splitBatch(resolveBatch(input))) await store.logBatch(runId, batch)
}

/** A batch with texts, numbers and times in place; throws INVALID_PARAMETER_VALUE for what has none. */
function resolveBatch({ metrics = [], params = [], tags = [] }: BatchInput): Required<LogBatch> {
  const now = Date.now()
  return {
    metrics: metrics.map((metric) => toMetricInput(metric, now)),
    params: toPairs(params, 'Params'),
    tags: toPairs(tags, 'Tags'),
  }
}

function toMetricInput({ key, value, timestamp, step }: BatchMetric, now: number): MetricInput {
  const number = metricValueToNumber(value)
  return {
    key,
    value: number,
    timestamp: timestamp === undefined ? now : toTimestamp(timestamp, key, number),
    step: toStep(step),
  }
}

function toPairs(pairs: Pairs, what: string): readonly KeyValue[] {
  if (!Array.isArray(pairs)) return recordToPairs(pairs, what)
  const list = pairs as readonly (readonly [string, ParamValue])[]
  return list.map(([key, value]) => [key, valueToText(value, key)] as const)
}

function splitBatch({ metrics, params, tags }: Required<LogBatch>): LogBatch[] {
  const total = metrics.length + params.length + tags.length
  const fits =
    metrics.length <= MAX_METRICS &&
    params.length <= MAX_PAIRS &&
    tags.length <= MAX_PAIRS &&
    total <= MAX_TOTAL
  if (fits) return [{ metrics, params, tags }]
  return [
    ...chunks(params, MAX_PAIRS).map((chunk) => ({ params: chunk })),
    ...chunks(tags, MAX_PAIRS).map((chunk) => ({ tags: chunk })),
    ...chunks(metrics, MAX_METRICS).map((chunk) => ({ metrics: chunk })),
  ]
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size)
  return Array.from({ length: count }, (_, i) => list.slice(i * size, (i + 1) * size))
}

import { invalid, wrongType } from '../../../entities/invalid.js'
import { LOGGED_MODEL_STATUSES } from '../../../entities/logged-model.js'
import type { ModelMetric } from '../../../entities/logged-model.js'
import { isRecord, validateText } from '../../../entities/validate.js'
import { compareByOrder } from '../../../search/predicate.js'
import { clamped } from '../../../search/value-tests.js'
import type { LoggedModelOrder } from '../../logged-model-store.js'
import type { LoggedModelRow } from './model-reader.js'
import type { MetricsByModel } from './model-metrics.js'
import type { TokenOrder } from './page-token.js'

type Value = string | number | null

/** What models may be ordered by, under every name that MLflow takes. */
const FIELDS: Readonly<Record<string, (model: LoggedModelRow) => Value>> = {
  name: ({ name }) => name,
  model_id: ({ modelId }) => modelId,
  experiment_id: ({ experimentId }) => Number(experimentId),
  artifact_location: ({ artifactLocation }) => artifactLocation,
  model_type: ({ modelType }) => modelType,
  source_run_id: ({ sourceRunId }) => sourceRunId,
  status: ({ status }) => LOGGED_MODEL_STATUSES.indexOf(status),
  creation_time: ({ creationTimestamp }) => creationTimestamp,
  creation_timestamp: ({ creationTimestamp }) => creationTimestamp,
  creation_timestamp_ms: ({ creationTimestamp }) => creationTimestamp,
  last_updated_timestamp: ({ lastUpdatedTimestamp }) => lastUpdatedTimestamp,
  last_updated_timestamp_ms: ({ lastUpdatedTimestamp }) => lastUpdatedTimestamp,
}

/** An order after its checks, as tokens hold it; null where none is asked for. */
export function validateOrder(
  orderBy: readonly LoggedModelOrder[] | undefined | null,
): readonly TokenOrder[] | null {
  if (orderBy === undefined || orderBy === null) return null
  if (!Array.isArray(orderBy)) throw wrongType('order_by', orderBy)
  const terms = orderBy.map(validateTerm)
  return terms.length === 0 ? null : terms
}

/** Whether metrics are needed to put models in this order. */
export function ordersByMetrics(order: readonly TokenOrder[] | null): boolean {
  return (order ?? []).some(({ field_name: field }) => metricOf(field) !== null)
}

/** Compares models by an order, then newest first, then by id. What a model lacks comes last in both directions. */
export function compareModels(
  order: readonly TokenOrder[] | null,
  metrics: MetricsByModel,
): (a: LoggedModelRow, b: LoggedModelRow) => number {
  const terms = [
    ...(order ?? []).map((term) => ({
      ascending: term.ascending,
      read: readerOf(term, metrics),
    })),
    { ascending: false, read: FIELDS['creation_timestamp']! },
    { ascending: true, read: FIELDS['model_id']! },
  ]
  const places = terms.map(({ ascending }, i) => ({
    entity: 'attribute' as const,
    key: String(i),
    ascending,
  }))
  return compareByOrder(places, (model, { key }) => terms[Number(key)]!.read(model))
}

function validateTerm(term: LoggedModelOrder, index: number): TokenOrder {
  if (!isRecord(term)) throw wrongType(`order_by[${index}]`, term)
  const field = validateText(term.fieldName, `order_by[${index}].field_name`)
  if (metricOf(field) === null && !Object.hasOwn(FIELDS, field))
    throw invalid(
      `Invalid order by field name: ${field}${field.includes('.') ? '. Only metrics are supported.' : ''}`,
    )
  return {
    field_name: field,
    ascending: term.ascending ?? true,
    dataset_name: textOrNull(term.datasetName, `order_by[${index}].dataset_name`),
    dataset_digest: textOrNull(term.datasetDigest, `order_by[${index}].dataset_digest`),
  }
}

function readerOf(term: TokenOrder, metrics: MetricsByModel): (model: LoggedModelRow) => Value {
  const key = metricOf(term.field_name)
  if (key === null) return FIELDS[term.field_name]!
  const { dataset_name: name, dataset_digest: digest } = term
  const counts = (metric: ModelMetric): boolean =>
    metric.key === key &&
    (!name || metric.datasetName === name) &&
    (!digest || metric.datasetDigest === digest)
  const latest = new Map<string, number>()
  for (const [modelId, points] of metrics) {
    const value = latestValue(points.filter(counts))
    if (value !== null) latest.set(modelId, value)
  }
  return ({ modelId }) => latest.get(modelId) ?? null
}

/** The value of the greatest (timestamp, step); of the first run where several have it. */
function latestValue(points: readonly ModelMetric[]): number | null {
  let latest = points[0]
  for (const point of points) if (isLater(point, latest!)) latest = point
  return latest === undefined ? null : searchedValue(latest.value)
}

function isLater(a: ModelMetric, b: ModelMetric): boolean {
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp
  if (a.step !== b.step) return a.step > b.step
  return a.runId < b.runId
}

/** A metric's value as searches see it: 0 for NaN, infinities as the largest doubles. */
export function searchedValue(value: number): number {
  return Number.isNaN(value) ? 0 : clamped(value)
}

function metricOf(field: string): string | null {
  return field.startsWith('metrics.') ? field.slice('metrics.'.length) : null
}

function textOrNull(value: unknown, parameter: string): string | null {
  return value === undefined || value === null ? null : validateText(value, parameter)
}

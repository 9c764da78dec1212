import type { KeyValue, LogBatch, MetricInput } from './log-batch.js'
import { invalid, invalidValue, wrongType } from './invalid.js'
import { LIMITS } from './limits.js'
import { pythonRepr } from './python-text.js'
import {
  isRecord,
  validateInt64,
  validateList,
  validateMetricKey,
  validateMetricValue,
  validateParam,
  validateTag,
  validateText,
  validateTimestamp,
} from './validate.js'

/** A batch after its stateless checks: nothing absent, long values cut. */
export type CheckedBatch = Required<LogBatch>

/** A metric point, whole and of the right types. `path` is its place in a batch. */
export function validateMetric(metric: MetricInput, path = ''): MetricInput {
  if (!isRecord(metric)) throw wrongType(path === '' ? 'metric' : path, metric)
  const key = validateMetricKey(metric.key, path)
  const value = validateMetricValue(metric.value, path)
  const timestamp = validateTimestamp(metric.timestamp, key, value, path)
  const step = validateInt64(metric.step ?? 0, path === '' ? 'step' : `${path}.step`)
  const point = { key, value, timestamp, step }
  return hasContext(metric) ? { ...point, ...validateContext(metric) } : point
}

/** All of a batch, and its sizes: MLflow's order of checks. `cut` says whether long values are cut or refused. */
export function validateBatch(batch: LogBatch, cut: boolean): CheckedBatch {
  if (!isRecord(batch)) throw wrongType('batch', batch)
  const metrics = validateMetrics(validateList(batch.metrics, 'metrics'))
  const params = validatePairs(batch.params, 'params', (key, value, path) =>
    validateParam(key, value, cut, path),
  )
  const tags = validatePairs(batch.tags, 'tags', (key, value, path) =>
    validateTag(key, value, cut, path),
  )
  checkSize('metrics', metrics.length, LIMITS.batchMetrics)
  checkSize('params', params.length, LIMITS.batchParams)
  checkSize('tags', tags.length, LIMITS.batchTags)
  const total = metrics.length + params.length + tags.length
  checkSize('metrics, params, and tags', total, LIMITS.batchTotal)
  checkUnique(params)
  return { metrics, params, tags }
}

/** Points, each checked; what a client of ours sends is mostly right, and then costs a few comparisons. */
function validateMetrics(metrics: readonly unknown[]): MetricInput[] {
  const known = new Set<unknown>()
  return metrics.map((given, i) => {
    const metric = given as MetricInput
    if (isRecord(given) && known.has(metric.key) && isPlain(metric)) return metric
    const point = validateMetric(metric, `metrics[${i}]`)
    known.add(point.key)
    return point
  })
}

/** Whether a point with a key that was checked needs no further look. */
function isPlain(metric: MetricInput): boolean {
  const { value, timestamp, step } = metric
  return (
    typeof value === 'number' &&
    typeof timestamp === 'number' &&
    timestamp >= 0 &&
    Number.isSafeInteger(timestamp) &&
    typeof step === 'number' &&
    Number.isSafeInteger(step) &&
    !hasContext(metric)
  )
}

/** Key and value pairs, each checked by `check` with its path `list[i]`. */
export function validatePairs(
  pairs: readonly KeyValue[] | undefined,
  list: string,
  check: (key: unknown, value: unknown, path: string) => KeyValue,
): readonly KeyValue[] {
  return validateList(pairs, list).map((pair, i) => {
    if (!Array.isArray(pair)) throw wrongType(`${list}[${i}]`, pair)
    return check(pair[0], pair[1], `${list}[${i}]`)
  })
}

function hasContext(metric: MetricInput): boolean {
  return Boolean(metric.modelId || metric.datasetName || metric.datasetDigest)
}

function validateContext(metric: MetricInput): Partial<MetricInput> {
  const modelId = validateText(metric.modelId ?? '', 'model_id')
  const datasetName = validateText(metric.datasetName ?? '', 'dataset_name')
  const datasetDigest = validateText(metric.datasetDigest ?? '', 'dataset_digest')
  if ((datasetName === '') !== (datasetDigest === ''))
    throw invalidValue(
      datasetName === '' ? 'dataset_name' : 'dataset_digest',
      '',
      'A dataset is named by its name and its digest together; give both or none.',
    )
  return { modelId, datasetName, datasetDigest }
}

function checkSize(what: string, count: number, limit: number): void {
  if (count <= limit) return
  throw invalid(
    `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. ` +
      `Please split up ${what} across multiple requests and try again.`,
  )
}

function checkUnique(params: readonly KeyValue[]): void {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const [key] of params) (seen.has(key) ? twice : seen).add(key)
  if (twice.size === 0) return
  throw invalid(
    `Duplicate parameter keys have been submitted: ${pythonRepr([...twice])}. ` +
      'Please ensure the request contains only one param value per param key.',
  )
}

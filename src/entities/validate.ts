import type { DatasetInput } from './dataset.js'
import { invalid, invalidValue, missing, quote, wrongType } from './invalid.js'
import type { Int64 } from './int64.js'
import type { ViewType } from './lifecycle.js'
import { LIMITS } from './limits.js'
import { pythonFloat } from './python-text.js'
import { RUN_STATUSES } from './run.js'
import type { RunStatus } from './run.js'

const ASCII_NAME = /^[\w/.\- :]*$/
const NAME = /^[\p{L}\p{N}_/.\- :]*$/u
const BAD_NAME =
  'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).'
const UNSAFE_NAME =
  'Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to'
const RUN_ID = /^[a-zA-Z0-9][\p{L}\p{N}_-]{0,255}$/u
const SUSPECT_UNITS = /[\0\uD800-\uDFFF]/
const NOT_STORABLE = /[\0\p{Cs}]/u
const INT64_MAX = 2n ** 63n - 1n
const VIEW_TYPES: readonly ViewType[] = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']

/** Keys found good before; a tight logging loop asks for the same few again and again. */
const goodKeys = new Set<string>()
const MOST_GOOD_KEYS = 10_000

/** A string that can be stored, maybe empty; no NUL, no lone surrogates. `parameter` names it in the message. */
export function validateText(value: unknown, parameter: string): string {
  if (value === undefined) throw missing(parameter)
  if (typeof value !== 'string') throw wrongType(parameter, value)
  if (SUSPECT_UNITS.test(value) && NOT_STORABLE.test(value))
    throw invalidValue(parameter, value, 'Text must not hold NUL characters or lone surrogates.')
  return value
}

/** A storable string that is not empty. */
export function validateRequired(value: unknown, parameter: string): string {
  if (value === undefined || value === null || value === '') throw missing(parameter)
  return validateText(value, parameter)
}

/**
 * A key of a metric, param or tag: allowed characters, safe as a relative path, at most 250 code points.
 * `parameter` names it in messages about its form, `label` in those about its length or absence.
 */
function validateKey(
  key: unknown,
  parameter: string,
  label = parameter,
  required = parameter,
): string {
  if (typeof key === 'string' && goodKeys.has(key)) return key
  if (key === undefined || key === null || key === '') throw missing(required)
  if (typeof key !== 'string') throw wrongType(required, key)
  checkName(key, parameter)
  validateLength(key, label, LIMITS.key)
  if (goodKeys.size >= MOST_GOOD_KEYS) goodKeys.clear()
  goodKeys.add(key)
  return key
}

/** A metric's key; `path` is its place in a batch, such as `metrics[1]`. */
export function validateMetricKey(key: unknown, path = ''): string {
  return validateKey(key, at(path, 'name'), 'Metric name', at(path, 'key'))
}

/** A param's key. */
export function validateParamKey(key: unknown, path = ''): string {
  return validateKey(key, at(path, 'key'), 'Param key')
}

/** A tag's key. */
export function validateTagKey(key: unknown, path = ''): string {
  return validateKey(key, at(path, 'key'))
}

/** At most `limit` code points. */
export function validateLength(value: string, label: string, limit: number): string {
  if (isLonger(value, limit))
    throw invalid(`'${label}' exceeds the maximum length of ${limit} characters`)
  return value
}

/** A value cut to `limit` code points, or refused when it may not be cut. */
export function cutOrRefuse(value: string, label: string, limit: number, cut: boolean): string {
  if (!isLonger(value, limit)) return value
  if (!cut) return validateLength(value, label, limit)
  return Array.from(value.slice(0, 2 * limit))
    .slice(0, limit)
    .join('')
}

/** A param's key and value; `cut` says whether a long value is cut or refused. */
export function validateParam(
  key: unknown,
  value: unknown,
  cut: boolean,
  path = '',
): readonly [string, string] {
  const text = validateText(value, at(path, 'value'))
  return [validateParamKey(key, path), cutOrRefuse(text, 'Param value', LIMITS.paramValue, cut)]
}

/** A run tag's key and value; `cut` says whether a long value is cut or refused. */
export function validateTag(
  key: unknown,
  value: unknown,
  cut: boolean,
  path = '',
): readonly [string, string] {
  const name = at(path, 'value')
  const text = validateText(value, name)
  return [validateTagKey(key, path), cutOrRefuse(text, name, LIMITS.tagValue, cut)]
}

/** An experiment tag's key and value; neither is ever cut. */
export function validateExperimentTag(key: unknown, value: unknown): readonly [string, string] {
  const text = validateText(value, 'value')
  return [validateTagKey(key), validateLength(text, 'value', LIMITS.experimentTagValue)]
}

/** A metric's value: any double, NaN and the infinities too. */
export function validateMetricValue(value: unknown, path = ''): number {
  if (value === undefined || value === null) throw missing(at(path, 'value'))
  if (typeof value !== 'number') throw wrongType(at(path, 'value'), value)
  return value
}

/** A 64-bit integer: a safe integer, or a bigint. */
export function validateInt64(value: unknown, parameter: string): Int64 {
  if (typeof value === 'number') return validateSafeInteger(value, parameter)
  if (value === undefined || value === null) throw missing(parameter)
  if (typeof value !== 'bigint') throw wrongType(parameter, value)
  if (value > INT64_MAX || value < -INT64_MAX - 1n)
    throw invalidValue(parameter, value, 'It does not fit into 64 bits.')
  return value
}

/** An integer that a double holds exactly; a time in epoch milliseconds, for one. */
export function validateSafeInteger(value: unknown, parameter: string): number {
  if (value === undefined || value === null) throw missing(parameter)
  if (typeof value !== 'number' || (!Number.isInteger(value) && Number.isFinite(value)))
    throw wrongType(parameter, value)
  if (!Number.isSafeInteger(value))
    throw invalidValue(
      parameter,
      value,
      'A number must be an integer up to 2^53 - 1; use a bigint.',
    )
  return value
}

/** A metric's time: epoch milliseconds, not negative. */
export function validateTimestamp(value: unknown, key: string, point: number, path = ''): Int64 {
  const timestamp = validateInt64(value, at(path, 'timestamp'))
  if (timestamp >= 0) return timestamp
  const reason = `metric '${key}' (value=${pythonFloat(point)}). Timestamp must be a nonnegative long (64-bit integer) `
  throw invalidValue(at(path, 'timestamp'), timestamp, reason)
}

/** A run id as a batch may name it. */
export function validateRunId(value: unknown): string {
  const runId = validateRequired(value, 'run_id')
  if (!RUN_ID.test(runId)) throw invalidValue('run_id', runId)
  return runId
}

/** An experiment's name; `parameter` is `name` or `new_name`. */
export function validateExperimentName(value: unknown, parameter = 'name'): string {
  return validateLength(validateRequired(value, parameter), 'name', LIMITS.experimentName)
}

/** One of MLflow's run states. */
export function validateStatus(value: unknown): RunStatus {
  const status = RUN_STATUSES.find((known) => known === value)
  if (status !== undefined) return status
  if (typeof value !== 'string') throw wrongType('status', value)
  throw invalidValue('status', value, `It must be one of ${RUN_STATUSES.join(', ')}.`)
}

/** Which lifecycle stages to show; ACTIVE_ONLY where absent. */
export function validateViewType(value: unknown, parameter = 'view_type'): ViewType {
  if (value === undefined) return 'ACTIVE_ONLY'
  const view = VIEW_TYPES.find((known) => known === value)
  if (view !== undefined) return view
  if (typeof value !== 'string') throw wrongType(parameter, value)
  throw invalidValue(parameter, value, `It must be one of ${VIEW_TYPES.join(', ')}.`)
}

/** A search syntax; MLflow's own by default. */
export function validateSyntax(value: unknown): 'mlflow' | 'extended' {
  if (value === undefined || value === 'mlflow') return 'mlflow'
  if (value === 'extended') return value
  throw invalidValue('syntax', value, "It must be 'mlflow' or 'extended'.")
}

/** A list; `parameter` names it. */
export function validateList<T>(value: readonly T[] | undefined, parameter: string): readonly T[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw wrongType(parameter, value)
  return value
}

/** A dataset and its link's tags, as `logInputs` takes them. */
export function validateDatasetInput(input: DatasetInput, index: number): DatasetInput {
  const path = `datasets[${index}]`
  if (!isRecord(input)) throw wrongType(path, input)
  const { dataset, tags } = input
  if (dataset === undefined || dataset === null) throw missing(`${path}.dataset`)
  if (!isRecord(dataset)) throw wrongType(`${path}.dataset`, dataset)
  const text = (value: unknown, name: string, limit: number): string =>
    validateLength(validateText(value, `${path}.dataset.${name}`), name, limit)
  return {
    dataset: {
      name: text(
        validateRequired(dataset.name, `${path}.dataset.name`),
        'name',
        LIMITS.datasetName,
      ),
      digest: text(
        validateRequired(dataset.digest, `${path}.dataset.digest`),
        'digest',
        LIMITS.datasetDigest,
      ),
      sourceType: validateText(dataset.sourceType, `${path}.dataset.source_type`),
      source: text(dataset.source, 'source', LIMITS.datasetSource),
      schema: dataset.schema == null ? null : text(dataset.schema, 'schema', LIMITS.datasetSchema),
      profile:
        dataset.profile == null ? null : text(dataset.profile, 'profile', LIMITS.datasetProfile),
    },
    tags: Object.fromEntries(validateInputTags(tags, path)),
  }
}

/** Whether a value is an object with named members. */
export function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function validateInputTags(
  tags: DatasetInput['tags'] | undefined,
  path: string,
): readonly (readonly [string, string])[] {
  if (tags === undefined || tags === null) return []
  if (!isRecord(tags)) throw wrongType(`${path}.tags`, tags)
  return Object.entries(tags).map(([key, value], i) => [
    validateLength(validateRequired(key, `${path}.tags[${i}].key`), 'key', LIMITS.inputTagKey),
    validateLength(validateText(value, `${path}.tags[${i}].value`), 'value', LIMITS.inputTagValue),
  ])
}

function checkName(name: string, parameter: string): void {
  if (!ASCII_NAME.test(name) && !NAME.test(name)) throw invalidValue(parameter, name, BAD_NAME)
  const resolved = normalPath(name)
  if (resolved === name && name !== '.' && !name.startsWith('..') && !name.startsWith('/')) return
  throw invalid(
    `Invalid value ${quote(name)} for parameter '${parameter}' supplied: ${UNSAFE_NAME} '${resolved}'`,
  )
}

function normalPath(path: string): string {
  const root =
    path.startsWith('//') && !path.startsWith('///') ? '//' : path.startsWith('/') ? '/' : ''
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    const climbs = part === '..' && (parts.length > 0 ? parts.at(-1) !== '..' : root !== '')
    if (climbs) parts.pop()
    else parts.push(part)
  }
  return root + parts.join('/') || '.'
}

function isLonger(value: string, limit: number): boolean {
  if (value.length <= limit) return false
  if (value.length > 2 * limit) return true
  let count = 0
  for (const _ of value) if (++count > limit) return true
  return false
}

function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

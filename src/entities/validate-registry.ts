import { invalid, invalidValue, missing, wrongType } from './invalid.js'
import { LIMITS } from './limits.js'
import type { KeyValue } from './log-batch.js'
import { MODEL_STAGES } from './registered-model.js'
import type { ModelStage } from './registered-model.js'
import { validateLength, validateTagKey, validateText } from './validate.js'

// After mlflow/utils/validation.py and mlflow/entities/model_registry/model_version_stages.py.

const PYTHON_INTEGER = /^\s*([+-]?\d+(?:_\d+)*)\s*$/
const ALIAS = /^[\p{L}\p{N}_-]*$/u
const VERSION_ALIAS = /^v\p{Nd}+$/iu
const UNSAFE_NAME =
  'Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to'

/** A registered model's name: not blank, without `/` and `:`, no `.` and nothing that begins with `..`. */
export function validateModelName(value: unknown, parameter: 'name' | 'new_name' = 'name'): string {
  if (value === undefined || value === null || value === '') throw missing(parameter)
  const name = validateText(value, parameter)
  if (name.trim() === '') throw invalid(`Missing value for required parameter '${parameter}'.`)
  if (/[/:]/.test(name))
    throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  if (name === '.' || name.startsWith('..'))
    throw invalidValue('name', name, `${UNSAFE_NAME} '${name}'`)
  return name
}

/** An alias as a look-up may name it. */
export function validateAlias(value: unknown): string {
  if (value === undefined || value === null || value === '') throw missing('alias')
  const alias = validateText(value, 'alias')
  if (!ALIAS.test(alias))
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  return validateLength(alias, 'Registered model alias name', LIMITS.alias)
}

/** An alias that may be given: neither `latest` nor one like `v1`, in any case. */
export function validateNewAlias(value: unknown): string {
  const alias = validateAlias(value)
  if (isLatest(alias)) throw invalid("'latest' alias name (case insensitive) is reserved.")
  if (VERSION_ALIAS.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`)
  return alias
}

/** Whether an alias, or the end of a URI, means the highest version. */
export function isLatest(text: string): boolean {
  return text.toLowerCase() === 'latest'
}

/** A version's number out of a number or a text such as `3`. */
export function validateVersion(value: unknown): number {
  if (value === undefined || value === null || value === '') throw missing('version')
  if (typeof value !== 'string' && typeof value !== 'number') throw wrongType('version', value)
  const [, digits] = PYTHON_INTEGER.exec(String(value)) ?? []
  if (digits !== undefined) return Number(digits.replaceAll('_', ''))
  throw invalid(`Parameter 'version' must be an integer, got '${value}'.`)
}

/** A stage, given in any case. */
export function validateStage(value: unknown): ModelStage {
  if (value === undefined || value === null || value === '') throw missing('stage')
  if (typeof value !== 'string') throw wrongType('stage', value)
  const stage = MODEL_STAGES.find((known) => known.toLowerCase() === value.toLowerCase())
  if (stage !== undefined) return stage
  throw invalid(
    `Invalid Model Version stage: ${value}. Value must be one of ${MODEL_STAGES.join(', ')}.`,
  )
}

/** The key and value of a model's or version's tag; neither is ever cut. */
export function validateRegistryTag(key: unknown, value: unknown): KeyValue {
  const name = validateTagKey(key)
  return [name, validateLength(validateText(value, 'value'), 'value', LIMITS.registryTagValue)]
}

/** A description; null for none. */
export function validateDescription(value: unknown): string | null {
  return value === undefined || value === null ? null : validateText(value, 'description')
}

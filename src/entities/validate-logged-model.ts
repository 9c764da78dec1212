import { invalid, invalidValue, missing, wrongType } from './invalid.js'
import type { KeyValue } from './log-batch.js'
import { LOGGED_MODEL_STATUSES } from './logged-model.js'
import type { LoggedModelStatus, ModelInput, ModelOutput } from './logged-model.js'
import { pythonRepr } from './python-text.js'
import {
  isRecord,
  validateLength,
  validateParamKey,
  validateSafeInteger,
  validateTagKey,
  validateText,
} from './validate.js'

// After mlflow/utils/validation.py; keys as its file store has them, which are the names of files there.

const LONGEST_NAME = 500
const LONGEST_VALUE = 100_000
const BAD_CHARACTERS = ['/', ':', '.', '%', '"', "'"]

/** A logged model's name: not empty, without `/`, `:`, `.`, `%` and quotes. */
export function validateLoggedModelName(value: unknown): string {
  const name = validateText(value, 'name')
  if (name === '' || BAD_CHARACTERS.some((bad) => name.includes(bad)))
    throw invalid(
      `Invalid model name (${pythonRepr(name)}) provided. Model name must be a non-empty string and cannot contain ` +
        `the following characters: ('/', ':', '.', '%', '"', "'")`,
    )
  return validateLength(name, 'name', LONGEST_NAME)
}

/** One of LOGGED_MODEL_STATUSES. */
export function validateLoggedModelStatus(value: unknown): LoggedModelStatus {
  if (value === undefined || value === null) throw missing('status')
  if (typeof value !== 'string') throw wrongType('status', value)
  const status = LOGGED_MODEL_STATUSES.find((known) => known === value)
  if (status !== undefined) return status
  throw invalidValue('status', value, `It must be one of ${LOGGED_MODEL_STATUSES.join(', ')}.`)
}

/** A param of a logged model; its value is never cut. */
export function validateLoggedModelParam(key: unknown, value: unknown, path = ''): KeyValue {
  return [validateParamKey(key, path), longText(value, path)]
}

/** A tag of a logged model; its value is never cut. */
export function validateLoggedModelTag(key: unknown, value: unknown, path = ''): KeyValue {
  return [validateTagKey(key, path), longText(value, path)]
}

/** A model that a run has used, out of a list. */
export function validateModelInput(input: ModelInput, index: number): ModelInput {
  return { modelId: modelIdOf(input, `models[${index}]`) }
}

/** A model that a run has made, out of a list; step 0 where none is given. */
export function validateModelOutput(output: ModelOutput, index: number): ModelOutput {
  const path = `models[${index}]`
  const modelId = modelIdOf(output, path)
  return { modelId, step: validateSafeInteger(output.step ?? 0, `${path}.step`) }
}

function modelIdOf(value: unknown, path: string): string {
  if (!isRecord(value)) throw wrongType(path, value)
  const { modelId } = value as Partial<ModelInput>
  if (modelId === undefined || modelId === null || modelId === '') throw missing(`${path}.model_id`)
  return validateText(modelId, `${path}.model_id`)
}

function longText(value: unknown, path: string): string {
  const name = path === '' ? 'value' : `${path}.value`
  return validateLength(validateText(value, name), name, LONGEST_VALUE)
}

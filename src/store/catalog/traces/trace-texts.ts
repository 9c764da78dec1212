import { MLFLOW_TRACES } from '../../../entities/mlflow-traces.js'
import {
  cutOrRefuse,
  validateLength,
  validateTagKey,
  validateText,
} from '../../../entities/validate.js'

const LONGEST_NAME = 4096
const LONGEST_SESSION = 250
const LONGEST_TAG = 4096

/** A trace tag's key and value; `cut` says whether a long value is cut or refused. The trace's name is never cut. */
export function validateTraceTag(
  key: unknown,
  value: unknown,
  cut: boolean,
): readonly [key: string, value: string] {
  const text = validateText(value, 'value')
  const checked = validateTagKey(key)
  if (checked === MLFLOW_TRACES.name) return [checked, validateTraceName(text)]
  return [checked, cutOrRefuse(text, 'value', LONGEST_TAG, cut)]
}

/** A trace's name, which is its tag `mlflow.traceName`. */
export function validateTraceName(name: string): string {
  return validateLength(name, 'Trace name', LONGEST_NAME)
}

/** The session that a trace is of. */
export function validateSession(session: string): string {
  return validateLength(session, 'Session ID', LONGEST_SESSION)
}

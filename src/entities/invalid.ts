import { TrackletError } from '../errors.js'
import { jsonAscii, pythonType } from './python-text.js'

const SEE_DOCS = 'See the API docs for more information about request parameters.'
const LONGEST_QUOTE = 10_000

/** INVALID_PARAMETER_VALUE with this message. */
export function invalid(message: string): TrackletError {
  return new TrackletError('INVALID_PARAMETER_VALUE', message)
}

/** MLflow's words for a required value that is absent. */
export function missing(parameter: string): TrackletError {
  return invalid(`Missing value for required parameter '${parameter}'. ${SEE_DOCS}`)
}

/** MLflow's words for a value of a wrong type. */
export function wrongType(parameter: string, value: unknown): TrackletError {
  const hint = ` Hint: Value was of type '${pythonType(value)}'. ${SEE_DOCS}`
  return invalid(`Invalid value ${quote(value)} for parameter '${parameter}' supplied: ${hint}`)
}

/** MLflow's words for a value that breaks a rule; without a reason it only names the value. */
export function invalidValue(parameter: string, value: unknown, reason?: string): TrackletError {
  const end = reason === undefined ? '.' : `: ${reason}`
  return invalid(`Invalid value ${quote(value)} for parameter '${parameter}' supplied${end}`)
}

/** `value` as a message shows it: JSON in ASCII, cut when it is very long. */
export function quote(value: unknown): string {
  const text = jsonAscii(value)
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text
}

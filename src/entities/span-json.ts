import { parseJson } from '../util/parse-json.js'
import { pythonBytes, pythonFloat } from './python-text.js'
import type { SpanValue } from './trace.js'

const INT64_MAX = 2n ** 63n - 1n
const DEEPEST = 100

/** An attribute's value as MLflow keeps it: JSON as Python's `json.dumps` writes it, not escaped but for what must be. */
export function spanValueToJson(value: SpanValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return numberToJson(value)
  if (value === null || typeof value !== 'object') return String(value)
  if (value instanceof Uint8Array) return JSON.stringify(pythonBytes(value))
  if (isList(value)) return `[${value.map(spanValueToJson).join(', ')}]`
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}: ${spanValueToJson(member)}`,
  )
  return `{${members.join(', ')}}`
}

/**
 * What a JSON text says as an attribute's value: integers of 64 bits are bigints, other numbers doubles. Undefined where
 * it is no JSON, or nests deeper than 100 levels. `NaN` and `Infinity` are read as Python reads them.
 */
export function jsonToSpanValue(text: string): SpanValue | undefined {
  try {
    return parseJson(text, { integer: readInteger, deepest: DEEPEST }) as SpanValue
  } catch {
    return undefined
  }
}

/** Whether a value is a list. */
export function isList(value: SpanValue): value is readonly SpanValue[] {
  return Array.isArray(value)
}

/** Past 64 bits a double, as MLflow's own reader has it. */
function readInteger(digits: string): number | bigint {
  const integer = BigInt(digits)
  return integer > INT64_MAX || integer < -INT64_MAX - 1n ? Number(digits) : integer
}

function numberToJson(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return pythonFloat(value)
}

import { pythonBytes, pythonFloat } from './python-text.js'
import type { SpanValue } from './trace.js'

const TOKEN =
  /"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?Infinity/gs
const INTEGER = /^-?\d+$/
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
    return read(JSON.parse(text.replace(TOKEN, mark)), 0)
  } catch {
    return undefined
  }
}

/** Whether a value is a list. */
export function isList(value: SpanValue): value is readonly SpanValue[] {
  return Array.isArray(value)
}

/** JSON.parse forgets how a number was written: each becomes a text that tells its kind by its first letter. */
function mark(token: string): string {
  if (token.startsWith('"')) return `"s${token.slice(1)}`
  return INTEGER.test(token) ? `"i${token}"` : `"d${token}"`
}

function read(value: unknown, depth: number): SpanValue {
  if (depth > DEEPEST) throw new SyntaxError('too deep')
  if (typeof value === 'string') return readMarked(value)
  if (value === null || typeof value !== 'object') return value as boolean | null
  if (Array.isArray(value)) return value.map((item) => read(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [readKey(key), read(member, depth + 1)]),
  )
}

function readMarked(text: string): string | number | bigint {
  const rest = text.slice(1)
  if (text.startsWith('s')) return rest
  if (text.startsWith('d')) return Number(rest)
  const integer = BigInt(rest)
  return integer > INT64_MAX || integer < -INT64_MAX - 1n ? Number(rest) : integer
}

function readKey(key: string): string {
  if (key.startsWith('s')) return key.slice(1)
  throw new SyntaxError('a key that is no text')
}

function numberToJson(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return pythonFloat(value)
}

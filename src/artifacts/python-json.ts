import { TrackletError } from '../errors.js'
import { pythonDate, pythonNumber, toPythonValue, type PythonValue } from './python-value.js'

const INDENT = 2
const ESCAPED = /["\\]|[^ -~]/g
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/**
 * A value as Python's `json.dump` writes it: ASCII, order kept, NaN and infinities by name; indented by 2, or on
 * one line. INVALID_PARAMETER_VALUE for a value that contains itself.
 */
export function toPythonJson(value: unknown, layout: 'indented' | 'line' = 'indented'): string {
  return write(value, layout === 'indented' ? 0 : null, [])
}

/** A text as a JSON string of ASCII characters, as Python writes it. */
export function asciiJsonText(text: string): string {
  return `"${text.replace(ESCAPED, (char) => SHORT[char] ?? unicodeEscape(char))}"`
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** `depth` counts the enclosing blocks; null writes everything on one line. */
function write(value: unknown, depth: number | null, above: readonly unknown[]): string {
  if (typeof value === 'object' && value !== null && above.includes(value)) throw circular()
  const inside = [...above, value]
  const next = depth === null ? null : depth + 1
  const shape = toPythonValue(value)
  if (shape.t === 'list')
    return block(
      ['[', ']'],
      depth,
      shape.items.map((item) => write(item, next, inside)),
    )
  if (shape.t !== 'dict') return scalarToJson(shape)
  const members = shape.entries.map(
    ([key, member]) => `${keyToJson(key)}: ${write(member, next, inside)}`,
  )
  return block(['{', '}'], depth, members)
}

function block(
  [opening, closing]: readonly [string, string],
  depth: number | null,
  items: readonly string[],
): string {
  if (items.length === 0) return opening + closing
  if (depth === null) return opening + items.join(', ') + closing
  const line = `\n${' '.repeat(INDENT * (depth + 1))}`
  return `${opening}${line}${items.join(`,${line}`)}\n${' '.repeat(INDENT * depth)}${closing}`
}

function scalarToJson(shape: PythonValue): string {
  if (shape.t === 'text') return asciiJsonText(shape.value)
  if (shape.t === 'bool') return String(shape.value)
  if (shape.t === 'date') return asciiJsonText(pythonDate(shape.value))
  if (shape.t !== 'number') return 'null'
  if (Number.isNaN(shape.value)) return 'NaN'
  if (shape.value === Infinity) return 'Infinity'
  return shape.value === -Infinity ? '-Infinity' : pythonNumber(shape.value)
}

function keyToJson(key: unknown): string {
  const shape = toPythonValue(key)
  if (shape.t === 'text') return asciiJsonText(shape.value)
  if (shape.t !== 'list' && shape.t !== 'dict') return `"${scalarToJson(shape).replace(/"/g, '')}"`
  throw new TrackletError('INVALID_PARAMETER_VALUE', 'A key of a dict must be a text or a number.')
}

/** What is thrown for a value that contains itself. */
export function circular(): TrackletError {
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    'The value contains itself and cannot be written as JSON. Remove the circular reference.',
  )
}

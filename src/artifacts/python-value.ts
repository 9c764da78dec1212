import { pythonFloat } from '../entities/python-text.js'

/** A JavaScript value as the Python value it stands for, one level deep. */
export type PythonValue =
  | { readonly t: 'none' }
  | { readonly t: 'bool'; readonly value: boolean }
  | { readonly t: 'number'; readonly value: number | bigint }
  | { readonly t: 'text'; readonly value: string }
  | { readonly t: 'date'; readonly value: Date }
  | { readonly t: 'list'; readonly items: readonly unknown[] }
  | { readonly t: 'dict'; readonly entries: readonly (readonly [key: unknown, value: unknown])[] }

/**
 * Nothing and invalid dates are None; arrays, typed arrays and Sets are lists; Maps and objects are dicts, without
 * members that are undefined; `toJSON` is honoured; what JSON has no form for is its text, as `str` gives it in Python.
 */
export function toPythonValue(value: unknown): PythonValue {
  switch (typeof value) {
    case 'undefined':
      return { t: 'none' }
    case 'boolean':
      return { t: 'bool', value }
    case 'number':
    case 'bigint':
      return { t: 'number', value }
    case 'string':
      return { t: 'text', value }
    case 'object':
      return value === null ? { t: 'none' } : objectToPython(value)
    default:
      return { t: 'text', value: String(value) }
  }
}

function objectToPython(value: object): PythonValue {
  if (isDate(value)) return Number.isNaN(value.getTime()) ? { t: 'none' } : { t: 'date', value }
  if ('toJSON' in value && typeof value.toJSON === 'function') return toPythonValue(value.toJSON())
  if (Array.isArray(value)) return { t: 'list', items: value }
  if (value instanceof Set || isTypedArray(value)) return { t: 'list', items: Array.from(value) }
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return { t: 'dict', entries: entries.filter((entry) => entry[1] !== undefined) }
}

/** True for a Date of any realm. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]'
}

/** True for any typed array. */
export function isTypedArray(
  value: unknown,
): value is Iterable<number | bigint> & ArrayLike<number | bigint> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

/** A number as Python's `repr`: integers as `5`, other doubles as `0.5`, `1e-07`, `1e+16`, `-0.0`, `nan`, `inf`. */
export function pythonNumber(value: number | bigint): string {
  if (typeof value === 'bigint') return String(value)
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value)
  return pythonFloat(value)
}

/** A moment as Python writes an aware datetime: `2024-01-02 03:04:05.006000+00:00`. */
export function pythonDate(date: Date): string {
  const [seconds = '', millis = '000Z'] = date.toISOString().replace('T', ' ').split('.')
  const fraction = millis === '000Z' ? '' : `.${millis.slice(0, 3)}000`
  return `${seconds}${fraction}+00:00`
}

/** The order of Python's text: by code point, where JavaScript's is by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const right = b[Symbol.iterator]()
  for (const left of a) {
    const other = right.next()
    if (other.done) return 1
    if (left !== other.value) return (left.codePointAt(0) ?? 0) - (other.value.codePointAt(0) ?? 0)
  }
  return right.next().done ? 0 : -1
}

/** How Python would print values: MLflow's messages quote what they refuse in Python's and JSON's forms. */

const NOT_PRINTABLE_ASCII = /[^ -~]/g
const PYTHON_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

/** Compact JSON of any value in pure ASCII, as Python's `json.dumps` writes it; text of the value where JSON has no form. */
export function jsonAscii(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number') return numberText(value)
  if (value === undefined) return 'null'
  return (tryJson(value) ?? String(value)).replace(NOT_PRINTABLE_ASCII, (unit) => hex(unit, 'u', 4))
}

/** Python's name of a value's type: str, int, float, bool, list, dict, bytes, NoneType. */
export function pythonType(value: unknown): string {
  if (value === undefined || value === null) return 'NoneType'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (Array.isArray(value)) return 'list'
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 'bytes'
  return typeof value === 'object' ? 'dict' : typeof value
}

/** Python's `repr` of a float: `1.0`, `1e-05`, `nan`, `inf`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-4 && magnitude < 1e16)
    return Number.isInteger(value) ? `${value}.0` : String(value)
  const [mantissa = '', power = ''] = value.toExponential().split('e')
  const exponent = Number(power)
  const digits = String(Math.abs(exponent)).padStart(2, '0')
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`
}

/** Python's `repr` of what JSON can hold. */
export function pythonRepr(value: unknown): string {
  if (typeof value === 'string') return reprOfText(value)
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : pythonFloat(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value === null || value === undefined) return 'None'
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  const entries = Object.entries(value).map(
    ([key, item]) => `${reprOfText(key)}: ${pythonRepr(item)}`,
  )
  return `{${entries.join(', ')}}`
}

/** Python's `repr` of bytes: `b'...'`. */
export function pythonBytes(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  return `b${quoted(text, quote).replace(NOT_PRINTABLE_ASCII, (unit) => hex(unit, 'x', 2))}`
}

function reprOfText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  return quoted(text, quote).replace(UNPRINTABLE, escapeUnprintable)
}

function quoted(text: string, quote: string): string {
  const body = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(/[\n\r\t]/g, (unit) => PYTHON_ESCAPES[unit] ?? unit)
  return quote + body + quote
}

function escapeUnprintable(char: string): string {
  const code = char.codePointAt(0) ?? 0
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

function numberText(value: number | bigint): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity || value === -Infinity) return value > 0 ? 'Infinity' : '-Infinity'
  return String(value)
}

function tryJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_, item: unknown) =>
      typeof item === 'bigint' ? String(item) : item,
    )
  } catch {
    return undefined
  }
}

function hex(unit: string, letter: string, digits: number): string {
  return `\\${letter}${unit.charCodeAt(0).toString(16).padStart(digits, '0')}`
}

// The text that pandas writes with to_json(orient='split', index=False, date_format='iso'), cell by cell.
import { asciiJsonText, circular } from './python-json.js'
import { pythonNumber, toPythonValue } from './python-value.js'

const DECIMALS = 1e10
const INTEGER = /^-?\d+$/
const NUMBER = /^-?\d/

/** A table whose cells are JSON texts, so that numbers of any size stay what they are. */
export interface TableText {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/**
 * A cell as JSON: ASCII with `\/`, NaN and infinities as null, dates in UTC as `2024-01-02T00:00:00.000`.
 * INVALID_PARAMETER_VALUE for a value that contains itself.
 */
export function cellToJson(value: unknown, above: readonly unknown[] = []): string {
  if (typeof value === 'object' && value !== null && above.includes(value)) throw circular()
  const inside = [...above, value]
  const shape = toPythonValue(value)
  switch (shape.t) {
    case 'none':
      return 'null'
    case 'bool':
      return String(shape.value)
    case 'text':
      return pandasText(shape.value)
    case 'date':
      return `"${shape.value.toISOString().replace(/Z$/, '')}"`
    case 'number':
      return pandasNumber(shape.value)
    case 'list':
      return `[${shape.items.map((item) => cellToJson(item, inside)).join(',')}]`
    case 'dict':
      return `{${shape.entries
        .map(([key, member]) => `${pandasText(String(key))}:${cellToJson(member, inside)}`)
        .join(',')}}`
  }
}

/** The whole table; a column of numbers is all integers or all floats. */
export function tableToJson({ columns, rows }: TableText): string {
  const formats = columns.map((_, at) => numberFormat(rows.map((row) => row[at] ?? 'null')))
  const lines = rows.map(
    (row) => `[${row.map((cell, at) => formats[at]?.(cell) ?? cell).join(',')}]`,
  )
  return `{"columns":[${columns.map(pandasText).join(',')}],"data":[${lines.join(',')}]}`
}

function pandasText(text: string): string {
  return asciiJsonText(text).replaceAll('/', '\\/').replaceAll('\\u007f', '\x7f')
}

/** Ten decimals as pandas writes them, where that is exact; else the shortest digits that are. */
function pandasNumber(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null'
  const exact = pythonNumber(value)
  if (typeof value === 'bigint' || INTEGER.test(exact)) return exact
  const text = value < 0 ? `-${pandasFloat(-value)}` : pandasFloat(value)
  return Object.is(Number(text), value) ? text : exact
}

function pandasFloat(value: number): string {
  if (value > 1e16 - 1 || value < 1e-15) return Number(value.toPrecision(10)).toExponential()
  const whole = Math.trunc(value)
  const decimals = Math.round((value - whole) * DECIMALS)
  if (decimals >= DECIMALS) return `${whole + 1}.0`
  return `${whole}.${String(decimals).padStart(10, '0').replace(/0+$/, '') || '0'}`
}

function numberFormat(cells: readonly string[]): ((cell: string) => string) | null {
  if (!cells.some((cell) => NUMBER.test(cell))) return null
  if (!cells.every((cell) => cell === 'null' || NUMBER.test(cell))) return null
  if (cells.every((cell) => /^-?\d+(?:\.0)?$/.test(cell))) return (cell) => cell.replace('.0', '')
  return (cell) => (INTEGER.test(cell) ? `${cell}.0` : cell)
}

/** The columns and cells of such a text; null for JSON of another form, or no JSON. */
export function parseTableJson(text: string): TableText | null {
  const parsed = tryParse(text)
  if (!isSplit(parsed)) return null
  const data = members(text).find(([key]) => key === 'data')?.[1] ?? '[]'
  return { columns: parsed.columns.map(String), rows: elements(data).map(elements) }
}

/** A cell's value; an integer past 2^53 is a bigint. */
export function cellFromJson(cell: string): unknown {
  const value: unknown = JSON.parse(cell)
  return INTEGER.test(cell) && !Number.isSafeInteger(value) ? BigInt(cell) : value
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isSplit(value: unknown): value is { columns: unknown[]; data: unknown[][] } {
  const { columns, data } = (value ?? {}) as { columns?: unknown; data?: unknown }
  if (!Array.isArray(columns) || !Array.isArray(data)) return false
  return data.every((row) => Array.isArray(row) && row.length === columns.length)
}

function members(object: string): [key: string, value: string][] {
  return elements(object).map((member) => {
    const key = /^"(?:[^"\\]|\\.)*"/.exec(member)?.[0] ?? '""'
    return [String(JSON.parse(key)), member.slice(key.length).replace(/^\s*:\s*/, '')]
  })
}

/** The texts between the outermost brackets of valid JSON, cut at their commas. */
function elements(json: string): string[] {
  const found: string[] = []
  let depth = 0
  let from = 0
  for (const token of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/g)) {
    const open = token[0] === '[' || token[0] === '{'
    const close = token[0] === ']' || token[0] === '}'
    if (open && depth++ === 0) from = token.index + 1
    if (close) depth--
    if ((token[0] === ',' && depth === 1) || (close && depth === 0)) {
      const element = json.slice(from, token.index).trim()
      if (element !== '') found.push(element)
      from = token.index + 1
    }
  }
  return found
}

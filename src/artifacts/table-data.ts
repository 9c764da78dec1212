import { invalid } from '../entities/invalid.js'
import { isTypedArray } from './python-value.js'

/** A table as rows below named columns. */
export interface Table {
  readonly columns: readonly string[]
  readonly data: readonly (readonly unknown[])[]
}

/** The part of an Apache Arrow table that is used. */
export interface ArrowTableLike {
  readonly numRows: number
  readonly schema: { readonly fields: readonly { readonly name: string }[] }
  getChildAt(index: number): Iterable<unknown> | null
}

/**
 * What can be logged as a table: rows below columns, an array of records, an object of columns
 * (a column may be one value for all rows; all single values make one row), or an Arrow table.
 */
export type TableData =
  | Table
  | ArrowTableLike
  | readonly Readonly<Record<string, unknown>>[]
  | Readonly<Record<string, unknown>>

/** Any table as rows; INVALID_PARAMETER_VALUE for columns of different lengths and for what is no table. */
export function toTable(data: TableData): Table {
  if (Array.isArray(data)) return recordsToTable(data as readonly Record<string, unknown>[])
  if (typeof data !== 'object' || data === null)
    throw invalid('data must be an array of records, an object of columns, or { columns, data }.')
  if (isArrow(data)) return arrowToTable(data)
  if (isTable(data)) return data
  return columnsToTable(data as Record<string, unknown>)
}

function recordsToTable(records: readonly Record<string, unknown>[]): Table {
  const columns = new Set<string>()
  for (const record of records) {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw invalid('A table given as an array has an object for each row.')
    for (const column of Object.keys(record)) columns.add(column)
  }
  const names = [...columns]
  return { columns: names, data: records.map((record) => names.map((name) => record[name])) }
}

function isTable(data: object): data is Table {
  const { columns, data: rows } = data as { columns?: unknown; data?: unknown }
  if (Object.keys(data).length !== 2 || !Array.isArray(columns) || !Array.isArray(rows))
    return false
  if (!columns.every((column) => typeof column === 'string')) return false
  return rows.every((row) => Array.isArray(row) && row.length === columns.length)
}

function isArrow(data: object): data is ArrowTableLike {
  return 'getChildAt' in data && typeof data.getChildAt === 'function' && 'schema' in data
}

function arrowToTable(table: ArrowTableLike): Table {
  const columns = table.schema.fields.map((field) => field.name)
  const values = columns.map((_, index) => [...(table.getChildAt(index) ?? [])])
  return { columns, data: transpose(values, table.numRows) }
}

function columnsToTable(data: Record<string, unknown>): Table {
  const columns = Object.keys(data)
  const given = columns.map((column) => columnValues(data[column]))
  const lengths = new Set(given.flatMap((values) => (values === null ? [] : [values.length])))
  if (lengths.size > 1)
    throw invalid(
      `All columns must be of the same length; got ${[...lengths].join(', ')}. Give null where a cell is empty.`,
    )
  const rows = [...lengths][0] ?? (columns.length > 0 ? 1 : 0)
  const values = given.map(
    (array, at) => array ?? new Array<unknown>(rows).fill(data[columns[at] ?? '']),
  )
  return { columns, data: transpose(values, rows) }
}

function columnValues(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value
  return isTypedArray(value) ? Array.from(value) : null
}

function transpose(columns: readonly (readonly unknown[])[], rows: number): unknown[][] {
  return Array.from({ length: rows }, (_, row) => columns.map((column) => column[row]))
}

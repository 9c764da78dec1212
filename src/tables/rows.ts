import type { ColumnTable, Missing, TableColumn } from '../entities/column-table.js'
import { toInt64 } from '../series/int64-column.js'

/** What one cell of a table is; null where it is missing. */
export type TableValue = number | bigint | string | Date | Uint8Array | null

/** One row: a value for each column, by its name. */
export type TableRow = Record<string, TableValue>

/**
 * A table as plain objects. Times are Dates (an Invalid Date past a Date's range), integers numbers while they are safe
 * and bigints beyond, NaN a value, null missing. Every name is an own property, also `__proto__`; of columns with the
 * same name the last one counts.
 */
export function tableToRows(table: ColumnTable): TableRow[] {
  const names = table.columns.map(({ name }) => name)
  const readers = table.columns.map(cellReader)
  return Array.from({ length: table.length }, (_, row) => {
    const result: TableRow = {}
    for (let i = 0; i < readers.length; i++) setOwn(result, names[i]!, readers[i]!(row))
    return result
  })
}

/** A column's cells, one for each row of its table. */
export function columnToValues(column: TableColumn): TableValue[] {
  const cell = cellReader(column)
  return Array.from({ length: columnLength(column) }, (_, row) => cell(row))
}

function columnLength(column: TableColumn): number {
  return column.kind === 'text' ? column.codes.length : column.values.length
}

function cellReader(column: TableColumn): (row: number) => TableValue {
  switch (column.kind) {
    case 'number':
      return unlessMissing(column.missing, (row) => column.values[row] ?? null)
    case 'int64':
      return unlessMissing(column.missing, (row) => toInt64(column.values[row] ?? 0))
    case 'time':
      return unlessMissing(column.missing, (row) => new Date(column.values[row] ?? NaN))
    case 'text':
      return (row) => column.dictionary[column.codes[row] ?? -1] ?? null
    case 'mixed':
      return (row) => column.values[row] ?? null
  }
}

function unlessMissing(
  missing: Missing,
  read: (row: number) => TableValue,
): (row: number) => TableValue {
  return missing === null ? read : (row) => (missing[row] === 0 ? read(row) : null)
}

/** Assigning to `__proto__` would set the prototype instead. */
function setOwn(row: TableRow, name: string, value: TableValue): void {
  if (name !== '__proto__') row[name] = value
  else
    Object.defineProperty(row, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
}

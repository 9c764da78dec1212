import type {
  MixedColumn,
  Missing,
  TableColumn,
  TextColumn,
  TimeColumn,
} from '../entities/column-table.js'
import { pythonBytes, pythonFloat } from '../entities/python-text.js'

const MAX_DATE = 8.64e15

/** How a text stands in a CSV file: as it is, or between quotes. */
export type Quoting = (text: string) => string

/** How the csv module of Python quotes (QUOTE_MINIMAL): only what holds the separator, a quote or a line's end. */
export function minimalQuoting(separator: string): Quoting {
  const special = new RegExp(`["\\r\\n\\u{${separator.codePointAt(0)!.toString(16)}}]`, 'u')
  return (text) => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
}

/** A column's cells as pandas' `to_csv` writes them: empty where missing, `nan` where NaN. */
export function columnToCells(
  column: TableColumn,
  quoting: Quoting,
  nan: string,
): (row: number) => string {
  switch (column.kind) {
    case 'number':
      return unlessMissing(column.missing, (row) => numberText(column.values[row]!, nan))
    case 'int64':
      return unlessMissing(column.missing, (row) => String(column.values[row]!))
    case 'time':
      return timeCells(column)
    case 'text':
      return textCells(column, quoting)
    case 'mixed':
      return mixedCells(column, quoting, nan)
  }
}

function unlessMissing(missing: Missing, cell: (row: number) => string): (row: number) => string {
  return missing === null ? cell : (row) => (missing[row] === 0 ? cell(row) : '')
}

function numberText(value: number, nan: string): string {
  return Number.isNaN(value) ? nan : pythonFloat(value)
}

/** pandas gives the milliseconds of a whole column, or none where all of them are 0. */
function timeCells({ values, missing }: TimeColumn): (row: number) => string {
  const hasMillis = values.some((time, row) => missing?.[row] !== 1 && Math.abs(time % 1000) > 0)
  const end = hasMillis ? 'Z' : '.000Z'
  return unlessMissing(missing, (row) => timeText(values[row]!, end))
}

function timeText(time: number, end: string): string {
  if (Number.isNaN(time)) return ''
  if (Math.abs(time) > MAX_DATE) return String(time)
  const iso = new Date(time).toISOString()
  return `${iso.slice(0, -end.length).replace('T', ' ')}+00:00`
}

function textCells({ codes, dictionary }: TextColumn, quoting: Quoting): (row: number) => string {
  const cells: string[] = []
  return (row) => {
    const code = codes[row]!
    return code < 0 ? '' : (cells[code] ??= quoting(dictionary[code] ?? ''))
  }
}

function mixedCells(
  { values }: MixedColumn,
  quoting: Quoting,
  nan: string,
): (row: number) => string {
  return (row) => {
    const value = values[row] ?? null
    if (value === null) return ''
    if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value)
    if (typeof value === 'number') return numberText(value, nan)
    return quoting(typeof value === 'string' ? value : pythonBytes(value))
  }
}

import type { ColumnTable, TableColumn } from '../entities/column-table.js'

/**
 * The same table, in which no two columns are views of one buffer: apache-arrow writes neighbouring views of a buffer
 * as one where they overlap, and a reader then finds too few bytes.
 */
export function withOwnBuffers(table: ColumnTable): ColumnTable {
  const seen = new Set<ArrayBufferLike>()
  return { ...table, columns: table.columns.map((column) => withOwnBuffer(column, seen)) }
}

function withOwnBuffer(column: TableColumn, seen: Set<ArrayBufferLike>): TableColumn {
  if (column.kind === 'mixed') return column
  const { buffer } = column.kind === 'text' ? column.codes : column.values
  if (!seen.has(buffer)) {
    seen.add(buffer)
    return column
  }
  if (column.kind === 'text') return { ...column, codes: column.codes.slice() }
  if (column.kind === 'int64') return { ...column, values: column.values.slice() }
  return { ...column, values: column.values.slice() }
}

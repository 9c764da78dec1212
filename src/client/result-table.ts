import type { ColumnTable, TableColumn } from '../entities/column-table.js'
import { tableToCsv, tableToCsvStream, type CsvOptions } from '../tables/csv.js'
import { columnToValues, tableToRows, type TableRow, type TableValue } from '../tables/rows.js'

/** A table of apache-arrow. */
type ArrowTable = Awaited<ReturnType<(typeof import('../tables/arrow.js'))['tableToArrow']>>

/** A table that a query gave, as columns; rows, CSV and Arrow are made when asked for. */
export class ResultTable {
  /** The columns themselves, with their typed arrays. */
  readonly table: ColumnTable

  /** Takes the table as its own: nothing is copied. */
  constructor(table: ColumnTable) {
    this.table = table
  }

  /** How many rows there are. */
  get length(): number {
    return this.table.length
  }

  /** The names of the columns, in order. */
  get columns(): readonly string[] {
    return this.table.columns.map(({ name }) => name)
  }

  /** The column of this name, with its typed arrays; null where there is none. */
  column(name: string): TableColumn | null {
    return this.table.columns.findLast((column) => column.name === name) ?? null
  }

  /** The cells of the column of this name, missing ones null; null where there is none. */
  values(name: string): TableValue[] | null {
    const column = this.column(name)
    return column === null ? null : columnToValues(column)
  }

  /** Plain objects: times as Dates, missing cells null; of columns with the same name the last one counts. */
  rows(): TableRow[] {
    return tableToRows(this.table)
  }

  /** The text that pandas' `to_csv(index=False)` writes. RESOURCE_EXHAUSTED where it is too long for one text. */
  toCsv(options?: CsvOptions): string {
    return tableToCsv(this.table, options)
  }

  /** The same as a stream of UTF-8, of any length. */
  csvStream(options?: CsvOptions): ReadableStream<Uint8Array> {
    return tableToCsvStream(this.table, options)
  }

  /** As an Arrow table; loads apache-arrow. */
  async toArrow(): Promise<ArrowTable> {
    const { tableToArrow } = await import('../tables/arrow.js')
    return tableToArrow(this.table)
  }

  /** The same as an Arrow IPC stream, which pyarrow, DuckDB, Polars and R read. */
  async toIpc(): Promise<Uint8Array> {
    const { tableToIpc } = await import('../tables/arrow.js')
    return tableToIpc(this.table)
  }
}

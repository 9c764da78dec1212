import type { Int64Column } from '../entities/int64.js'
import type { ColumnTable } from '../entities/column-table.js'
import type { MetricColumns } from '../entities/metric.js'
import { tableToCsv, tableToCsvStream, type CsvOptions } from '../tables/csv.js'

/** A table of apache-arrow. */
type ArrowTable = Awaited<ReturnType<(typeof import('../series/arrow.js'))['columnsToArrow']>>

/** A metric's history as typed arrays of equal length, by (step, time, order of arrival). */
export class MetricSeries implements MetricColumns {
  readonly key: string
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
  readonly total: number

  constructor(key: string, columns: MetricColumns) {
    this.key = key
    this.steps = columns.steps
    this.timestamps = columns.timestamps
    this.values = columns.values
    this.total = columns.total
  }

  /** How many points are here. */
  get length(): number {
    return this.values.length
  }

  /**
   * As CSV with the columns step, timestamp and value, as `ResultTable.toCsv`; but NaN is `nan`, since no value is missing.
   * Every number reads back as it is: steps and times have all their digits.
   */
  toCsv(options?: CsvOptions): string {
    return tableToCsv(this.#table, { nan: 'nan', ...options })
  }

  /** The same as a stream of UTF-8, of any length. */
  csvStream(options?: CsvOptions): ReadableStream<Uint8Array> {
    return tableToCsvStream(this.#table, { nan: 'nan', ...options })
  }

  /** As an Arrow table with the columns step, timestamp and value; loads apache-arrow. */
  async toArrow(): Promise<ArrowTable> {
    const { columnsToArrow } = await import('../series/arrow.js')
    return columnsToArrow(this)
  }

  /** The same as an Arrow IPC stream, which pyarrow, DuckDB, Polars and R read. */
  async toIpc(): Promise<Uint8Array> {
    const { columnsToIpc } = await import('../series/arrow.js')
    return columnsToIpc(this)
  }

  get #table(): ColumnTable {
    const missing = null
    return {
      length: this.length,
      columns: [
        { kind: 'int64', name: 'step', values: this.steps, missing },
        { kind: 'int64', name: 'timestamp', values: this.timestamps, missing },
        { kind: 'number', name: 'value', values: this.values, missing },
      ],
    }
  }
}

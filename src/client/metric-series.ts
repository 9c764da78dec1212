import type { Int64Column } from '../entities/int64.js'
import type { MetricColumns } from '../entities/metric.js'

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
}

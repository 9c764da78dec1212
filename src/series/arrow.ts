import type { Table } from 'apache-arrow'
import type { MetricColumns } from '../entities/metric.js'
import { widen } from './int64-column.js'

/** A history as an Arrow table: step and timestamp (epoch milliseconds) as Int64, value as Float64. */
export async function columnsToArrow(columns: MetricColumns): Promise<Table> {
  const { Field, Float64, Int64, RecordBatch, Schema, Struct, Table, makeData } = await loadArrow()
  const { values } = columns
  const [int64, float64] = [new Int64(), new Float64()]
  const children = [
    makeData({ type: int64, data: widen(columns.steps) }),
    makeData({ type: int64, data: widen(columns.timestamps) }),
    makeData({ type: float64, data: values }),
  ]
  const fields = [
    new Field('step', int64, false),
    new Field('timestamp', int64, false),
    new Field('value', float64, false),
  ]
  const data = makeData({ type: new Struct(fields), length: values.length, nullCount: 0, children })
  const schema = new Schema(fields)
  return new Table(schema, [new RecordBatch(schema, data)])
}

/** The same as an Arrow IPC stream, which pyarrow, DuckDB, Polars and R read. */
export async function columnsToIpc(columns: MetricColumns): Promise<Uint8Array> {
  const { tableToIPC } = await loadArrow()
  return tableToIPC(await columnsToArrow(columns), 'stream')
}

function loadArrow(): Promise<typeof import('apache-arrow')> {
  return import('apache-arrow')
}

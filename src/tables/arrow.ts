import type { Data, DataType, Table, Utf8 } from 'apache-arrow'
import type {
  ColumnTable,
  MixedColumn,
  Missing,
  TableColumn,
  TextColumn,
  TimeColumn,
} from '../entities/column-table.js'
import { bytesToHex } from '../entities/ids.js'
import { jsonAscii } from '../entities/python-text.js'
import { widen } from '../series/int64-column.js'
import { withOwnBuffers } from './own-buffers.js'
import { uniqueNames } from './unique-names.js'
import { usedTexts } from './used-texts.js'
import { textsToUtf8 } from './utf8.js'

type Arrow = typeof import('apache-arrow')

/** Which rows have a value, as Arrow keeps it: bit i of the bytes is row i. */
interface Validity {
  readonly nullCount: number
  readonly nullBitmap: Uint8Array | null
}

/**
 * A table as an Arrow table: doubles as Float64, integers as Int64, times as Timestamp in milliseconds of UTC, texts as
 * Dictionary of Utf8 by Int32, mixed columns as Utf8 that holds each value's JSON (bytes as a text of hex digits).
 * Missing rows are null. Names that repeat get an ending (`a`, `a_1`), since apache-arrow mixes up their types. Doubles,
 * 64-bit integers and codes without a missing row are shared, not copied.
 */
export async function tableToArrow(table: ColumnTable): Promise<Table> {
  const arrow = await import('apache-arrow')
  const children = table.columns.map((column) => columnToData(arrow, column))
  const names = uniqueNames(table.columns.map(({ name }) => name))
  const fields = names.map((name, i) => new arrow.Field(name, children[i]!.type, true))
  const { length } = table
  const data = arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children })
  const schema = new arrow.Schema(fields)
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, data)])
}

/** The same as an Arrow IPC stream, which pyarrow, DuckDB, Polars and R read. */
export async function tableToIpc(table: ColumnTable): Promise<Uint8Array> {
  const { tableToIPC } = await import('apache-arrow')
  return tableToIPC(await tableToArrow(withOwnBuffers(table)), 'stream')
}

function columnToData(arrow: Arrow, column: TableColumn): Data<DataType> {
  switch (column.kind) {
    case 'number': {
      const validity = toValidity(column.values.length, (row) => column.missing?.[row] === 1)
      return arrow.makeData({ type: new arrow.Float64(), data: column.values, ...validity })
    }
    case 'int64': {
      const validity = toValidity(column.values.length, (row) => column.missing?.[row] === 1)
      const data = widenPresent(column.values, column.missing)
      return arrow.makeData({ type: new arrow.Int64(), data, ...validity })
    }
    case 'time':
      return timesToData(arrow, column)
    case 'text':
      return textsToData(arrow, column)
    case 'mixed':
      return mixedToData(arrow, column)
  }
}

function timesToData(arrow: Arrow, { values, missing }: TimeColumn): Data<DataType> {
  const isMissing = (row: number): boolean => missing?.[row] === 1 || !Number.isFinite(values[row])
  const data = new BigInt64Array(values.length)
  for (let row = 0; row < data.length; row++)
    if (!isMissing(row)) data[row] = BigInt(Math.trunc(values[row]!))
  const type = new arrow.TimestampMillisecond('UTC')
  return arrow.makeData({ type, data, ...toValidity(values.length, isMissing) })
}

function textsToData(arrow: Arrow, column: TextColumn): Data<DataType> {
  const { codes, dictionary } = usedTexts(column)
  const validity = toValidity(codes.length, (row) => codes[row]! < 0)
  return arrow.makeData({
    type: new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()),
    // Null rows are given a code that is there: not every reader looks at the bitmap first.
    data: validity.nullBitmap === null ? codes : codes.map((code) => Math.max(code, 0)),
    dictionary: arrow.makeVector(utf8Data(arrow, dictionary)),
    ...validity,
  })
}

function mixedToData(arrow: Arrow, { values }: MixedColumn): Data<DataType> {
  const texts = values.map((value) => (value === null ? null : jsonText(value)))
  return utf8Data(arrow, texts)
}

function jsonText(value: number | bigint | string | Uint8Array): string {
  return jsonAscii(value instanceof Uint8Array ? bytesToHex(value) : value)
}

function utf8Data(arrow: Arrow, texts: readonly (string | null)[]): Data<Utf8> {
  const { bytes, offsets } = textsToUtf8(texts)
  const validity = toValidity(texts.length, (row) => texts[row] === null)
  const { length } = texts
  const type = new arrow.Utf8()
  return arrow.makeData({ type, length, data: bytes, valueOffsets: offsets, ...validity })
}

/** The values as 64-bit integers, 0 where missing: what stands there need be no integer. */
function widenPresent(values: Float64Array | BigInt64Array, missing: Missing): BigInt64Array {
  if (missing === null || values instanceof BigInt64Array) return widen(values)
  return BigInt64Array.from(values, (value, row) => (missing[row] === 1 ? 0n : BigInt(value)))
}

function toValidity(length: number, isMissing: (row: number) => boolean): Validity {
  let nullCount = 0
  const nullBitmap = new Uint8Array(Math.ceil(length / 8))
  for (let row = 0; row < length; row++) {
    if (isMissing(row)) nullCount++
    else nullBitmap[row >> 3]! |= 1 << (row & 7)
  }
  return { nullCount, nullBitmap: nullCount === 0 ? null : nullBitmap }
}

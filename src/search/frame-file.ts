import type { Int64 } from '../entities/int64.js'
import { TrackletError } from '../errors.js'
import { crc32c } from '../util/crc.js'
import { type CellArray, FrameColumn } from './frame-column.js'
import { type DatasetLink, RunFrame } from './frame.js'
import { MetricCells } from './metric-cells.js'
import { TextCells } from './text-cells.js'

// Layout, all little-endian: magic, version, length of the header, CRC-32C of all the rest; the header as JSON; then
// the columns in the order in which the header names them, each at a multiple of 8 bytes. FORMAT.md has it in words.

const MAGIC = 0x52464b54
const VERSION = 1
const CRC_OFFSET = 12
const PREFIX_BYTES = 16

const KINDS = { u8: Uint8Array, u32: Uint32Array, i32: Int32Array, f64: Float64Array } as const
type Kind = keyof typeof KINDS
type Stored = Uint8Array | Uint32Array | CellArray

interface ColumnHeader {
  readonly count: number
  readonly dense: boolean
  readonly parts: readonly Kind[]
}

interface TextHeader extends ColumnHeader {
  readonly texts: string[]
}

interface MetricHeader extends ColumnHeader {
  /** Row, step, timestamp as decimal text, where the columns do not hold them exactly. */
  readonly wide: readonly (readonly [row: number, step: string, timestamp: string])[]
}

interface Header {
  readonly experiment: number
  readonly experimentId: string
  readonly artifactLocation: string
  readonly rows: number
  readonly runIds: string[]
  readonly names: TextHeader
  readonly users: TextHeader
  readonly statuses: TextHeader
  readonly metrics: readonly (readonly [key: number, header: MetricHeader])[]
  readonly params: readonly (readonly [key: number, header: TextHeader])[]
  readonly tags: readonly (readonly [key: number, header: TextHeader])[]
  readonly links: readonly (readonly [row: number, links: readonly DatasetLink[]])[]
}

/** A frame as bytes, for a blob. */
export function encodeFrame(frame: RunFrame): Uint8Array {
  const writer = new Writer(frame.length)
  writer.add(frame.runs.subarray(0, frame.length))
  writer.add(frame.states.subarray(0, frame.length))
  writer.add(frame.startTimes.subarray(0, frame.length))
  writer.add(frame.endTimes.subarray(0, frame.length))
  const header: Header = {
    experiment: frame.experiment,
    experimentId: frame.experimentId,
    artifactLocation: frame.artifactLocation,
    rows: frame.length,
    runIds: frame.runIds,
    names: writer.addTexts(frame.names),
    users: writer.addTexts(frame.users),
    statuses: writer.addTexts(frame.statuses),
    metrics: Array.from(frame.metrics, ([key, cells]) => [key, writer.addMetric(cells)] as const),
    params: Array.from(frame.params, ([key, cells]) => [key, writer.addTexts(cells)] as const),
    tags: Array.from(frame.tags, ([key, cells]) => [key, writer.addTexts(cells)] as const),
    links: [...frame.links],
  }
  return writer.finish(header)
}

/** The frame of some bytes, over those bytes; DATA_LOSS where they are damaged or of another version. */
export function decodeFrame(bytes: Uint8Array): RunFrame {
  const reader = new Reader(bytes)
  const { header } = reader
  const frame = new RunFrame(header.experiment, header.experimentId, header.artifactLocation)
  const attributes = {
    runs: reader.take('u32', header.rows) as Uint32Array,
    states: reader.take('u8', header.rows) as Uint8Array,
    startTimes: reader.take('f64', header.rows) as Float64Array,
    endTimes: reader.take('f64', header.rows) as Float64Array,
    runIds: header.runIds,
    names: reader.takeTexts(header.names),
    users: reader.takeTexts(header.users),
    statuses: reader.takeTexts(header.statuses),
  }
  frame.load(attributes)
  for (const [key, cells] of header.metrics) frame.metrics.set(key, reader.takeMetric(cells))
  for (const [key, cells] of header.params) frame.params.set(key, reader.takeTexts(cells))
  for (const [key, cells] of header.tags) frame.tags.set(key, reader.takeTexts(cells))
  for (const [row, links] of header.links) frame.links.set(row, links)
  return frame
}

class Writer {
  readonly #rows: number
  readonly #columns: Stored[] = []

  constructor(rows: number) {
    this.#rows = rows
  }

  add(column: Stored): void {
    this.#columns.push(column)
  }

  addTexts(cells: TextCells): TextHeader {
    if (cells.texts.length > cells.column.count) cells.compact()
    return { ...this.#addColumn(cells.column), texts: [...cells.texts] }
  }

  addMetric(cells: MetricCells): MetricHeader {
    const wide = Array.from(
      cells.wide,
      ([row, { step, timestamp }]) => [row, String(step), String(timestamp)] as const,
    )
    return { ...this.#addColumn(cells.column), wide }
  }

  #addColumn({ rows, present, count, parts }: FrameColumn): ColumnHeader {
    const length = rows === null ? this.#rows : count
    this.add(rows === null ? padded(present!, length) : rows.subarray(0, count))
    for (const part of parts) this.add(padded(part, length))
    return { count, dense: rows === null, parts: parts.map(kindOf) }
  }

  finish(header: Header): Uint8Array {
    const text = new TextEncoder().encode(JSON.stringify(header))
    let at = aligned(PREFIX_BYTES + text.byteLength)
    const places = this.#columns.map((column) => {
      const place = at
      at = aligned(at + column.byteLength)
      return place
    })
    const out = new Uint8Array(at)
    out.set(text, PREFIX_BYTES)
    for (const [i, column] of this.#columns.entries()) out.set(bytesOf(column), places[i])
    const view = new DataView(out.buffer)
    view.setUint32(0, MAGIC, true)
    view.setUint32(4, VERSION, true)
    view.setUint32(8, text.byteLength, true)
    view.setUint32(CRC_OFFSET, checksum(out), true)
    return out
  }
}

class Reader {
  readonly header: Header
  readonly #bytes: Uint8Array
  #at: number

  constructor(given: Uint8Array) {
    const bytes = given.byteOffset % 8 === 0 ? given : given.slice()
    if (bytes.byteLength < PREFIX_BYTES) throw damaged()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const isOurs = view.getUint32(0, true) === MAGIC && view.getUint32(4, true) === VERSION
    if (!isOurs || view.getUint32(CRC_OFFSET, true) !== checksum(bytes)) throw damaged()
    const end = PREFIX_BYTES + view.getUint32(8, true)
    this.header = JSON.parse(new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, end))) as Header
    this.#bytes = bytes
    this.#at = aligned(end)
  }

  take(kind: Kind, length: number): Stored {
    const { buffer, byteOffset } = this.#bytes
    const Array = KINDS[kind]
    const column = new Array(buffer as ArrayBuffer, byteOffset + this.#at, length)
    this.#at = aligned(this.#at + column.byteLength)
    return column
  }

  takeTexts(header: TextHeader): TextCells {
    return new TextCells(this.#takeColumn(header), header.texts)
  }

  takeMetric(header: MetricHeader): MetricCells {
    const wide = header.wide.map(([row, step, timestamp]) => {
      return [row, { step: toInt64(step), timestamp: toInt64(timestamp) }] as const
    })
    return new MetricCells(this.#takeColumn(header), wide)
  }

  #takeColumn({ count, dense, parts }: ColumnHeader): FrameColumn {
    const length = dense ? this.header.rows : count
    const rows = dense ? null : (this.take('u32', count) as Uint32Array)
    const present = dense ? (this.take('u8', length) as Uint8Array) : null
    const cells = parts.map((kind) => this.take(kind, length) as CellArray)
    return FrameColumn.of({ rows, present, count }, cells)
  }
}

function padded<T extends Stored>(array: T, length: number): T {
  if (array.length >= length) return array.subarray(0, length) as T
  const longer = new (array.constructor as new (length: number) => T)(length)
  longer.set(array as never)
  return longer
}

function kindOf(array: Stored): Kind {
  for (const [kind, Array] of Object.entries(KINDS)) if (array instanceof Array) return kind as Kind
  throw new TypeError('A column of this kind has no place in a frame.')
}

function bytesOf({ buffer, byteOffset, byteLength }: Stored): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function checksum(bytes: Uint8Array): number {
  return crc32c(bytes.subarray(PREFIX_BYTES), crc32c(bytes.subarray(0, CRC_OFFSET)))
}

function aligned(offset: number): number {
  return (offset + 7) & ~7
}

function toInt64(text: string): Int64 {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

function damaged(): TrackletError {
  return new TrackletError('DATA_LOSS', 'A stored frame is damaged, or of another version.')
}

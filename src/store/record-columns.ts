import type { Int64Column } from '../entities/int64.js'
import { TrackletError } from '../errors.js'
import type { PointsCommand } from './commands.js'

const MAX_OFFSET = 2 ** 32 - 1
const WORD = 2 ** 32
const ALIGNMENT = 8

/** How an Int64 column lies in a record: bytes per value (0, 4 or 8), and the base in decimal that 0 and 4 add to. */
export type Int64Shape = readonly [width: 0 | 4 | 8, base: string]

/** What a record's JSON says of a `points` command, whose columns follow the JSON. */
export interface PointsShape {
  readonly t: 'points'
  readonly n: number
  readonly steps: Int64Shape
  readonly timestamps: Int64Shape
}

/** `bytes`, rounded up to where the next column may begin. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

/** The shape of a points command. INVALID_PARAMETER_VALUE where columns differ in length or hold no Int64. */
export function shapePoints(command: PointsCommand): PointsShape {
  const n = command.values.length
  for (const column of [command.series, command.steps, command.timestamps]) {
    if (column.length !== n) throw badColumn(`columns of ${column.length} and ${n} values`)
  }
  return {
    t: 'points',
    n,
    steps: shapeInt64(command.steps),
    timestamps: shapeInt64(command.timestamps),
  }
}

/** Bytes that the columns of a points command take, each aligned. */
export function pointsBytes({ n, steps, timestamps }: PointsShape): number {
  return aligned(n * 8) + aligned(n * steps[0]) + aligned(n * timestamps[0]) + aligned(n * 4)
}

/** Writes the columns of a points command at `offset` of `buffer`. */
export function writePoints(
  command: PointsCommand,
  shape: PointsShape,
  buffer: ArrayBuffer,
  offset: number,
): void {
  const { n, steps, timestamps } = shape
  let at = offset
  new Float64Array(buffer, at, n).set(command.values)
  at += aligned(n * 8)
  writeInt64(command.steps, steps, buffer, at)
  at += aligned(n * steps[0])
  writeInt64(command.timestamps, timestamps, buffer, at)
  at += aligned(n * timestamps[0])
  new Uint32Array(buffer, at, n).set(command.series)
}

/** Reads what `writePoints` wrote: views of `bytes` where their alignment allows, else copies. */
export function readPoints(bytes: Uint8Array, offset: number, shape: PointsShape): PointsCommand {
  const { n, steps, timestamps } = shape
  const valuesAt = offset
  const stepsAt = valuesAt + aligned(n * 8)
  const timestampsAt = stepsAt + aligned(n * steps[0])
  const seriesAt = timestampsAt + aligned(n * timestamps[0])
  return {
    t: 'points',
    series: new Uint32Array(...place(bytes, seriesAt, n * 4), n),
    steps: readInt64(bytes, stepsAt, n, steps),
    timestamps: readInt64(bytes, timestampsAt, n, timestamps),
    values: new Float64Array(...place(bytes, valuesAt, n * 8), n),
  }
}

function shapeInt64(column: Int64Column): Int64Shape {
  const [low, high] = column instanceof Float64Array ? floatBounds(column) : bigintBounds(column)
  const range = typeof low === 'bigint' ? Number(BigInt(high) - low) : Number(high) - low
  if (range === 0) return [0, BigInt(low).toString()]
  return range <= MAX_OFFSET ? [4, BigInt(low).toString()] : [8, '0']
}

function floatBounds(column: Float64Array): [number, number] {
  let low = column[0] ?? 0
  let high = low
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!
    if (!Number.isSafeInteger(value))
      throw badColumn(`${value}, which is no safe integer, among Float64`)
    if (value < low) low = value
    else if (value > high) high = value
  }
  return [low, high]
}

function bigintBounds(column: BigInt64Array): [bigint, bigint] {
  let low = column[0] ?? 0n
  let high = low
  for (const value of column) {
    if (value < low) low = value
    else if (value > high) high = value
  }
  return [low, high]
}

function writeInt64(
  column: Int64Column,
  [width, base]: Int64Shape,
  buffer: ArrayBuffer,
  offset: number,
): void {
  const n = column.length
  if (width === 0) return
  if (width === 4) writeOffsets(column, BigInt(base), new Uint32Array(buffer, offset, n))
  else if (column instanceof BigInt64Array) new BigInt64Array(buffer, offset, n).set(column)
  else writeWords(column, new Int32Array(buffer, offset, n * 2))
}

function writeOffsets(column: Int64Column, base: bigint, into: Uint32Array): void {
  if (column instanceof BigInt64Array) {
    for (let i = 0; i < column.length; i++) into[i] = Number(column[i]! - base)
    return
  }
  const low = Number(base)
  for (let i = 0; i < column.length; i++) into[i] = column[i]! - low
}

function writeWords(column: Float64Array, into: Int32Array): void {
  for (let i = 0; i < column.length; i++) {
    const high = Math.floor(column[i]! / WORD)
    into[2 * i] = column[i]! - high * WORD
    into[2 * i + 1] = high
  }
}

function readInt64(
  bytes: Uint8Array,
  offset: number,
  n: number,
  [width, base]: Int64Shape,
): Int64Column {
  const low = BigInt(base)
  if (width === 8) return readWords(bytes, offset, n)
  const offsets =
    width === 4 ? new Uint32Array(...place(bytes, offset, n * 4), n) : new Uint32Array(n)
  let most = 0
  for (let i = 0; i < n; i++) if (offsets[i]! > most) most = offsets[i]!
  if (isSafe(low) && isSafe(low + BigInt(most))) return addFloat(offsets, Number(low))
  return BigInt64Array.from(offsets, (value) => low + BigInt(value))
}

function addFloat(offsets: Uint32Array, low: number): Float64Array {
  const out = new Float64Array(offsets.length)
  for (let i = 0; i < out.length; i++) out[i] = low + offsets[i]!
  return out
}

function readWords(bytes: Uint8Array, offset: number, n: number): Int64Column {
  const [buffer, at] = place(bytes, offset, n * 8)
  const words = new Int32Array(buffer, at, n * 2)
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const value = words[2 * i + 1]! * WORD + (words[2 * i]! >>> 0)
    if (!Number.isSafeInteger(value)) return new BigInt64Array(buffer, at, n)
    out[i] = value
  }
  return out
}

function isSafe(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
}

/** Where typed arrays may look at `length` bytes: in place, or in a copy where the place is not aligned. */
function place(bytes: Uint8Array, offset: number, length: number): [ArrayBufferLike, number] {
  const start = bytes.byteOffset + offset
  if (start % ALIGNMENT === 0) return [bytes.buffer, start]
  return [bytes.buffer.slice(start, start + length), 0]
}

function badColumn(what: string): TrackletError {
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `Metric points cannot be stored: they have ${what}.`,
  )
}

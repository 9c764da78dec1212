import type { Int64Column } from '../entities/int64.js'
import { TrackletError } from '../errors.js'
import { crc32c } from '../util/crc.js'
import { ByteReader, ByteWriter } from './bytes.js'
import { packInts, readInts, unpackInts, writeInts } from './int-column.js'
import { readPlane, writePlane } from './planes.js'
import { packValues, readValues, unpackValues, writeValues } from './value-column.js'

/** Columns of equal length: any number of Int64 columns, and doubles or none. */
export interface Block {
  readonly ints: readonly Int64Column[]
  readonly values: Float64Array | null
}

/** Columns as bytes, with a checksum over all of them (series/FORMAT.md, "Block"). */
export function encodeBlock(block: Block): Uint8Array {
  const writer = new ByteWriter()
  writer.u32(0)
  writer.u32((block.values ?? block.ints[0])?.length ?? 0)
  writer.u8(block.ints.length)
  writer.u8(block.values === null ? 0 : 1)
  for (const column of block.ints) {
    const packed = packInts(column)
    writeInts(writer, packed)
    for (const plane of packed.planes) writePlane(writer, plane)
  }
  if (block.values !== null) {
    const packed = packValues(block.values)
    writeValues(writer, packed)
    for (const plane of packed.planes) writePlane(writer, plane)
  }
  const bytes = writer.finish()
  new DataView(bytes.buffer).setUint32(0, crc32c(bytes.subarray(4)), true)
  return bytes
}

/** What `encodeBlock` was given; DATA_LOSS naming `what` where a single bit of it has changed. */
export function decodeBlock(bytes: Uint8Array, what: string): Block {
  if (bytes.length < 8 || new ByteReader(bytes).u32() !== crc32c(bytes.subarray(4)))
    throw damaged(what)
  try {
    return readBlock(new ByteReader(bytes, 4))
  } catch (cause) {
    throw damaged(what, cause)
  }
}

/** The DATA_LOSS error for bytes that are not what was written. */
export function damaged(what: string, cause?: unknown): TrackletError {
  return new TrackletError(
    'DATA_LOSS',
    `${what} is damaged: its bytes are not those that were written. Restore it from a copy.`,
    { cause },
  )
}

function readBlock(reader: ByteReader): Block {
  const count = reader.u32()
  const intColumns = reader.u8()
  const hasValues = reader.u8() === 1
  const ints = Array.from({ length: intColumns }, () => {
    const header = readInts(reader)
    return unpackInts(header, readPlanes(reader, header.width, count), count)
  })
  if (!hasValues) return { ints, values: null }
  const header = readValues(reader)
  return { ints, values: unpackValues(header, readPlanes(reader, header.width, count), count) }
}

function readPlanes(reader: ByteReader, width: number, count: number): Uint8Array[] {
  return Array.from({ length: width }, () => readPlane(reader, count))
}

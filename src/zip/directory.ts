// The directory of a zip file: APPNOTE.TXT 6.3, sections 4.3.12, 4.4, 4.5.3 and 4.6.9.

import { TrackletError } from '../errors.js'
import type { ByteSource } from '../import/byte-source.js'
import { crc32 } from '../util/crc.js'
import { findEnd, inParts } from './directory-end.js'
import { damaged, Reader } from './reader.js'
import { MAX_16, MAX_32, RECORD_BYTES, SIGNATURE, ZIP64 } from './records.js'

/** An entry as the directory of a zip file tells it. Sizes and places are in bytes. */
export interface ZipEntryRecord {
  /** As stored. */
  readonly name: Uint8Array
  /** The name in UTF-8 where the entry has it beside another one. */
  readonly unicodeName: Uint8Array | null
  readonly isEncrypted: boolean
  /** 0 stored, 8 deflated; others are not read here. */
  readonly method: number
  readonly crc: number
  readonly size: number
  readonly compressedSize: number
  /** Of the local header. */
  readonly offset: number
  /** Where the next entry begins, or the directory: all of this one lies before. */
  readonly limit: number
  /** The file's mode where it was made on Unix, else 0. */
  readonly mode: number
}

const UNICODE_PATH = 0x7075
/** Systems by APPNOTE.TXT, 4.4.2.2: Unix and Darwin keep a mode. */
const WITH_MODE: readonly number[] = [3, 19]
/** A directory is held whole. */
const MOST_BYTES = 2 ** 30

/**
 * The entries of a zip file, by its directory at the end; at most `maxEntries`. DATA_LOSS where the file is cut short or
 * damaged, RESOURCE_EXHAUSTED past the limit, INVALID_PARAMETER_VALUE for an archive in several files.
 */
export async function readDirectory(
  source: ByteSource,
  maxEntries: number,
): Promise<ZipEntryRecord[]> {
  const { count, isCountWhole, size, offset } = await findEnd(source)
  if (count > maxEntries) throw tooMany(count, maxEntries)
  if (size > MOST_BYTES)
    throw new TrackletError('RESOURCE_EXHAUSTED', 'The directory of the zip file is past 1 GiB.')
  const reader = new Reader(await source.read(offset, offset + size))
  const records: ZipEntryRecord[] = []
  while (records.length < count || (!isCountWhole && reader.starts(SIGNATURE.entry))) {
    if (records.length === maxEntries) throw tooMany(records.length + 1, maxEntries)
    records.push(readEntry(reader))
  }
  const isCounted = isCountWhole ? records.length === count : (records.length & MAX_16) === count
  if (!isCounted || (reader.left > 0 && !reader.starts(SIGNATURE.ofDirectory)))
    throw damaged('its directory is not what was written')
  return withLimits(records, offset)
}

function readEntry(reader: Reader): ZipEntryRecord {
  if (reader.u32() !== SIGNATURE.entry) throw damaged('its directory is not what was written')
  const madeBy = reader.u16()
  reader.skip(2)
  const [flags, method] = [reader.u16(), reader.u16()]
  reader.skip(4)
  const [crc, compressed, size] = [reader.u32(), reader.u32(), reader.u32()]
  const [nameBytes, extraBytes, commentBytes] = [reader.u16(), reader.u16(), reader.u16()]
  const disk = reader.u16()
  reader.skip(2)
  const [attributes, offset] = [reader.u32(), reader.u32()]
  const name = reader.bytes(nameBytes)
  const extra = reader.bytes(extraBytes)
  reader.skip(commentBytes)
  if (disk !== 0 && disk !== MAX_16) throw inParts()
  const [wholeSize, wholeCompressed, wholeOffset] = largeNumbers(extra, [size, compressed, offset])
  return {
    name,
    unicodeName: unicodeName(extra, name),
    isEncrypted: (flags & 0x2041) !== 0,
    method,
    crc,
    size: wholeSize!,
    compressedSize: wholeCompressed!,
    offset: wholeOffset!,
    limit: 0,
    mode: WITH_MODE.includes(madeBy >> 8) ? attributes >>> 16 : 0,
  }
}

/** Numbers that do not fit in 32 bits stand in an extra field, in this order. */
function largeNumbers(extra: Uint8Array, numbers: readonly number[]): readonly number[] {
  if (!numbers.includes(MAX_32)) return numbers
  const bytes = extraField(extra, ZIP64)
  if (bytes === null) return numbers
  const field = new Reader(bytes)
  return numbers.map((number) => (number === MAX_32 && field.left >= 8 ? field.u64() : number))
}

/** Info-ZIP's name in UTF-8; null where there is none, or the name was changed since. */
function unicodeName(extra: Uint8Array, name: Uint8Array): Uint8Array | null {
  const bytes = extraField(extra, UNICODE_PATH)
  if (bytes === null || bytes.length < 5 || bytes[0] !== 1) return null
  const field = new Reader(bytes.subarray(1))
  return field.u32() === crc32(name) ? bytes.subarray(5) : null
}

/** An extra field's content; null where there is none. Some writers leave bytes behind that are no field. */
function extraField(extra: Uint8Array, wanted: number): Uint8Array | null {
  const reader = new Reader(extra)
  while (reader.left >= 4) {
    const [id, length] = [reader.u16(), reader.u16()]
    if (length > reader.left) return null
    if (id === wanted) return reader.bytes(length)
    reader.skip(length)
  }
  return null
}

/**
 * Entries that share bytes would unpack to far more than any ratio of a single one shows: DATA_LOSS. Each is told how far
 * it may go.
 */
function withLimits(records: readonly ZipEntryRecord[], directory: number): ZipEntryRecord[] {
  const sorted = records.map((record, i) => ({ i, offset: record.offset }))
  sorted.sort((a, b) => a.offset - b.offset)
  const limits = new Float64Array(records.length)
  for (const [place, { i }] of sorted.entries()) limits[i] = sorted[place + 1]?.offset ?? directory
  return records.map((record, i) => {
    const { offset, compressedSize, name } = record
    const limit = limits[i]!
    if (offset + RECORD_BYTES.local + name.length + compressedSize > limit)
      throw damaged('two of its entries lie over one another, or one over its directory')
    return { ...record, limit }
  })
}

function tooMany(count: number, most: number): TrackletError {
  return new TrackletError(
    'RESOURCE_EXHAUSTED',
    `The zip file has ${count} entries or more; at most ${most} are taken. Raise \`limits.maxEntries\` if you trust it.`,
  )
}

// Where the directory of a zip file lies: APPNOTE.TXT 6.3, sections 4.3.14 to 4.3.16.

import { TrackletError } from '../errors.js'
import type { ByteSource } from '../import/byte-source.js'
import { damaged, Reader } from './reader.js'
import { MAX_16, MAX_32, RECORD_BYTES, SIGNATURE } from './records.js'

/** Where the directory lies, in bytes, and how many entries it has. */
export interface DirectoryEnd {
  readonly count: number
  /** False where `count` has 16 bits alone, beyond which writers without zip64 count on from 0. */
  readonly isCountWhole: boolean
  readonly size: number
  readonly offset: number
}

const LONGEST_COMMENT = 0xffff

/**
 * Reads the end of a zip file. DATA_LOSS where it is cut short or damaged, INVALID_PARAMETER_VALUE for an archive in
 * several files, and for one with something before its first entry that its numbers leave out: a program that unpacks it.
 */
export async function findEnd(source: ByteSource): Promise<DirectoryEnd> {
  const start = Math.max(0, source.size - RECORD_BYTES.end - LONGEST_COMMENT)
  const tail = await source.read(start, source.size)
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  for (let at = tail.length - RECORD_BYTES.end; at >= 0; at--) {
    if (view.getUint32(at, true) !== SIGNATURE.end) continue
    if (at + RECORD_BYTES.end + view.getUint16(at + 20, true) !== tail.length) continue
    const { end, at: place } = await readEnd(source, new Reader(tail.subarray(at)), start + at)
    await checkPlace(source, end, place)
    return end
  }
  throw damaged('its end is missing, so it was cut short or is no zip file')
}

/** The numbers of the end record at `at`, or of zip64's before it; and where the one that they are of begins. */
async function readEnd(
  source: ByteSource,
  reader: Reader,
  at: number,
): Promise<{ end: DirectoryEnd; at: number }> {
  reader.skip(4)
  const [disk, firstDisk] = [reader.u16(), reader.u16()]
  const [countHere, count] = [reader.u16(), reader.u16()]
  const [size, offset] = [reader.u32(), reader.u32()]
  if ([disk, firstDisk].some((n) => n !== 0 && n !== MAX_16) || countHere !== count) throw inParts()
  const isLarge = count === MAX_16 || size === MAX_32 || offset === MAX_32
  const large = isLarge ? await findEnd64(source, at) : null
  // Where there is no such record, the numbers of the plain one are meant as they are.
  return large ?? { end: { count, isCountWhole: false, size, offset }, at }
}

async function findEnd64(
  source: ByteSource,
  end: number,
): Promise<{ end: DirectoryEnd; at: number } | null> {
  if (end < RECORD_BYTES.locator64) return null
  const locator = new Reader(await source.read(end - RECORD_BYTES.locator64, end))
  if (locator.u32() !== SIGNATURE.locator64) return null
  locator.skip(4)
  const at = locator.u64()
  if (locator.u32() > 1) throw inParts()
  if (at + RECORD_BYTES.end64 + RECORD_BYTES.locator64 > end)
    throw damaged('its directory lies outside of it')
  const record = new Reader(await source.read(at, at + RECORD_BYTES.end64))
  if (record.u32() !== SIGNATURE.end64) throw damaged('its end is not what was written')
  record.skip(20)
  const [countHere, count] = [record.u64(), record.u64()]
  if (countHere !== count) throw inParts()
  return { end: { count, isCountWhole: true, size: record.u64(), offset: record.u64() }, at }
}

async function checkPlace(source: ByteSource, end: DirectoryEnd, at: number): Promise<void> {
  const { count, size, offset } = end
  if (offset + size > at || size < count * RECORD_BYTES.entry)
    throw damaged('its directory lies outside of it')
  if (count === 0 || (await startsEntry(source, offset))) return
  if (await startsEntry(source, at - size))
    throw new TrackletError(
      'INVALID_PARAMETER_VALUE',
      'The zip file has something before its first entry, as one that unpacks itself has: unpack it and import the folder.',
    )
  throw damaged('its directory is not where it should be')
}

async function startsEntry(source: ByteSource, at: number): Promise<boolean> {
  return new Reader(await source.read(at, at + 4)).u32() === SIGNATURE.entry
}

/** INVALID_PARAMETER_VALUE for an archive of several files. */
export function inParts(): TrackletError {
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    'The zip file is one part of several: put them together first.',
  )
}

// The records of a zip file: APPNOTE.TXT 6.3, sections 4.3 (layout) and 4.5.3 (zip64).

import { MAX_16, MAX_32, RECORD_BYTES, SIGNATURE, ZIP64 } from './records.js'

/** How an entry's bytes are kept. */
export type ZipMethod = 'stored' | 'deflated'

/** What the records say of one entry. Sizes and the offset are in bytes. */
export interface ZipRecord {
  /** UTF-8; a folder's ends with `/`. */
  readonly name: Uint8Array
  readonly isFolder: boolean
  readonly method: ZipMethod
  /** The checksum and sizes follow the content, since they are not known before. */
  readonly streamed: boolean
  /** Whether the local record has room for sizes past 4 GiB. */
  readonly large: boolean
  readonly crc: number
  readonly size: number
  readonly compressedSize: number
  readonly offset: number
}

const VERSION = 20
const VERSION_ZIP64 = 45
const MADE_ON_UNIX = 3 << 8
const FILE_MODE = 0o100644
const FOLDER_MODE = 0o040755
const FLAG_STREAMED = 0x0008
const FLAG_UTF8 = 0x0800
/** 1 January 1980, midnight: the same content gives the same bytes whenever it is written. */
const DATE = 0x0021
const TIME = 0

/** What stands before an entry's content. */
export function localHeader(record: ZipRecord): Uint8Array {
  const known = record.streamed ? { ...record, crc: 0, size: 0, compressedSize: 0 } : record
  const extra = record.large ? zip64Extra([known.size, known.compressedSize]) : new Uint8Array(0)
  const out = new Writer(RECORD_BYTES.local + record.name.length + extra.length)
  out.u32(SIGNATURE.local)
  out.u16(record.large ? VERSION_ZIP64 : VERSION)
  common(out, known, record.large, record.large)
  out.u16(extra.length)
  out.bytes(record.name)
  out.bytes(extra)
  return out.done()
}

/** What stands after a streamed entry's content. */
export function dataDescriptor(record: ZipRecord): Uint8Array {
  const out = new Writer(record.large ? 24 : 16)
  out.u32(SIGNATURE.descriptor)
  out.u32(record.crc)
  for (const size of [record.compressedSize, record.size]) {
    if (record.large) out.u64(size)
    else out.u32(size)
  }
  return out.done()
}

/** An entry's line in the directory at the end of the file. */
export function directoryHeader(record: ZipRecord): Uint8Array {
  const large = [record.size, record.compressedSize, record.offset].map((n) => n >= MAX_32)
  const [size = false, compressedSize = false, offset = false] = large
  const extra = zip64Extra(
    [record.size, record.compressedSize, record.offset].filter((n) => n >= MAX_32),
  )
  const out = new Writer(RECORD_BYTES.entry + record.name.length + extra.length)
  out.u32(SIGNATURE.entry)
  out.u16(MADE_ON_UNIX | VERSION_ZIP64)
  out.u16(record.large || large.includes(true) ? VERSION_ZIP64 : VERSION)
  common(out, record, size, compressedSize)
  out.u16(extra.length)
  out.u16(0)
  out.u16(0)
  out.u16(0)
  out.u32(((record.isFolder ? FOLDER_MODE : FILE_MODE) << 16) | (record.isFolder ? 0x10 : 0))
  out.u32(offset ? MAX_32 : record.offset)
  out.bytes(record.name)
  out.bytes(extra)
  return out.done()
}

/** The records that end a file whose directory of `count` lines and `size` bytes begins at `offset`. */
export function endOfDirectory(count: number, size: number, offset: number): Uint8Array {
  const large = count >= MAX_16 || size >= MAX_32 || offset >= MAX_32
  const out = new Writer(
    RECORD_BYTES.end + (large ? RECORD_BYTES.end64 + RECORD_BYTES.locator64 : 0),
  )
  if (large) zip64End(out, count, size, offset)
  out.u32(SIGNATURE.end)
  out.u16(0)
  out.u16(0)
  out.u16(Math.min(count, MAX_16))
  out.u16(Math.min(count, MAX_16))
  out.u32(Math.min(size, MAX_32))
  out.u32(Math.min(offset, MAX_32))
  out.u16(0)
  return out.done()
}

function zip64End(out: Writer, count: number, size: number, offset: number): void {
  out.u32(SIGNATURE.end64)
  out.u64(44)
  out.u16(MADE_ON_UNIX | VERSION_ZIP64)
  out.u16(VERSION_ZIP64)
  out.u32(0)
  out.u32(0)
  for (const value of [count, count, size, offset]) out.u64(value)
  out.u32(SIGNATURE.locator64)
  out.u32(0)
  out.u64(offset + size)
  out.u32(1)
}

function common(
  out: Writer,
  record: ZipRecord,
  largeSize: boolean,
  largeCompressed: boolean,
): void {
  out.u16(FLAG_UTF8 | (record.streamed ? FLAG_STREAMED : 0))
  out.u16(record.method === 'deflated' ? 8 : 0)
  out.u16(TIME)
  out.u16(DATE)
  out.u32(record.crc)
  out.u32(largeCompressed ? MAX_32 : record.compressedSize)
  out.u32(largeSize ? MAX_32 : record.size)
  out.u16(record.name.length)
}

function zip64Extra(values: readonly number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array(0)
  const out = new Writer(4 + 8 * values.length)
  out.u16(ZIP64)
  out.u16(8 * values.length)
  for (const value of values) out.u64(value)
  return out.done()
}

/** Little-endian numbers, one after another. */
class Writer {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(length: number) {
    this.#bytes = new Uint8Array(length)
    this.#view = new DataView(this.#bytes.buffer)
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value, true)
    this.#at += 2
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value, true)
    this.#at += 4
  }

  u64(value: number): void {
    this.u32(value >>> 0)
    this.u32(Math.floor(value / 2 ** 32))
  }

  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  done(): Uint8Array {
    return this.#bytes
  }
}

import { Inflate } from 'fflate'
import { crc32 } from '../util/crc.js'
import { inflateRaw } from '../util/deflate.js'
import type { ByteSource } from '../import/byte-source.js'
import type { ZipEntryRecord } from './directory.js'
import { damaged, Reader } from './reader.js'
import { RECORD_BYTES, SIGNATURE } from './records.js'

/** Content up to this size is held whole. */
const SMALL = 256 * 1024
/** Small, as deflated content may get a thousand times as long. */
const PIECE = 32 * 1024

/** An entry's content, in parts, checked against what the directory says. DATA_LOSS where it is not what was written. */
export async function* readContent(
  source: ByteSource,
  record: ZipEntryRecord,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const start = await contentStart(source, record, path)
  const end = start + record.compressedSize
  if (end > record.limit) throw damaged(`'${path}' lies over what comes after it`)
  let [crc, size] = [0, 0]
  for await (const part of inflated(source, record, start, end, path)) {
    size += part.length
    if (size > record.size) break
    crc = crc32(part, crc)
    yield part
  }
  if (size !== record.size || crc !== record.crc)
    throw damaged(`the content of '${path}' is not what was written`)
}

/** The header before the content repeats the name; what it says of sizes may be told only after it. */
async function contentStart(
  source: ByteSource,
  { offset, name, limit }: ZipEntryRecord,
  path: string,
): Promise<number> {
  const start = offset + RECORD_BYTES.local + name.length
  if (start > limit) throw damaged(`'${path}' lies over what comes after it`)
  const header = new Reader(await source.read(offset, start))
  if (header.u32() !== SIGNATURE.local) throw damaged(`'${path}' does not begin where it should`)
  header.skip(22)
  const [nameBytes, extraBytes] = [header.u16(), header.u16()]
  if (nameBytes !== name.length || name.some((byte) => header.u8() !== byte))
    throw damaged(`'${path}' has another name where it begins`)
  return start + extraBytes
}

async function* inflated(
  source: ByteSource,
  { method, size, compressedSize }: ZipEntryRecord,
  start: number,
  end: number,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (method === 0) yield* pieces(source, start, end)
  else if (size <= SMALL && compressedSize <= SMALL)
    yield inflateWhole(await source.read(start, end), size, path)
  else yield* inflateParts(pieces(source, start, end), size, path)
}

async function* pieces(
  source: ByteSource,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = start; at < end; at += PIECE) yield source.read(at, Math.min(end, at + PIECE))
}

function inflateWhole(bytes: Uint8Array, size: number, path: string): Uint8Array {
  try {
    // One byte more than there should be shows content that is longer than the directory says.
    return inflateRaw(bytes, size + 1)
  } catch {
    throw damaged(`the content of '${path}' cannot be inflated`)
  }
}

async function* inflateParts(
  packed: AsyncIterable<Uint8Array>,
  size: number,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ready: Uint8Array[] = []
  let [ended, given] = [false, 0]
  const inflate = new Inflate((bytes, final) => {
    ready.push(bytes)
    ended ||= final
  })
  const push = (bytes: Uint8Array, final: boolean): void => {
    try {
      inflate.push(bytes, final)
    } catch {
      throw damaged(`the content of '${path}' cannot be inflated`)
    }
  }
  for await (const bytes of packed) {
    push(bytes, false)
    for (const part of ready.splice(0)) {
      given += part.length
      yield part
    }
    if (given > size) return
  }
  push(new Uint8Array(0), true)
  yield* ready
  if (!ended) throw damaged(`the content of '${path}' ends too soon`)
}

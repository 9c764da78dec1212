import { Deflate, deflateSync } from 'fflate'
import { TrackletError } from '../errors.js'
import { crc32 } from '../util/crc.js'
import { MAX_16, MAX_32 } from './records.js'
import {
  dataDescriptor,
  directoryHeader,
  endOfDirectory,
  localHeader,
  type ZipRecord,
} from './zip-format.js'

/** One entry of a zip file to be. Paths have `/`, and end with it where there is no content: a folder. */
export interface ZipEntry {
  readonly path: string
  /** Small content, whole. */
  readonly bytes?: Uint8Array
  /** Any other content, in parts. */
  readonly stream?: ZipContent
  /** Not worth the time of deflating. */
  readonly incompressible?: boolean
}

/** Content that is never held whole. */
export interface ZipContent {
  readonly parts: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** Bytes, or at least as many: past 4 GiB the entry is written in zip64's form. */
  readonly maxSize: number
}

// Of lines of numbers the lowest level makes no larger files than the highest, in half the time.
const LEVEL = 1
/** Bytes. What a deflater sets up costs more than shorter content gains, and most files are a line or two. */
const WORTH_DEFLATING = 2048
/** Below 4 GiB by what deflating may add to content that does not get smaller. */
const LARGE = 0xf000_0000
const CHUNK = 64 * 1024

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Zip entries as a zip file, in chunks of about 64 KiB; zip64 where sizes, offsets or the count need it.
 * Content flows through: what stays in memory is the directory, some 100 bytes an entry.
 */
export async function* zipChunks(
  entries: AsyncIterable<ZipEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const out = new ChunkBuffer()
  const directory: Uint8Array[] = []
  for await (const entry of entries) {
    const record = newRecord(entry, out.position)
    yield* writeEntry(out, record, entry)
    directory.push(directoryHeader(record))
  }
  const start = out.position
  for (const header of directory) yield* out.add(header)
  yield* out.add(endOfDirectory(directory.length, out.position - start, start))
  yield* out.rest()
}

function newRecord(entry: ZipEntry, offset: number): Mutable<ZipRecord> {
  const name = new TextEncoder().encode(entry.path)
  if (name.length > MAX_16)
    throw new TrackletError(
      'INVALID_PARAMETER_VALUE',
      `A zip file cannot hold the path '${entry.path.slice(0, 80)}...': it is longer than 65,535 bytes.`,
    )
  const streamed = entry.stream !== undefined
  const large = (entry.stream?.maxSize ?? entry.bytes?.length ?? 0) >= LARGE
  const isFolder = entry.path.endsWith('/')
  const method = streamed ? 'deflated' : 'stored'
  return { name, isFolder, method, streamed, large, crc: 0, size: 0, compressedSize: 0, offset }
}

async function* writeEntry(
  out: ChunkBuffer,
  record: Mutable<ZipRecord>,
  entry: ZipEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (entry.stream) {
    yield* out.add(localHeader(record))
    yield* writeParts(out, record, entry.stream, entry.incompressible ? 0 : LEVEL)
    yield* out.add(dataDescriptor(record))
  } else {
    const content = packWhole(record, entry)
    yield* out.add(localHeader(record))
    yield* out.add(content)
  }
}

function packWhole(record: Mutable<ZipRecord>, entry: ZipEntry): Uint8Array {
  const bytes = entry.bytes ?? new Uint8Array(0)
  const keep = entry.incompressible === true || bytes.length < WORTH_DEFLATING
  const deflated = keep ? bytes : deflateSync(bytes, { level: LEVEL })
  const smaller = deflated.length < bytes.length
  const content = smaller ? deflated : bytes
  record.method = smaller ? 'deflated' : 'stored'
  record.crc = crc32(bytes)
  record.size = bytes.length
  record.compressedSize = content.length
  return content
}

/**
 * Streamed content is deflated even where nothing is to be gained (level 0 copies it), since a reader
 * that goes from front to back can tell where deflated content ends, and cannot for stored content.
 */
async function* writeParts(
  out: ChunkBuffer,
  record: Mutable<ZipRecord>,
  content: ZipContent,
  level: 0 | typeof LEVEL,
): AsyncGenerator<Uint8Array, void, undefined> {
  const packed: Uint8Array[] = []
  const deflate = new Deflate({ level }, (bytes) => packed.push(bytes))
  for await (const part of content.parts()) {
    record.crc = crc32(part, record.crc)
    record.size += part.length
    deflate.push(part)
    yield* drain(out, record, packed)
  }
  deflate.push(new Uint8Array(0), true)
  yield* drain(out, record, packed)
  if (!record.large && Math.max(record.size, record.compressedSize) > MAX_32)
    throw new TrackletError(
      'INTERNAL_ERROR',
      'A zip entry grew past the size it was announced with.',
    )
}

function* drain(
  out: ChunkBuffer,
  record: Mutable<ZipRecord>,
  packed: Uint8Array[],
): Generator<Uint8Array, void, undefined> {
  for (const bytes of packed.splice(0)) {
    record.compressedSize += bytes.length
    yield* out.add(bytes)
  }
}

/** Gathers small pieces into chunks, and knows how many bytes have gone by. */
class ChunkBuffer {
  #chunk = new Uint8Array(CHUNK)
  #used = 0
  #position = 0

  get position(): number {
    return this.#position
  }

  *add(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    this.#position += bytes.length
    if (bytes.length > CHUNK - this.#used) yield* this.rest()
    if (bytes.length >= CHUNK) {
      yield bytes
      return
    }
    this.#chunk.set(bytes, this.#used)
    this.#used += bytes.length
  }

  *rest(): Generator<Uint8Array, void, undefined> {
    if (this.#used === 0) return
    yield this.#chunk.subarray(0, this.#used)
    this.#chunk = new Uint8Array(CHUNK)
    this.#used = 0
  }
}

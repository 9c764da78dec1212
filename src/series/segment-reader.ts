import type { Int64, Int64Column } from '../entities/int64.js'
import { TrackletError } from '../errors.js'
import { ByteCache } from './byte-cache.js'
import { damaged, decodeBlock } from './codec.js'
import type { Piece } from './piece.js'
import { chunkAt, chunkMeets, decodeDirectory, directoryBytes } from './segment.js'
import type { Directory, SegmentRef } from './segment.js'
import { findSorted } from './stable-order.js'

/** Where segments are read from: a storage adapter's `get`. */
export interface BlobSource {
  /** A blob, or the bytes [start, end) of it; null where there is none. */
  get(key: string, range?: { start: number; end: number }): Promise<Uint8Array | null>
}

/** The points of one chunk. */
export interface Chunk {
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

/** An inclusive range of steps; an absent bound is open. */
export interface StepRange {
  readonly fromStep?: Int64
  readonly toStep?: Int64
}

/** Reads series out of segments, fetching no more chunks than they need. */
export class SegmentReader {
  readonly #blobs: BlobSource
  readonly #cache: ByteCache

  /** Keeps at most `cacheBytes` of directories and decoded chunks. */
  constructor(blobs: BlobSource, cacheBytes: number) {
    this.#blobs = blobs
    this.#cache = new ByteCache(cacheBytes)
  }

  /** Bytes that the cache holds now. */
  get cachedBytes(): number {
    return this.#cache.bytes
  }

  /**
   * For each of `series` its points in order of arrival, of chunks that meet `range`: the caller clips.
   * DATA_LOSS where the segment is damaged or missing.
   */
  async find(ref: SegmentRef, series: readonly number[], range: StepRange): Promise<Piece[][]> {
    if (!series.some((id) => id >= ref.minSeries && id <= ref.maxSeries))
      return series.map(() => [])
    const directory = await this.#directory(ref)
    const spans = series.map((id) => chunkSpans(directory, id, range))
    const chunks = await this.#chunks(
      ref,
      directory,
      new Set(spans.flat().map(({ chunk }) => chunk)),
    )
    return spans.map((list) =>
      list.map(({ chunk, from, to }) => ({ ...chunks.get(chunk)!, from, to })),
    )
  }

  #directory(ref: SegmentRef): Promise<Directory> {
    const load = async (): Promise<Directory> =>
      decodeDirectory(await readBlob(this.#blobs, ref, ref.footer, ref.bytes), ref)
    return this.#cache.get(ref.key, load, directoryBytes)
  }

  async #chunks(
    ref: SegmentRef,
    directory: Directory,
    wanted: ReadonlySet<number>,
  ): Promise<Map<number, Chunk>> {
    const sorted = [...wanted].sort((a, b) => a - b)
    const fetches = this.#fetches(ref, directory, sorted)
    const chunks = await Promise.all(
      sorted.map((chunk) =>
        this.#cache.get(
          chunkKey(ref, chunk),
          async () => decodeChunk(await fetches(chunk), ref, directory, chunk),
          (value) => value.values.length * 24 + 200,
        ),
      ),
    )
    return new Map(sorted.map((chunk, i) => [chunk, chunks[i]!]))
  }

  /** Gives the bytes of a chunk, where neighbours that are not in the cache are fetched in one go. */
  #fetches(
    ref: SegmentRef,
    directory: Directory,
    sorted: readonly number[],
  ): (chunk: number) => Promise<Uint8Array> {
    const { offsets } = directory.chunks
    const groups = new Map<number, { first: number; end: number; bytes?: Promise<Uint8Array> }>()
    let group = { first: -1, end: -1 }
    for (const chunk of sorted) {
      if (this.#cache.has(chunkKey(ref, chunk))) continue
      if (chunk !== group.end) group = { first: chunk, end: chunk }
      group.end = chunk + 1
      groups.set(chunk, group)
    }
    return async (chunk) => {
      const of = groups.get(chunk) ?? { first: chunk, end: chunk + 1 }
      const start = offsets[of.first]!
      of.bytes ??= readBlob(this.#blobs, ref, start, offsets[of.end]!)
      const bytes = await of.bytes
      return bytes.subarray(offsets[chunk]! - start, offsets[chunk + 1]! - start)
    }
  }
}

/** The bytes [start, end) of a segment; DATA_LOSS where they are not there. */
export async function readBlob(
  blobs: BlobSource,
  ref: SegmentRef,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const bytes = await blobs.get(ref.key, { start, end })
  if (bytes === null)
    throw new TrackletError(
      'DATA_LOSS',
      `Segment "${ref.key}" is missing from the storage, with ${ref.points} points. Restore it from a copy.`,
    )
  if (bytes.length !== end - start) throw damaged(`Segment "${ref.key}"`)
  return bytes
}

/** The points of a chunk out of its bytes; DATA_LOSS naming the segment where they are damaged. */
export function decodeChunk(
  bytes: Uint8Array,
  ref: SegmentRef,
  directory: Directory,
  chunk: number,
): Chunk {
  const what = `Chunk ${chunk} of segment "${ref.key}"`
  const { ints, values } = decodeBlock(bytes, what)
  const count = directory.chunks.starts[chunk + 1]! - directory.chunks.starts[chunk]!
  if (ints.length !== 2 || values === null || values.length !== count) throw damaged(what)
  return { steps: ints[0]!, timestamps: ints[1]!, values }
}

interface ChunkSpan {
  readonly chunk: number
  readonly from: number
  readonly to: number
}

function chunkSpans(directory: Directory, series: number, range: StepRange): ChunkSpan[] {
  const at = findSorted(directory.ids, series)
  if (at < 0) return []
  const [first, end] = [directory.starts[at]!, directory.starts[at + 1]!]
  const { starts } = directory.chunks
  const spans: ChunkSpan[] = []
  for (let chunk = chunkAt(directory, first); starts[chunk]! < end; chunk++) {
    if (!chunkMeets(directory, chunk, range.fromStep, range.toStep)) continue
    const start = starts[chunk]!
    const to = Math.min(end, starts[chunk + 1]!) - start
    spans.push({ chunk, from: Math.max(first, start) - start, to })
  }
  return spans
}

function chunkKey(ref: SegmentRef, chunk: number): string {
  return `${ref.key}#${chunk}`
}

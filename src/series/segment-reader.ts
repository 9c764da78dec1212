import { readBlob } from './blob-range.js'
import type { BlobSource } from './blob-range.js'
import { ByteCache } from './byte-cache.js'
import { damaged, decodeBlock } from './codec.js'
import { thinPiece } from './downsample.js'
import type { Piece, PointColumns } from './piece.js'
import { findBreaks, isOrdered, NO_BREAKS } from './point-order.js'
import { chunkAt, chunkIsWithin, chunkMeets, decodeDirectory, directoryBytes } from './segment.js'
import type { Directory, SegmentRef, StepRange } from './segment.js'
import { findSorted } from './stable-order.js'

/** What `SegmentReader` may be told. */
export interface SegmentReaderOptions {
  /** Bytes of directories and decoded chunks to keep. */
  readonly cacheBytes: number
  /** Bytes of thinned chunks to keep. */
  readonly thinBytes: number
  /** Lets others run between long stretches of decoding. */
  readonly pause: () => Promise<void>
}

/** A segment whose directory was read. */
export interface OpenSegment {
  readonly ref: SegmentRef
  readonly directory: Directory
}

/** A series' points [from, to) of one chunk. */
export interface Span {
  readonly segment: OpenSegment
  readonly chunk: number
  readonly from: number
  readonly to: number
  /** Whether all of its steps are in the range that was asked for. */
  readonly isWithin: boolean
  /** Whether the chunk holds little else. */
  readonly fillsChunk: boolean
}

/** Reads series out of segments, fetching no more chunks than they need. */
export class SegmentReader {
  readonly #blobs: BlobSource
  readonly #pause: () => Promise<void>
  readonly #cache: ByteCache
  readonly #thin: ByteCache

  /** Reads segments from `blobs`. */
  constructor(blobs: BlobSource, { cacheBytes, thinBytes, pause }: SegmentReaderOptions) {
    this.#blobs = blobs
    this.#pause = pause
    this.#cache = new ByteCache(cacheBytes)
    this.#thin = new ByteCache(thinBytes)
  }

  /**
   * For each of `series` where its points lie, in order of arrival, of chunks that meet `range`: the caller
   * clips. Reads the directory at most. DATA_LOSS where the segment is damaged or missing.
   */
  async locate(ref: SegmentRef, series: readonly number[], range: StepRange): Promise<Span[][]> {
    if (!series.some((id) => id >= ref.minSeries && id <= ref.maxSeries))
      return series.map(() => [])
    const segment = { ref, directory: await this.#directory(ref) }
    return series.map((id) => spansOf(segment, id, range))
  }

  /** The points of each span. DATA_LOSS where a segment is damaged or missing. */
  async load(spans: readonly Span[]): Promise<Map<Span, Piece>> {
    const pieces = new Map<Span, Piece>()
    await Promise.all(
      [...bySegment(spans)].map(async ([segment, own]) => {
        const chunks = await this.#chunks(segment, new Set(own.map(({ chunk }) => chunk)))
        for (const span of own) {
          const chunk = chunks.get(span.chunk)!
          pieces.set(span, { ...chunk, from: span.from, to: span.to })
        }
      }),
    )
    return pieces
  }

  /**
   * Each span thinned as `thinPiece` does it, null where its points do not ascend; errors as of `load`. Chunk
   * after chunk is decoded, thinned and let go.
   */
  async loadThin(spans: readonly Span[]): Promise<Map<Span, Piece | null>> {
    const pieces = new Map<Span, Piece | null>()
    const missing = spans.filter((span) => {
      const held = this.#thin.peek(spanKey(span)) as ThinSpan | undefined
      if (held !== undefined) pieces.set(span, held.piece)
      return held === undefined
    })
    for (const [segment, own] of bySegment(missing)) {
      const sorted = [...new Set(own.map(({ chunk }) => chunk))].sort((a, b) => a - b)
      const fetch = this.#fetches(segment, sorted)
      for (let at = 0; at < own.length; at += SLICE_CHUNKS) {
        const slice = own.slice(at, at + SLICE_CHUNKS)
        const thin = await Promise.all(slice.map((span) => this.#thinSpan(span, fetch)))
        slice.forEach((span, i) => pieces.set(span, thin[i]!.piece))
        await this.#pause()
      }
    }
    return pieces
  }

  #thinSpan(span: Span, fetch: (chunk: number) => Promise<Uint8Array>): Promise<ThinSpan> {
    const { segment, chunk, from, to } = span
    const load = async (): Promise<ThinSpan> => {
      const held = this.#cache.peek(chunkKey(segment, chunk)) as PointColumns | undefined
      const columns = held ?? decodeChunk(await fetch(chunk), segment, chunk)
      const piece = { ...columns, from, to }
      return { piece: isOrdered(piece) ? { ...thinPiece(piece), breaks: NO_BREAKS } : null }
    }
    return this.#thin.get(spanKey(span), load, ({ piece }) => (piece?.to ?? 0) * 24 + 200)
  }

  #directory(ref: SegmentRef): Promise<Directory> {
    const load = async (): Promise<Directory> =>
      decodeDirectory(await readBlob(this.#blobs, ref, ref.footer, ref.bytes), ref)
    return this.#cache.get(ref.key, load, directoryBytes)
  }

  async #chunks(
    segment: OpenSegment,
    wanted: ReadonlySet<number>,
  ): Promise<Map<number, LoadedChunk>> {
    const sorted = [...wanted].sort((a, b) => a - b)
    const fetch = this.#fetches(segment, sorted)
    const load = async (chunk: number): Promise<LoadedChunk> => {
      const columns = decodeChunk(await fetch(chunk), segment, chunk)
      return { ...columns, breaks: findBreaks(columns, 0, columns.values.length) }
    }
    const size = (chunk: LoadedChunk): number =>
      chunk.values.length * 24 + chunk.breaks.length * 4 + 200
    const chunks = await Promise.all(
      sorted.map((chunk) => this.#cache.get(chunkKey(segment, chunk), () => load(chunk), size)),
    )
    return new Map(sorted.map((chunk, i) => [chunk, chunks[i]!]))
  }

  /** Gives the bytes of a chunk, where near ones that are not in the cache are fetched in one go. */
  #fetches(
    segment: OpenSegment,
    sorted: readonly number[],
  ): (chunk: number) => Promise<Uint8Array> {
    const { offsets } = segment.directory.chunks
    const groups = new Map<number, { first: number; end: number; bytes?: Promise<Uint8Array> }>()
    let group = { first: -1, end: -1 }
    for (const chunk of sorted) {
      if (this.#cache.has(chunkKey(segment, chunk))) continue
      if (group.first < 0 || offsets[chunk]! - offsets[group.end]! > NEAR_BYTES)
        group = { first: chunk, end: chunk }
      group.end = chunk + 1
      groups.set(chunk, group)
    }
    return async (chunk) => {
      const of = groups.get(chunk) ?? { first: chunk, end: chunk + 1 }
      const start = offsets[of.first]!
      of.bytes ??= readBlob(this.#blobs, segment.ref, start, offsets[of.end]!)
      const bytes = await of.bytes
      return bytes.subarray(offsets[chunk]! - start, offsets[chunk + 1]! - start)
    }
  }
}

/** The points of a chunk out of its bytes; DATA_LOSS naming the segment where they are damaged. */
export function decodeChunk(
  bytes: Uint8Array,
  { ref, directory }: OpenSegment,
  chunk: number,
): PointColumns {
  const what = `Chunk ${chunk} of segment "${ref.key}"`
  const { ints, values } = decodeBlock(bytes, what)
  const count = directory.chunks.starts[chunk + 1]! - directory.chunks.starts[chunk]!
  if (ints.length !== 2 || values === null || values.length !== count) throw damaged(what)
  return { steps: ints[0]!, timestamps: ints[1]!, values }
}

interface LoadedChunk extends PointColumns {
  readonly breaks: Uint32Array
}

interface ThinSpan {
  readonly piece: Piece | null
}

/** How many chunks are decoded at a time to be thinned: some 6 MB. */
const SLICE_CHUNKS = 32
/** Reading over this much of what is not wanted is cheaper than one more request. */
const NEAR_BYTES = 64 * 1024

function spansOf(segment: OpenSegment, series: number, range: StepRange): Span[] {
  const { directory } = segment
  const at = findSorted(directory.ids, series)
  if (at < 0) return []
  const [first, end] = [directory.starts[at]!, directory.starts[at + 1]!]
  const { starts } = directory.chunks
  const spans: Span[] = []
  for (let chunk = chunkAt(directory, first); starts[chunk]! < end; chunk++) {
    if (!chunkMeets(directory, chunk, range)) continue
    const start = starts[chunk]!
    const next = starts[chunk + 1]!
    const from = Math.max(first, start) - start
    const to = Math.min(end, next) - start
    const isWithin = chunkIsWithin(directory, chunk, range)
    const fillsChunk = (to - from) * 2 >= next - start
    spans.push({ segment, chunk, from, to, isWithin, fillsChunk })
  }
  return spans
}

function bySegment(spans: readonly Span[]): Map<OpenSegment, Span[]> {
  const groups = new Map<OpenSegment, Span[]>()
  for (const span of spans) {
    const group = groups.get(span.segment)
    if (group === undefined) groups.set(span.segment, [span])
    else group.push(span)
  }
  return groups
}

function chunkKey({ ref }: OpenSegment, chunk: number): string {
  return `${ref.key}#${chunk}`
}

function spanKey({ segment, chunk, from }: Span): string {
  return `${segment.ref.key}#${chunk}@${from}`
}

import { readBlob } from './blob-range.js'
import type { BlobSource } from './blob-range.js'
import type { OrderedPiece, PointColumns } from './piece.js'
import { sealSeries } from './seal.js'
import type { SealOptions, SeriesPoints } from './seal.js'
import { decodeChunk } from './segment-reader.js'
import { chunkAt, decodeDirectory } from './segment.js'
import type { Directory, SegmentRef } from './segment.js'
import type { Segment } from './segment-writer.js'

/** The oldest four neighbouring runs of the lowest level that has as many; null where none has. */
export function chooseMerge(segments: readonly SegmentRef[]): readonly SegmentRef[] | null {
  let best: readonly SegmentRef[] | null = null
  const runs = sortedRuns(segments)
  for (let i = 0; i + FACTOR <= runs.length; i++) {
    const four = runs.slice(i, i + FACTOR)
    const refs = four.flat()
    if (refs.some(({ level }) => level !== refs[0]!.level)) continue
    if (refs.reduce((sum, { bytes }) => sum + bytes, 0) > MERGE_BYTES) continue
    if (best === null || refs[0]!.level < best[0]!.level) best = refs
  }
  return best
}

/**
 * Fresh segments with the points of neighbouring ones, without those of series that are not live.
 * Holds one output segment, and of each input run one segment as stored and one decoded chunk.
 */
export function mergeSegments(
  blobs: BlobSource,
  refs: readonly SegmentRef[],
  isLive: (series: number) => boolean,
  options: SealOptions,
): AsyncGenerator<Segment> {
  const cursors = sortedRuns(refs).map((run) => new RunCursor(blobs, run))
  return sealSeries(mergedSeries(cursors, isLive), options)
}

const FACTOR = 4
const MERGE_BYTES = 256 * 1024 * 1024
const SMALL_BYTES = 1024 * 1024

/**
 * Neighbours of one level whose ranges of series follow each other: what one seal or merge wrote. A small
 * segment ends its run, else the few points of many short cuts would never be joined.
 */
function sortedRuns(segments: readonly SegmentRef[]): SegmentRef[][] {
  const runs: SegmentRef[][] = []
  let last: SegmentRef | undefined
  for (const ref of segments) {
    if (last !== undefined && goesOn(last, ref)) runs.at(-1)!.push(ref)
    else runs.push([ref])
    last = ref
  }
  return runs
}

function goesOn(last: SegmentRef, ref: SegmentRef): boolean {
  return last.bytes >= SMALL_BYTES && last.level === ref.level && last.maxSeries <= ref.minSeries
}

async function* mergedSeries(
  cursors: readonly RunCursor[],
  isLive: (series: number) => boolean,
): AsyncGenerator<SeriesPoints> {
  for (const cursor of cursors) await cursor.start()
  for (;;) {
    let series = Infinity
    for (const cursor of cursors) series = Math.min(series, cursor.series)
    if (series === Infinity) return
    const holders = cursors.filter((cursor) => cursor.series === series)
    if (isLive(series)) {
      const count = holders.reduce((sum, cursor) => sum + cursor.count, 0)
      yield { series, count, pieces: piecesOf(holders) }
    }
    for (const cursor of holders) await cursor.skip(series)
  }
}

async function* piecesOf(holders: readonly RunCursor[]): AsyncGenerator<OrderedPiece> {
  for (const holder of holders) yield* holder.pieces()
}

/** Walks through the series of neighbouring segments whose ids ascend. */
class RunCursor {
  readonly #blobs: BlobSource
  readonly #refs: readonly SegmentRef[]
  #at = -1
  #bytes: Uint8Array = new Uint8Array(0)
  #directory: Directory | null = null
  #row = 0
  #chunk: { readonly index: number; readonly points: PointColumns } | null = null

  constructor(blobs: BlobSource, refs: readonly SegmentRef[]) {
    this.#blobs = blobs
    this.#refs = refs
  }

  /** The current series, Infinity at the end. */
  get series(): number {
    return this.#directory?.ids[this.#row] ?? Infinity
  }

  /** Points that the current segment has of the current series. */
  get count(): number {
    return this.#end - this.#first
  }

  /** Opens the first segment. */
  async start(): Promise<void> {
    await this.#nextSegment()
  }

  /** Moves past `series`, into the next segment where this one has no more. */
  async skip(series: number): Promise<void> {
    while (this.series === series) await this.#nextRow()
  }

  /** The points of the current series; moves past it. A series may go on in the next segment. */
  async *pieces(): AsyncGenerator<OrderedPiece> {
    const series = this.series
    while (this.series === series) {
      const directory = this.#directory!
      const { starts } = directory.chunks
      for (let chunk = chunkAt(directory, this.#first); starts[chunk]! < this.#end; chunk++) {
        const start = starts[chunk]!
        const from = Math.max(this.#first, start) - start
        yield { ...this.#load(chunk), from, to: Math.min(this.#end, starts[chunk + 1]!) - start }
      }
      await this.#nextRow()
    }
  }

  get #first(): number {
    return this.#directory!.starts[this.#row]!
  }

  get #end(): number {
    return this.#directory!.starts[this.#row + 1]!
  }

  async #nextRow(): Promise<void> {
    this.#row++
    if (this.#row === this.#directory!.ids.length) await this.#nextSegment()
  }

  async #nextSegment(): Promise<void> {
    const ref = this.#refs[++this.#at]
    this.#row = 0
    this.#chunk = null
    this.#directory = null
    if (ref === undefined) return
    this.#bytes = await readBlob(this.#blobs, ref, 0, ref.bytes)
    this.#directory = decodeDirectory(this.#bytes.subarray(ref.footer), ref)
  }

  #load(index: number): PointColumns {
    if (this.#chunk?.index === index) return this.#chunk.points
    const directory = this.#directory!
    const { offsets } = directory.chunks
    const bytes = this.#bytes.subarray(offsets[index], offsets[index + 1])
    const points = decodeChunk(bytes, { ref: this.#refs[this.#at]!, directory }, index)
    this.#chunk = { index, points }
    return points
  }
}

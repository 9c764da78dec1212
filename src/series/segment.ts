import type { Int64, Int64Column } from '../entities/int64.js'
import { crc32c } from '../util/crc.js'
import { TrackletError } from '../errors.js'
import { ByteReader, ByteWriter } from './bytes.js'
import { damaged, decodeBlock, encodeBlock } from './codec.js'

/** What a manifest says of a segment; plain JSON. */
export interface SegmentRef {
  /** The blob's key. */
  readonly key: string
  /** The blob's size. */
  readonly bytes: number
  readonly points: number
  /** How many series have points in it. */
  readonly series: number
  /** The smallest and the greatest of their ids. */
  readonly minSeries: number
  readonly maxSeries: number
  /** Where the directory begins, in bytes from the start. */
  readonly footer: number
  /** How often the points have been merged. */
  readonly level: number
}

/** Where a segment's points lie: by series id, then order of arrival, cut into chunks. */
export interface Directory {
  /** Ascending. */
  readonly ids: Uint32Array
  /** Position of each series's first point, and at the end the count of points. */
  readonly starts: Uint32Array
  readonly chunks: {
    /** Position of each chunk's first point, and at the end the count of points. */
    readonly starts: Uint32Array
    /** Byte offset of each chunk, and at the end that of the directory. */
    readonly offsets: Uint32Array
    /** The range of steps in each chunk. */
    readonly minSteps: Int64Column
    readonly maxSteps: Int64Column
  }
}

/** An inclusive range of steps; an absent bound is open. */
export interface StepRange {
  readonly fromStep?: Int64
  readonly toStep?: Int64
}

/** What `encodeDirectory` is given: a row for each series and for each chunk. */
export interface DirectoryRows {
  readonly ids: Float64Array
  readonly counts: Float64Array
  readonly chunkBytes: Float64Array
  readonly chunkCounts: Float64Array
  readonly minSteps: Int64Column
  readonly maxSteps: Int64Column
}

/** The bytes that follow the chunks of a segment (series/FORMAT.md, "Segment"). */
export function encodeDirectory(rows: DirectoryRows, offset: number): Uint8Array {
  const series = encodeBlock({ ints: [rows.ids, rows.counts], values: null })
  const chunkInts = [rows.chunkBytes, rows.chunkCounts, rows.minSteps, rows.maxSteps]
  const chunks = encodeBlock({ ints: chunkInts, values: null })
  const writer = new ByteWriter()
  writer.bytes(series)
  writer.bytes(chunks)
  writer.u32(offset)
  writer.u32(series.length)
  writer.u32(chunks.length)
  writer.u32(FORMAT)
  writer.u32(MAGIC)
  const trailer = writer.finish().subarray(-TRAILER_BYTES + 4)
  writer.u32(crc32c(trailer))
  return writer.finish()
}

/**
 * Reads the bytes of a segment from `ref.footer` to its end. DATA_LOSS naming the segment where they are
 * not what was written; INVALID_STATE where a newer tracklet wrote them.
 */
export function decodeDirectory(bytes: Uint8Array, ref: SegmentRef): Directory {
  const what = `The directory of segment "${ref.key}"`
  if (bytes.length !== ref.bytes - ref.footer || bytes.length < TRAILER_BYTES) throw damaged(what)
  const trailer = bytes.subarray(-TRAILER_BYTES)
  if (new ByteReader(trailer, TRAILER_BYTES - 4).u32() !== crc32c(trailer.subarray(0, -4)))
    throw damaged(what)
  const reader = new ByteReader(trailer)
  const [offset, seriesBytes, chunksBytes] = [reader.u32(), reader.u32(), reader.u32()]
  const format = reader.u32()
  if (reader.u32() !== MAGIC || offset !== ref.footer) throw damaged(what)
  if (format !== FORMAT) throw newer(ref.key, format)
  if (seriesBytes + chunksBytes + TRAILER_BYTES !== bytes.length) throw damaged(what)
  const series = decodeBlock(bytes.subarray(0, seriesBytes), what).ints
  const chunks = decodeBlock(bytes.subarray(seriesBytes, seriesBytes + chunksBytes), what).ints
  const directory = buildDirectory(series, chunks)
  if (!agrees(directory, ref)) throw damaged(what)
  return directory
}

/** The bytes of memory that a directory takes. */
export function directoryBytes(directory: Directory): number {
  return directory.ids.length * 8 + directory.chunks.starts.length * 24 + 200
}

/** The index of the chunk that holds the point at `position`. */
export function chunkAt(directory: Directory, position: number): number {
  const { starts } = directory.chunks
  let low = 0
  let high = starts.length - 1
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (starts[middle]! <= position) low = middle
    else high = middle
  }
  return low
}

/** Whether a chunk has steps within `range`. */
export function chunkMeets(directory: Directory, chunk: number, range: StepRange): boolean {
  const { minSteps, maxSteps } = directory.chunks
  if (range.fromStep !== undefined && maxSteps[chunk]! < range.fromStep) return false
  return range.toStep === undefined || minSteps[chunk]! <= range.toStep
}

/** Whether a chunk has only steps within `range`. */
export function chunkIsWithin(directory: Directory, chunk: number, range: StepRange): boolean {
  const { minSteps, maxSteps } = directory.chunks
  if (range.fromStep !== undefined && minSteps[chunk]! < range.fromStep) return false
  return range.toStep === undefined || maxSteps[chunk]! <= range.toStep
}

const FORMAT = 1
/** "TKSG" in ASCII. */
const MAGIC = 0x47534b54
const TRAILER_BYTES = 24

function buildDirectory(series: readonly Int64Column[], chunks: readonly Int64Column[]): Directory {
  const ids = Uint32Array.from(series[0]!, Number)
  return {
    ids,
    starts: runningSum(series[1]!),
    chunks: {
      offsets: runningSum(chunks[0]!),
      starts: runningSum(chunks[1]!),
      minSteps: chunks[2]!,
      maxSteps: chunks[3]!,
    },
  }
}

function runningSum(counts: Int64Column): Uint32Array {
  const sums = new Uint32Array(counts.length + 1)
  for (let i = 0; i < counts.length; i++) sums[i + 1] = sums[i]! + Number(counts[i]!)
  return sums
}

function agrees({ ids, starts, chunks }: Directory, ref: SegmentRef): boolean {
  return (
    ids.length === ref.series &&
    starts.at(-1) === ref.points &&
    chunks.starts.at(-1) === ref.points &&
    chunks.offsets.at(-1) === ref.footer
  )
}

function newer(key: string, format: number): TrackletError {
  return new TrackletError(
    'INVALID_STATE',
    `Segment "${key}" is of format ${format}, this tracklet reads ${FORMAT}: open the store with a newer tracklet.`,
  )
}

import type { Int64Column } from '../entities/int64.js'
import { concatBytes } from './bytes.js'
import { encodeBlock } from './codec.js'
import { Int64Buffer, widen } from './int64-column.js'
import type { OrderedPiece } from './piece.js'
import { encodeDirectory } from './segment.js'
import type { SegmentRef } from './segment.js'

/** A finished segment: what the manifest will say of it, and the blob to put under `ref.key`. */
export interface Segment {
  readonly ref: SegmentRef
  readonly bytes: Uint8Array
}

/** The most points in a chunk. */
export const CHUNK_POINTS = 8192

/** Builds one segment. Series come in ascending order, each one's points in order of arrival. */
export class SegmentWriter {
  readonly #steps = new Int64Buffer(CHUNK_POINTS)
  readonly #times = new Int64Buffer(CHUNK_POINTS)
  readonly #values = new Float64Array(CHUNK_POINTS)
  #pending = 0
  #bytes = 0
  #points = 0
  readonly #chunks: Uint8Array[] = []
  readonly #chunkCounts: number[] = []
  readonly #minSteps: (number | bigint)[] = []
  readonly #maxSteps: (number | bigint)[] = []
  readonly #ids: number[] = []
  readonly #counts: number[] = []

  /** Whether the segment is near 4 MiB and should be finished. */
  get full(): boolean {
    return this.#bytes + this.#ids.length * 2 > FULL_BYTES
  }

  /** Whether nothing was written. */
  get empty(): boolean {
    return this.#points === 0
  }

  /** Announces a series of about `count` points: a long one begins a chunk of its own. */
  begin(count: number): void {
    if (count >= OWN_CHUNK_POINTS) this.#flush()
  }

  /** Appends points of a series: the last one's, or one with a greater id. */
  add(series: number, piece: OrderedPiece): void {
    for (let from = piece.from; from < piece.to;) {
      const to = Math.min(piece.to, from + CHUNK_POINTS - this.#pending)
      this.#copy(piece, from, to)
      this.#count(series, to - from)
      from = to
      if (this.#pending === CHUNK_POINTS) this.#flush()
    }
  }

  /** The segment; the writer is of no further use. */
  finish(key: string, level: number): Segment {
    this.#flush()
    const rows = {
      ids: Float64Array.from(this.#ids),
      counts: Float64Array.from(this.#counts),
      chunkBytes: Float64Array.from(this.#chunks, (chunk) => chunk.length),
      chunkCounts: Float64Array.from(this.#chunkCounts),
      minSteps: int64s(this.#minSteps),
      maxSteps: int64s(this.#maxSteps),
    }
    const bytes = concatBytes([...this.#chunks, encodeDirectory(rows, this.#bytes)])
    const ref: SegmentRef = {
      key,
      bytes: bytes.length,
      points: this.#points,
      series: this.#ids.length,
      minSeries: this.#ids[0] ?? 0,
      maxSeries: this.#ids.at(-1) ?? 0,
      footer: this.#bytes,
      level,
    }
    return { ref, bytes }
  }

  #copy(piece: OrderedPiece, from: number, to: number): void {
    const at = this.#pending
    this.#steps.write(at, piece.steps, from, to, piece.order)
    this.#times.write(at, piece.timestamps, from, to, piece.order)
    if (piece.order === undefined) this.#values.set(piece.values.subarray(from, to), at)
    else copyValues(this.#values, at, piece.values, from, to, piece.order)
    this.#pending += to - from
  }

  #count(series: number, count: number): void {
    this.#points += count
    const last = this.#ids.length - 1
    if (this.#ids[last] === series) this.#counts[last]! += count
    else {
      this.#ids.push(series)
      this.#counts.push(count)
    }
  }

  #flush(): void {
    const count = this.#pending
    if (count === 0) return
    const steps = this.#steps.column.subarray(0, count)
    const times = this.#times.column.subarray(0, count)
    const chunk = encodeBlock({ ints: [steps, times], values: this.#values.subarray(0, count) })
    const range = stepRange(steps)
    this.#chunks.push(chunk)
    this.#chunkCounts.push(count)
    this.#minSteps.push(range[0])
    this.#maxSteps.push(range[1])
    this.#bytes += chunk.length
    this.#pending = 0
    this.#steps.reset()
    this.#times.reset()
  }
}

const FULL_BYTES = 4 * 1024 * 1024 - 256 * 1024
const OWN_CHUNK_POINTS = 512

function copyValues(
  out: Float64Array,
  at: number,
  values: Float64Array,
  from: number,
  to: number,
  order: Uint16Array,
): void {
  for (let j = from; j < to; j++) out[at++] = values[order[j]!]!
}

function stepRange(steps: Int64Column): readonly [number | bigint, number | bigint] {
  let low = steps[0]!
  let high = steps[0]!
  for (let i = 1; i < steps.length; i++) {
    const step = steps[i]!
    if (step < low) low = step
    if (step > high) high = step
  }
  return [low, high]
}

function int64s(values: readonly (number | bigint)[]): Int64Column {
  if (values.every((value) => typeof value === 'number')) return Float64Array.from(values)
  return widen(BigInt64Array.from(values, BigInt))
}

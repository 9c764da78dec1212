import type { Int64Column } from '../entities/int64.js'
import type { MetricColumns } from '../entities/metric.js'
import { TrackletError } from '../errors.js'
import { Int64Buffer, narrow } from './int64-column.js'
import { countPoints } from './piece.js'
import type { Piece, PointColumns } from './piece.js'

/** The smallest `maxPoints`: first, last, minimum and maximum. */
const MIN_POINTS = 4

/** How many points of a long series become at most two when it is thinned ahead of down-sampling. */
export const STRIDE = 16

/** INVALID_PARAMETER_VALUE unless `maxPoints` is an integer of at least 4. */
export function checkMaxPoints(maxPoints: number): void {
  if (Number.isInteger(maxPoints) && maxPoints >= MIN_POINTS) return
  throw new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `Invalid value ${maxPoints} for parameter 'maxPoints' supplied: it must be an integer of at least ${MIN_POINTS}.`,
  )
}

/**
 * At most `maxPoints` of the points, in their order: the first and last, and of every stretch of equal
 * length its minimum and maximum, so that no peak is lost. NaNs are kept only where a stretch has nothing
 * else. `total` stays. INVALID_PARAMETER_VALUE where `maxPoints` is less than 4.
 */
export function downsample(columns: MetricColumns, maxPoints: number): MetricColumns {
  checkMaxPoints(maxPoints)
  const to = columns.values.length
  if (to <= maxPoints) return columns
  return { ...downsamplePieces([{ ...columns, from: 0, to }], maxPoints), total: columns.total }
}

/** The same of the points of pieces, one after another; there must be more than `maxPoints`, at least 4. */
export function downsamplePieces(pieces: readonly Piece[], maxPoints: number): PointColumns {
  return pick(pieces, keptPositions(pieces, countPoints(pieces), (maxPoints - 2) >> 1))
}

/** Positions of at most `maxPoints` of the values, ascending: those that `downsample` keeps. */
export function keptValues(values: Float64Array, maxPoints: number): Uint32Array {
  const to = values.length
  const piece = { steps: values, timestamps: values, values, from: 0, to }
  return keptPositions([piece], to, (maxPoints - 2) >> 1)
}

/** A piece's first and last point, and of every 16 between them the minimum and the maximum. */
export function thinPiece(piece: Piece): Piece {
  const count = piece.to - piece.from
  if (count <= MIN_POINTS) return piece
  const columns = pick([piece], keptPositions([piece], count, Math.ceil((count - 2) / STRIDE)))
  return { ...columns, from: 0, to: columns.values.length }
}

/** The first and last position of `count`, and of each of `buckets` between them the two extremes. */
function keptPositions(pieces: readonly Piece[], count: number, buckets: number): Uint32Array {
  const last = count - 1
  const kept = new Uint32Array(2 * buckets + 2)
  const extremes = new Extremes()
  let at = 1
  let p = 0
  let start = 0
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = 1 + Math.floor(((last - 1) * bucket) / buckets)
    const to = 1 + Math.floor(((last - 1) * (bucket + 1)) / buckets)
    if (from === to) continue
    extremes.reset(from)
    for (let position = from; position < to;) {
      const piece = pieces[p]!
      const pieceEnd = start + piece.to - piece.from
      const end = Math.min(to, pieceEnd)
      const shift = piece.from - start
      extremes.scan(piece.values, position + shift, end + shift, shift)
      position = end
      if (end < pieceEnd) break
      start = pieceEnd
      p++
    }
    at = extremes.keep(kept, at)
  }
  kept[at++] = last
  return kept.subarray(0, at)
}

/** Where the minimum and maximum of some points lie; NaN is neither. */
class Extremes {
  #first = 0
  #low = -1
  #high = -1
  #lowest = 0
  #highest = 0

  /** Starts over; the first point lies at `first`. */
  reset(first: number): void {
    this.#first = first
    this.#low = -1
  }

  /** Takes in values [from, to), whose positions are `shift` less. */
  scan(values: Float64Array, from: number, to: number, shift: number): void {
    let i = from
    if (this.#low < 0) {
      while (i < to && Number.isNaN(values[i]!)) i++
      if (i === to) return
      this.#low = this.#high = i - shift
      this.#lowest = this.#highest = values[i++]!
    }
    let [lowest, highest] = [this.#lowest, this.#highest]
    let [low, high] = [-1, -1]
    for (; i < to; i++) {
      const value = values[i]!
      if (value < lowest) {
        lowest = value
        low = i
      } else if (value > highest) {
        highest = value
        high = i
      }
    }
    if (low >= 0) this.#low = low - shift
    if (high >= 0) this.#high = high - shift
    this.#lowest = lowest
    this.#highest = highest
  }

  /** Adds the positions, ascending, or the first of all where there are only NaNs; gives the new count. */
  keep(kept: Uint32Array, at: number): number {
    if (this.#low < 0) kept[at++] = this.#first
    else {
      kept[at++] = Math.min(this.#low, this.#high)
      if (this.#low !== this.#high) kept[at++] = Math.max(this.#low, this.#high)
    }
    return at
  }
}

/** The points at ascending positions of the pieces, one after another, as fresh columns. */
function pick(pieces: readonly Piece[], kept: Uint32Array): PointColumns {
  const steps = new Int64Buffer(kept.length)
  const timestamps = new Int64Buffer(kept.length)
  const values = new Float64Array(kept.length)
  let at = 0
  let start = 0
  for (const piece of pieces) {
    const end = start + piece.to - piece.from
    const first = at
    while (at < kept.length && kept[at]! < end) at++
    const part = kept.subarray(first, at)
    const shift = piece.from - start
    pickInts(steps, first, piece.steps, part, shift)
    pickInts(timestamps, first, piece.timestamps, part, shift)
    for (let i = 0; i < part.length; i++) values[first + i] = piece.values[part[i]! + shift]!
    start = end
  }
  return { steps: narrow(steps.column), timestamps: narrow(timestamps.column), values }
}

function pickInts(
  out: Int64Buffer,
  at: number,
  source: Int64Column,
  kept: Uint32Array,
  shift: number,
): void {
  const { column } = out
  if (source instanceof Float64Array && column instanceof Float64Array)
    for (let i = 0; i < kept.length; i++) column[at + i] = source[kept[i]! + shift]!
  else
    for (let i = 0; i < kept.length; i++)
      out.write(at + i, source, kept[i]! + shift, kept[i]! + shift + 1)
}

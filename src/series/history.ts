import type { Int64, Int64Column } from '../entities/int64.js'
import type { MetricColumns } from '../entities/metric.js'
import { downsample, downsamplePieces } from './downsample.js'
import { Int64Buffer, narrow } from './int64-column.js'
import { countPoints } from './piece.js'
import type { Piece, PointColumns } from './piece.js'
import { areOrdered, isAfter, isOrdered, NO_BREAKS } from './point-order.js'
import type { StepRange } from './segment.js'

/**
 * The points of `pieces` within `range`, by (step, timestamp), equal ones in the order given; at most
 * `maxPoints` of them, as `downsample` says. The columns are the caller's own.
 */
export function assemble(
  pieces: readonly Piece[],
  range: StepRange,
  maxPoints = Infinity,
): MetricColumns {
  const parts = pieces.flatMap((piece) => clip(piece, range))
  const total = countPoints(parts)
  if (!areOrdered(parts)) {
    const columns = { ...sortPoints(joinPieces(parts)), total }
    return total > maxPoints ? downsample(columns, maxPoints) : columns
  }
  const columns = total > maxPoints ? downsamplePieces(parts, maxPoints) : joinPieces(parts)
  return { ...columns, total }
}

/** Pieces one after another, as fresh columns. */
export function joinPieces(pieces: readonly Piece[]): PointColumns {
  const count = countPoints(pieces)
  const steps = new Int64Buffer(count)
  const timestamps = new Int64Buffer(count)
  const values = new Float64Array(count)
  let at = 0
  for (const piece of pieces) {
    steps.write(at, piece.steps, piece.from, piece.to)
    timestamps.write(at, piece.timestamps, piece.from, piece.to)
    values.set(piece.values.subarray(piece.from, piece.to), at)
    at += piece.to - piece.from
  }
  return { steps: narrow(steps.column), timestamps: narrow(timestamps.column), values }
}

/** The parts of a piece whose steps are in range; one part where its points ascend. */
export function clip(piece: Piece, range: StepRange): Piece[] {
  if (range.fromStep === undefined && range.toStep === undefined) return [piece]
  const low = bound(range.fromStep, piece.steps) ?? -Infinity
  const high = bound(range.toStep, piece.steps) ?? Infinity
  if (!isOrdered(piece)) return clipUnordered(piece, low, high)
  const from = partition(piece, (step) => step >= low)
  const to = partition(piece, (step) => step > high)
  return from < to ? [{ ...piece, from, to, breaks: NO_BREAKS }] : []
}

function clipUnordered(piece: Piece, low: Int64, high: Int64): Piece[] {
  const { steps } = piece
  const parts: Piece[] = []
  let start = -1
  for (let i = piece.from; i < piece.to; i++) {
    const inside = steps[i]! >= low && steps[i]! <= high
    if (inside && start < 0) start = i
    if (!inside && start >= 0) {
      parts.push({ ...piece, from: start, to: i })
      start = -1
    }
  }
  if (start >= 0) parts.push({ ...piece, from: start, to: piece.to })
  return parts
}

/** A bound of the column's own kind: past 2^53 the rounded one still parts safe integers rightly. */
function bound(step: Int64 | undefined, steps: Int64Column): Int64 | undefined {
  return steps instanceof BigInt64Array || step === undefined ? step : Number(step)
}

/** The first position whose step is past the point where `isPast` turns true. */
function partition({ steps, from, to }: Piece, isPast: (step: Int64) => boolean): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isPast(steps[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}

/** The same points by (step, timestamp), stable: a natural merge sort. */
function sortPoints(columns: PointColumns): PointColumns {
  let starts = runStarts(columns)
  const count = columns.values.length
  let order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  let other = new Uint32Array(count)
  while (starts.length > 2) {
    const next: number[] = []
    for (let r = 0; r + 1 < starts.length; r += 2) {
      const end = starts[r + 2] ?? starts[r + 1]!
      mergeRuns(columns, order, other, starts[r]!, starts[r + 1]!, end)
      next.push(starts[r]!)
    }
    next.push(count)
    ;[order, other, starts] = [other, order, next]
  }
  return {
    steps: permute(columns.steps, order),
    timestamps: permute(columns.timestamps, order),
    values: permute(columns.values, order),
  }
}

function runStarts(columns: PointColumns): number[] {
  const starts = [0]
  const count = columns.values.length
  for (let i = 1; i < count; i++) if (isAfter(columns, i - 1, columns, i)) starts.push(i)
  starts.push(count)
  return starts
}

function mergeRuns(
  columns: PointColumns,
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let a = start
  let b = middle
  for (let at = start; at < end; at++) {
    const takeB = a === middle || (b < end && isAfter(columns, from[a]!, columns, from[b]!))
    to[at] = takeB ? from[b++]! : from[a++]!
  }
}

function permute<T extends Int64Column>(column: T, order: Uint32Array): T {
  const out = (
    column instanceof BigInt64Array
      ? new BigInt64Array(order.length)
      : new Float64Array(order.length)
  ) as T
  for (let i = 0; i < order.length; i++) out[i] = column[order[i]!]!
  return out
}

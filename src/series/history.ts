import type { Int64, Int64Column } from '../entities/int64.js'
import type { MetricColumns } from '../entities/metric.js'
import { Int64Buffer, narrow } from './int64-column.js'
import type { Piece } from './piece.js'
import type { StepRange } from './segment-reader.js'

/** The points of `pieces` within `range`, by (step, timestamp), equal ones in the order given. */
export function assemble(pieces: readonly Piece[], range: StepRange): MetricColumns {
  const joined = joinPieces(pieces.flatMap((piece) => clip(piece, range)))
  const order = sortedOrder(joined.steps, joined.timestamps)
  const total = joined.values.length
  if (order === null) return { ...joined, total }
  return {
    steps: permute(joined.steps, order),
    timestamps: permute(joined.timestamps, order),
    values: permute(joined.values, order),
    total,
  }
}

/** Pieces one after another, as fresh columns. */
export function joinPieces(
  pieces: readonly Piece[],
): Pick<MetricColumns, 'steps' | 'timestamps' | 'values'> {
  let count = 0
  for (const piece of pieces) count += piece.to - piece.from
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

/** The parts of a piece whose steps are in range; one part where its steps ascend. */
function clip(piece: Piece, { fromStep, toStep }: StepRange): Piece[] {
  if (fromStep === undefined && toStep === undefined) return [piece]
  const { steps } = piece
  const wide = steps instanceof BigInt64Array
  const low = bound(fromStep, wide) ?? -Infinity
  const high = bound(toStep, wide) ?? Infinity
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
function bound(step: Int64 | undefined, wide: boolean): Int64 | undefined {
  return wide || step === undefined ? step : Number(step)
}

/** Positions by (step, time), stable, or null where they are in order already: a natural merge sort. */
function sortedOrder(steps: Int64Column, times: Int64Column): Uint32Array | null {
  let starts = runStarts(steps, times)
  if (starts.length <= 2) return null
  let order = new Uint32Array(steps.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  let other = new Uint32Array(steps.length)
  while (starts.length > 2) {
    const next: number[] = []
    for (let r = 0; r + 1 < starts.length; r += 2) {
      const end = starts[r + 2] ?? starts[r + 1]!
      mergeRuns(steps, times, order, other, starts[r]!, starts[r + 1]!, end)
      next.push(starts[r]!)
    }
    next.push(order.length)
    ;[order, other, starts] = [other, order, next]
  }
  return order
}

function runStarts(steps: Int64Column, times: Int64Column): number[] {
  const starts = [0]
  for (let i = 1; i < steps.length; i++) if (isAfter(steps, times, i - 1, i)) starts.push(i)
  starts.push(steps.length)
  return starts
}

function mergeRuns(
  steps: Int64Column,
  times: Int64Column,
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let a = start
  let b = middle
  for (let at = start; at < end; at++) {
    const takeB = a === middle || (b < end && isAfter(steps, times, from[a]!, from[b]!))
    to[at] = takeB ? from[b++]! : from[a++]!
  }
}

function isAfter(steps: Int64Column, times: Int64Column, a: number, b: number): boolean {
  if (steps[a]! !== steps[b]!) return steps[a]! > steps[b]!
  return times[a]! > times[b]!
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

import type { Piece, PointColumns } from './piece.js'

/** The breaks of a piece without any. */
export const NO_BREAKS = new Uint32Array(0)

/** Whether point `i` of `a` comes after point `j` of `b` by (step, timestamp). */
export function isAfter(a: PointColumns, i: number, b: PointColumns, j: number): boolean {
  const step = a.steps[i]!
  const other = b.steps[j]!
  // A number and a bigint of the same value are neither less nor greater, but not equal either.
  if (step > other) return true
  return !(step < other) && a.timestamps[i]! > b.timestamps[j]!
}

/** Every position in [from, to) but the first whose point comes before its left neighbour. */
export function findBreaks(columns: PointColumns, from: number, to: number): Uint32Array {
  let breaks: number[] | null = null
  for (let i = nextBreak(columns, from, to); i < to; i = nextBreak(columns, i, to))
    (breaks ??= []).push(i)
  return breaks === null ? NO_BREAKS : Uint32Array.from(breaks)
}

/** Whether the points of a piece ascend by (step, timestamp). */
export function isOrdered(piece: Piece): boolean {
  const { breaks, from, to } = piece
  if (breaks === undefined) return nextBreak(piece, from, to) === to
  let low = 0
  let high = breaks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (breaks[middle]! <= from) low = middle + 1
    else high = middle
  }
  return low === breaks.length || breaks[low]! >= to
}

/** Whether the points of pieces, one after another, ascend by (step, timestamp). */
export function areOrdered(pieces: readonly Piece[]): boolean {
  let last: Piece | undefined
  for (const piece of pieces) {
    if (piece.from === piece.to) continue
    if (!isOrdered(piece)) return false
    if (last !== undefined && isAfter(last, last.to - 1, piece, piece.from)) return false
    last = piece
  }
  return true
}

function nextBreak(columns: PointColumns, from: number, to: number): number {
  const { steps } = columns
  if (steps instanceof Float64Array) {
    for (let i = from + 1; i < to; i++)
      if (!(steps[i]! > steps[i - 1]!) && isAfter(columns, i - 1, columns, i)) return i
    return Math.max(from, to)
  }
  for (let i = from + 1; i < to; i++) if (isAfter(columns, i - 1, columns, i)) return i
  return Math.max(from, to)
}

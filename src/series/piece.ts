import type { Int64Column } from '../entities/int64.js'

/** Metric points as columns of equal length. */
export interface PointColumns {
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

/** Points [from, to) of some columns. */
export interface Piece extends PointColumns {
  readonly from: number
  readonly to: number
  /** Ascending: every position whose point comes before its left neighbour. Where absent, nobody has looked. */
  readonly breaks?: Uint32Array
}

/** Points [from, to) of some columns, or `order[from..to)` of them. */
export interface OrderedPiece extends Piece {
  readonly order?: Uint16Array
}

/** How many points the pieces hold together. */
export function countPoints(pieces: readonly Piece[]): number {
  let count = 0
  for (const { from, to } of pieces) count += to - from
  return count
}

import type { Int64Column } from '../entities/int64.js'

/** Points [from, to) of some columns. */
export interface Piece {
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
  readonly from: number
  readonly to: number
}

/** Points [from, to) of some columns, or `order[from..to)` of them. */
export interface OrderedPiece extends Piece {
  readonly order?: Uint16Array
}

/** A typed array that a column keeps its cells in. */
export type CellArray = Float64Array | Int32Array

const SPARSE_SHARE = 4
const SMALLEST = 16

/**
 * Where the cells of one key lie. A key that many rows have is dense: the cell of row i is slot i. One that few have is
 * sparse: the slots follow a sorted list of rows, so that ten thousand rare keys cost what they hold.
 */
export class FrameColumn {
  /** The rows of the slots, ascending, where the column is sparse; null where it is dense. */
  rows: Uint32Array | null = new Uint32Array(SMALLEST)
  /** 1 for the rows that have a cell, where the column is dense; null where it is sparse. */
  present: Uint8Array | null = null
  /** How many rows have a cell. */
  count = 0
  /** The cells, by slot. */
  readonly parts: CellArray[]

  /** `parts` are empty arrays of the right kinds. */
  constructor(parts: readonly CellArray[]) {
    this.parts = parts.map((part) => grown(part, SMALLEST))
  }

  /** A column of cells that are there already: dense where `rows` is null. */
  static of(
    cells: { rows: Uint32Array | null; present: Uint8Array | null; count: number },
    parts: readonly CellArray[],
  ): FrameColumn {
    const column = new FrameColumn([])
    Object.assign(column, cells)
    column.parts.push(...parts)
    return column
  }

  /** Bytes that it takes. */
  get bytes(): number {
    const index = this.rows?.byteLength ?? this.present?.byteLength ?? 0
    return this.parts.reduce((sum, part) => sum + part.byteLength, index)
  }

  /** The slot of a row's cell; -1 where it has none. */
  slot(row: number): number {
    if (this.present !== null) return this.present[row] === 1 ? row : -1
    const at = this.#search(row)
    return at < this.count && this.rows![at] === row ? at : -1
  }

  /** Makes room for a row's cell in a frame of `rowCount` rows; gives its slot, whose parts are then to be written. */
  place(row: number, rowCount: number): number {
    if (this.present === null && this.count * SPARSE_SHARE > Math.max(rowCount, SMALLEST))
      this.#makeDense(rowCount)
    return this.present === null ? this.#placeSparse(row) : this.#placeDense(row, rowCount)
  }

  /** Takes a row's cell away, if it has one. */
  remove(row: number): void {
    const at = this.slot(row)
    if (at < 0) return
    this.count--
    if (this.present !== null) this.present[row] = 0
    else this.#shift(at + 1, at, this.count - at)
  }

  #placeDense(row: number, rowCount: number): number {
    if (row >= this.present!.length)
      this.#grow(Math.max(rowCount, row + 1, this.present!.length * 2))
    if (this.present![row] === 0) {
      this.present![row] = 1
      this.count++
    }
    return row
  }

  #placeSparse(row: number): number {
    const at = this.#search(row)
    if (at < this.count && this.rows![at] === row) return at
    if (this.count === this.rows!.length) this.#grow(Math.max(SMALLEST, this.count * 2))
    this.#shift(at, at + 1, this.count - at)
    this.rows![at] = row
    this.count++
    return at
  }

  /** Where a row is, or would be, among the sorted ones. Rows mostly come in order, so the end is looked at first. */
  #search(row: number): number {
    const rows = this.rows!
    let high = this.count
    if (high === 0 || rows[high - 1]! < row) return high
    let low = 0
    while (low < high) {
      const middle = (low + high) >> 1
      if (rows[middle]! < row) low = middle + 1
      else high = middle
    }
    return low
  }

  #shift(from: number, to: number, length: number): void {
    for (const part of [this.rows!, ...this.parts]) part.copyWithin(to, from, from + length)
  }

  #grow(capacity: number): void {
    for (const [i, part] of this.parts.entries()) this.parts[i] = grown(part, capacity)
    if (this.rows !== null) this.rows = grown(this.rows, capacity)
    else this.present = grown(this.present!, capacity)
  }

  #makeDense(rowCount: number): void {
    const [rows, sparse] = [this.rows!, [...this.parts]]
    const capacity = Math.max(rowCount, rows[this.count - 1]! + 1)
    const present = new Uint8Array(capacity)
    for (let slot = 0; slot < this.count; slot++) present[rows[slot]!] = 1
    for (const [i, part] of sparse.entries()) {
      const dense = grown(part.subarray(0, 0), capacity)
      for (let slot = 0; slot < this.count; slot++) dense[rows[slot]!] = part[slot]!
      this.parts[i] = dense
    }
    this.rows = null
    this.present = present
  }
}

/** A longer copy of an array. */
export function grown<T extends CellArray | Uint32Array | Uint8Array>(array: T, length: number): T {
  const Kind = array.constructor as new (length: number) => T
  const copy = new Kind(length)
  copy.set(array.subarray(0, length) as never)
  return copy
}

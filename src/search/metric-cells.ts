import type { Int64 } from '../entities/int64.js'
import { FrameColumn } from './frame-column.js'

/** The latest point of a metric in one run. */
export interface LatestCell {
  readonly step: Int64
  /** Epoch milliseconds. */
  readonly timestamp: Int64
  readonly value: number
}

/** Step and time of a point of which one needs more than a double. */
export type WidePlace = Pick<LatestCell, 'step' | 'timestamp'>

const VALUES = 0
const STEPS = 1
const TIMES = 2

/**
 * The latest points of one metric over the rows of a frame. Steps, and times as distances from the run's start, take
 * four bytes where they fit.
 */
export class MetricCells {
  readonly column: FrameColumn
  readonly #wide: Map<number, WidePlace>

  /** `wide` are the steps and times that the columns do not hold exactly, by row. */
  constructor(column = emptyColumn(), wide: Iterable<readonly [number, WidePlace]> = []) {
    this.column = column
    this.#wide = new Map(wide)
  }

  /** The values, by slot of `column`. */
  get values(): Float64Array {
    return this.column.parts[VALUES] as Float64Array
  }

  /** Bytes that they take. */
  get bytes(): number {
    return this.column.bytes + this.#wide.size * 100
  }

  /** Stores a row's point; `start` is when its run started. */
  set(row: number, start: number, cell: LatestCell, rowCount: number): void {
    const slot = this.column.place(row, rowCount)
    this.values[slot] = cell.value
    this.#write(STEPS, slot, Number(cell.step))
    this.#write(TIMES, slot, Number(cell.timestamp) - start)
    const isWide =
      typeof cell.step === 'bigint' ||
      typeof cell.timestamp === 'bigint' ||
      !Number.isSafeInteger(cell.timestamp - start)
    if (isWide) this.#wide.set(row, { step: cell.step, timestamp: cell.timestamp })
    else this.#wide.delete(row)
  }

  /** A row's point; undefined where it has none. `start` as it was given to `set`. */
  get(row: number, start: number): LatestCell | undefined {
    const slot = this.column.slot(row)
    return slot < 0 ? undefined : this.at(row, slot, start)
  }

  /** The point in a slot, which is the row's. */
  at(row: number, slot: number, start: number): LatestCell {
    const wide = this.#wide.size > 0 ? this.#wide.get(row) : undefined
    const { parts } = this.column
    const value = parts[VALUES]![slot]!
    if (wide !== undefined) return { ...wide, value }
    return { step: parts[STEPS]![slot]!, timestamp: parts[TIMES]![slot]! + start, value }
  }

  /** Forgets a row's point. */
  remove(row: number): void {
    this.column.remove(row)
    this.#wide.delete(row)
  }

  /** The steps and times that the columns do not hold exactly, by row. */
  get wide(): ReadonlyMap<number, WidePlace> {
    return this.#wide
  }

  #write(part: number, slot: number, value: number): void {
    let cells = this.column.parts[part]!
    if (cells instanceof Int32Array && (value | 0) !== value) {
      cells = Float64Array.from(cells)
      this.column.parts[part] = cells
    }
    cells[slot] = value
  }
}

function emptyColumn(): FrameColumn {
  return new FrameColumn([new Float64Array(0), new Int32Array(0), new Int32Array(0)])
}

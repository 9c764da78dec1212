import type { Int64Column } from '../entities/int64.js'
import { copyRange, Int64Buffer } from './int64-column.js'
import type { OrderedPiece, Piece } from './piece.js'
import { findSorted, stableOrder } from './stable-order.js'

/** Points in order of arrival; some columns may be longer than the count of points. */
export interface Points {
  readonly series: Uint32Array
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

/** The most points that a block of the tail holds. */
export const BLOCK_POINTS = 65_536

/** Up to 65,536 points in order of arrival, with an index by series that is built when first asked for. */
export class TailBlock {
  #length: number
  #series: Uint32Array
  #steps: Int64Buffer
  #times: Int64Buffer
  #values: Float64Array
  #index: SeriesIndex = EMPTY_INDEX

  private constructor(points: Points, length: number) {
    this.#length = length
    this.#series = points.series
    this.#steps = new Int64Buffer(points.steps)
    this.#times = new Int64Buffer(points.timestamps)
    this.#values = points.values
  }

  /** An empty block. */
  static empty(): TailBlock {
    return new TailBlock(emptyPoints(), 0)
  }

  /** A block over columns that are given away, of equal length and at most 65,536 points. */
  static over(points: Points): TailBlock {
    return new TailBlock(points, points.series.length)
  }

  /** Points held. */
  get length(): number {
    return this.#length
  }

  /** Points that still fit. */
  get room(): number {
    return BLOCK_POINTS - this.#length
  }

  /** Copies points [from, to) to the end; they must fit. */
  append(points: Points, from: number, to: number): void {
    const at = this.#length
    this.#reserve(at + to - from)
    copyRange(this.#series, at, points.series, from, to)
    copyRange(this.#values, at, points.values, from, to)
    this.#steps.write(at, points.steps, from, to)
    this.#times.write(at, points.timestamps, from, to)
    this.#length += to - from
  }

  /** The points of one series in order of arrival, null where there are none. */
  find(series: number): Piece | null {
    if (this.#length - this.#index.length > SCAN_POINTS) this.#reindex()
    const index = this.#index
    const at = findSorted(index.ids, series)
    const indexed =
      at < 0 ? NO_POSITIONS : index.order.subarray(index.starts[at], index.starts[at + 1])
    const recent = this.#scan(series, index.length)
    if (recent.length === 0) return indexed.length === 0 ? null : this.#gather(indexed)
    return this.#gather(Uint16Array.from([...indexed, ...recent]))
  }

  /** The series held, ascending, and where each one's points begin in `piece`'s order. */
  sortedSeries(): { readonly ids: Uint32Array; readonly starts: Uint32Array } {
    if (this.#index.length < this.#length) this.#reindex()
    return this.#index
  }

  /** Points [from, to) in the order that `sortedSeries` speaks of. */
  piece(from: number, to: number): OrderedPiece {
    return {
      steps: this.#steps.column,
      timestamps: this.#times.column,
      values: this.#values,
      order: this.#index.order,
      from,
      to,
    }
  }

  #scan(series: number, from: number): number[] {
    const found: number[] = []
    for (let i = from; i < this.#length; i++) if (this.#series[i] === series) found.push(i)
    return found
  }

  #gather(order: Uint16Array): Piece {
    const count = order.length
    const steps = new Int64Buffer(count)
    const times = new Int64Buffer(count)
    const values = new Float64Array(count)
    steps.write(0, this.#steps.column, 0, count, order)
    times.write(0, this.#times.column, 0, count, order)
    for (let i = 0; i < count; i++) values[i] = this.#values[order[i]!]!
    return { steps: steps.column, timestamps: times.column, values, from: 0, to: count }
  }

  #reindex(): void {
    this.#index = indexSeries(this.#series, this.#length)
  }

  #reserve(length: number): void {
    if (length <= this.#series.length) return
    const capacity = Math.min(BLOCK_POINTS, Math.max(length, this.#series.length * 2, 256))
    const series = new Uint32Array(capacity)
    const values = new Float64Array(capacity)
    series.set(this.#series.subarray(0, this.#length))
    values.set(this.#values.subarray(0, this.#length))
    this.#steps = this.#steps.grown(capacity, this.#length)
    this.#times = this.#times.grown(capacity, this.#length)
    this.#series = series
    this.#values = values
  }
}

const SCAN_POINTS = 2048
const NO_POSITIONS = new Uint16Array(0)

interface SeriesIndex {
  /** How many points, from the first on, the index covers. */
  readonly length: number
  readonly ids: Uint32Array
  readonly starts: Uint32Array
  readonly order: Uint16Array
}

const EMPTY_INDEX: SeriesIndex = {
  length: 0,
  ids: new Uint32Array(0),
  starts: new Uint32Array(1),
  order: NO_POSITIONS,
}

function indexSeries(series: Uint32Array, length: number): SeriesIndex {
  const order = Uint16Array.from(stableOrder(series, length))
  const ids = new Uint32Array(length)
  const starts = new Uint32Array(length + 1)
  let count = 0
  for (let i = 0; i < length; i++) {
    const id = series[order[i]!]!
    if (count > 0 && ids[count - 1] === id) continue
    ids[count] = id
    starts[count++] = i
  }
  starts[count] = length
  return { length, ids: ids.slice(0, count), starts: starts.slice(0, count + 1), order }
}

function emptyPoints(): Points {
  return {
    series: new Uint32Array(0),
    steps: new Float64Array(0),
    timestamps: new Float64Array(0),
    values: new Float64Array(0),
  }
}

import type { Int64, Int64Column } from '../entities/int64.js'

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** A bigint as Int64: a number while that is exact. */
export function toInt64(value: number | bigint): Int64 {
  if (typeof value === 'number') return value
  return isSafe(value) ? Number(value) : value
}

/** Whether every value in [from, to) is a safe integer. */
function allSafe(column: BigInt64Array, from = 0, to = column.length): boolean {
  for (let i = from; i < to; i++) if (!isSafe(column[i]!)) return false
  return true
}

/** Values as a column: Float64Array where that is exact. */
export function toInt64Column(values: readonly Int64[]): Int64Column {
  const column = new Float64Array(values.length)
  for (let i = 0; i < column.length; i++) {
    const value = Number(values[i])
    if (!Number.isSafeInteger(value)) return BigInt64Array.from(values, BigInt)
    column[i] = value
  }
  return column
}

/** The same values as Float64Array where that is exact. */
export function narrow(column: Int64Column): Int64Column {
  if (column instanceof Float64Array || !allSafe(column)) return column
  return Float64Array.from(column, Number)
}

/** The same values as BigInt64Array. */
export function widen(column: Int64Column): BigInt64Array {
  return column instanceof BigInt64Array ? column : BigInt64Array.from(column, BigInt)
}

/** Copies `source[from..to)` to `at`; for a few values a loop is quicker than making views. */
export function copyRange<T extends Float64Array | Uint32Array>(
  out: T,
  at: number,
  source: T,
  from: number,
  to: number,
): void {
  if (to - from > 32) out.set(source.subarray(from, to), at)
  else for (let j = from; j < to; j++) out[at++] = source[j]!
}

/** A column to write into: Float64Array until a value past 2^53 comes, BigInt64Array from then on. */
export class Int64Buffer {
  readonly #narrow: Float64Array | null
  #column: Int64Column

  /** Over `capacity` fresh values, or over a column that is given away. */
  constructor(over: number | Int64Column) {
    this.#column = typeof over === 'number' ? new Float64Array(over) : over
    this.#narrow = this.#column instanceof Float64Array ? this.#column : null
  }

  /** The column, whole; what was never written is 0. */
  get column(): Int64Column {
    return this.#column
  }

  /** A buffer of `capacity` with this one's first `used` values. */
  grown(capacity: number, used: number): Int64Buffer {
    const buffer = new Int64Buffer(
      this.#column instanceof Float64Array ? capacity : new BigInt64Array(capacity),
    )
    buffer.write(0, this.#column, 0, used)
    return buffer
  }

  /** Starts over, as Float64Array where it began so. */
  reset(): void {
    if (this.#narrow !== null) this.#column = this.#narrow
  }

  /** Copies `source[from..to)`, or `source[order[from..to)]`, to `at`. */
  write(at: number, source: Int64Column, from: number, to: number, order?: Uint16Array): void {
    if (source instanceof Float64Array && this.#column instanceof Float64Array) {
      if (order === undefined) copyRange(this.#column, at, source, from, to)
      else gather(this.#column, at, source, from, to, order)
    } else this.#writeWide(at, source, from, to, order)
  }

  #writeWide(at: number, source: Int64Column, from: number, to: number, order?: Uint16Array): void {
    for (let j = from; j < to; j++) {
      const value = source[order === undefined ? j : order[j]!]!
      if (this.#column instanceof BigInt64Array) this.#column[at++] = BigInt(value)
      else if (typeof value === 'number' || isSafe(value)) this.#column[at++] = Number(value)
      else {
        const wide = widen(this.#column)
        wide[at++] = value
        this.#column = wide
      }
    }
  }
}

function gather(
  out: Float64Array,
  at: number,
  source: Float64Array,
  from: number,
  to: number,
  order: Uint16Array,
): void {
  for (let j = from; j < to; j++) out[at++] = source[order[j]!]! + 0
}

function isSafe(value: bigint): boolean {
  return value <= MAX_SAFE && value >= -MAX_SAFE
}

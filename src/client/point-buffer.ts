import type { Int64, Int64Column } from '../entities/int64.js'

const FIRST_CAPACITY = 256

/** The columns of a batch, as `PointColumns` has them, without the texts that its indexes point at. */
export interface PointRows {
  readonly run: Uint32Array
  readonly key: Uint32Array
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

/** Metric points waiting to be sent: columns that grow, so that a point costs a few stores and no object. */
export class PointBuffer {
  #length = 0
  #capacity = FIRST_CAPACITY
  #run = new Uint32Array(FIRST_CAPACITY)
  #key = new Uint32Array(FIRST_CAPACITY)
  #values = new Float64Array(FIRST_CAPACITY)
  readonly #steps = new Int64Buffer()
  readonly #timestamps = new Int64Buffer()

  /** How many points wait. */
  get length(): number {
    return this.#length
  }

  /** Adds a point. */
  push(run: number, key: number, step: Int64, timestamp: Int64, value: number): void {
    const at = this.#length
    if (at === this.#capacity) this.#grow()
    this.#run[at] = run
    this.#key[at] = key
    this.#values[at] = value
    this.#steps.set(at, step)
    this.#timestamps.set(at, timestamp)
    this.#length = at + 1
  }

  /** Gives copies of what waits, cut to length, and empties the buffer. */
  take(): PointRows {
    const length = this.#length
    this.#length = 0
    return {
      run: this.#run.slice(0, length),
      key: this.#key.slice(0, length),
      steps: this.#steps.take(length),
      timestamps: this.#timestamps.take(length),
      values: this.#values.slice(0, length),
    }
  }

  #grow(): void {
    this.#capacity *= 2
    this.#run = grown(this.#run, new Uint32Array(this.#capacity))
    this.#key = grown(this.#key, new Uint32Array(this.#capacity))
    this.#values = grown(this.#values, new Float64Array(this.#capacity))
    this.#steps.grow(this.#capacity)
    this.#timestamps.grow(this.#capacity)
  }
}

/** One column of 64-bit integers: doubles until a bigint comes, which is past 2^53. */
class Int64Buffer {
  #narrow = new Float64Array(FIRST_CAPACITY)
  #wide: BigInt64Array | null = null

  set(at: number, value: Int64): void {
    if (this.#wide === null && typeof value === 'number') this.#narrow[at] = value
    else this.#setWide(at, value)
  }

  take(length: number): Int64Column {
    const column = this.#wide?.slice(0, length) ?? this.#narrow.slice(0, length)
    this.#wide = null
    return column
  }

  grow(capacity: number): void {
    this.#narrow = grown(this.#narrow, new Float64Array(capacity))
    if (this.#wide !== null) this.#wide = grown(this.#wide, new BigInt64Array(capacity))
  }

  #setWide(at: number, value: Int64): void {
    if (this.#wide === null) {
      this.#wide = new BigInt64Array(this.#narrow.length)
      for (let i = 0; i < at; i++) this.#wide[i] = BigInt(this.#narrow[i] ?? 0)
    }
    this.#wide[at] = BigInt(value)
  }
}

function grown<T extends { set(source: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}

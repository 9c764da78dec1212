import type { Int64 } from '../../entities/int64.js'
import type { SourceSeries } from '../../import/source.js'
import { Int64Buffer } from '../../series/int64-column.js'

/** Points held at a time. */
const SLICE = 32_768
/** Few, as most metrics have one point, and a file may have thousands of datasets. */
const FIRST_CAPACITY = 16
const INTEGER = /^[-+]?\d{1,19}$/
const FLOAT = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/
const MAX_INT64 = 2n ** 63n - 1n

/** Points of one context, as columns. */
export type PointColumns = Pick<SourceSeries, 'steps' | 'timestamps' | 'values'>

/** Points on their way into columns. */
export class Points {
  readonly #done: PointColumns[] = []
  #capacity = FIRST_CAPACITY
  #count = 0
  #steps = new Int64Buffer(FIRST_CAPACITY)
  #times = new Int64Buffer(FIRST_CAPACITY)
  #values = new Float64Array(FIRST_CAPACITY)

  /** Whether it is time to take them. */
  get full(): boolean {
    return this.#count >= SLICE
  }

  get empty(): boolean {
    return this.#count === 0
  }

  /** Adds the first `count` of some points whose numbers are safe. */
  append(
    from: {
      readonly times: Float64Array
      readonly values: Float64Array
      readonly steps: Float64Array
    },
    count: number,
  ): void {
    this.#reserve(count)
    this.#steps.write(this.#count, from.steps, 0, count)
    this.#times.write(this.#count, from.times, 0, count)
    this.#values.set(from.values.subarray(0, count), this.#count)
    this.#count += count
  }

  /** Adds a line's point; false for words that are none. */
  add(words: readonly string[]): boolean {
    const [time = '', value = '', step = '0'] = words
    const [timestamp, number, stepNumber] = [toInt64(time), toFloat(value), toInt64(step)]
    if (timestamp === null || timestamp < 0 || number === null || stepNumber === null) return false
    if (this.full) this.#done.push(this.take())
    this.#reserve(1)
    this.#steps.write(this.#count, columnOf(stepNumber), 0, 1)
    this.#times.write(this.#count, columnOf(timestamp), 0, 1)
    this.#values[this.#count++] = number
    return true
  }

  /** Gives the points, and starts over. */
  take(): PointColumns {
    const count = this.#count
    const columns = {
      steps: this.#steps.column.slice(0, count),
      timestamps: this.#times.column.slice(0, count),
      values: this.#values.slice(0, count),
    }
    this.#steps.reset()
    this.#times.reset()
    this.#count = 0
    return columns
  }

  /** Gives all that was added. */
  takeAll(): PointColumns[] {
    const done = this.#done.splice(0)
    return this.empty ? done : [...done, this.take()]
  }

  #reserve(more: number): void {
    const needed = this.#count + more
    if (needed <= this.#capacity) return
    while (this.#capacity < needed) this.#capacity *= 2
    const values = new Float64Array(this.#capacity)
    values.set(this.#values.subarray(0, this.#count))
    this.#values = values
    this.#steps = this.#steps.grown(this.#capacity, this.#count)
    this.#times = this.#times.grown(this.#capacity, this.#count)
  }
}

function columnOf(value: Int64): Float64Array | BigInt64Array {
  return typeof value === 'bigint' ? BigInt64Array.of(value) : Float64Array.of(value)
}

/** Python's `int` of a text, within 64 bits; a float's text is cut, as some clients have written times. */
function toInt64(text: string): Int64 | null {
  if (!INTEGER.test(text)) {
    const cut = FLOAT.test(text) ? Math.trunc(Number(text)) : NaN
    return Number.isSafeInteger(cut) ? cut : null
  }
  const number = Number(text)
  if (Number.isSafeInteger(number)) return number
  const exact = BigInt(text)
  return exact > MAX_INT64 || exact < -MAX_INT64 - 1n ? null : exact
}

/** Python's `float` of a text. */
function toFloat(text: string): number | null {
  if (FLOAT.test(text)) return Number(text)
  const name = /^([-+]?)(nan|inf|infinity)$/i.exec(text)
  if (name === null) return null
  if (name[2]!.toLowerCase() === 'nan') return NaN
  return name[1] === '-' ? -Infinity : Infinity
}

import { decimalToDouble } from './decimal.js'

/** Lines read at a time. */
const MOST = 1024
/** Digits of a whole number that is safe whatever they are. */
const SAFE_DIGITS = 15
const HIGH_DIGITS = 9
const DIGITS = 17
/** What Python writes of a float is shorter. */
const LONGEST_VALUE = 32
const [LINE_FEED, BLANK, PLUS, MINUS, DOT, ZERO, UPPER_E, LOWER_E] = [
  10, 32, 43, 45, 46, 48, 69, 101,
] as const

/**
 * Reads lines as nearly all of a run's metric file are: a time, a finite value and a step, with one blank between. It
 * goes over the bytes and makes no texts.
 */
export class PlainLines {
  readonly times = new Float64Array(MOST)
  readonly values = new Float64Array(MOST)
  readonly steps = new Float64Array(MOST)
  #bytes = new Uint8Array(0)
  #at = 0

  /**
   * Reads from `at`, where a line begins, into the columns, until they are full, or there is a line of another form, or one
   * that is not whole. `next` is where that line begins; `isFull`, that more of these may follow.
   */
  read(bytes: Uint8Array, at: number): { count: number; next: number; isFull: boolean } {
    this.#bytes = bytes as Uint8Array<ArrayBuffer>
    let [count, next] = [0, at]
    while (count < MOST) {
      this.#at = next
      if (!this.#line(count)) break
      count++
      next = this.#at
    }
    return { count, next, isFull: count === MOST }
  }

  /** Each number is NaN where there is none. */
  #line(index: number): boolean {
    const time = this.#integer(BLANK)
    if (!(time >= 0)) return false
    const value = this.#value()
    if (value !== value) return false
    const step = this.#integer(LINE_FEED)
    if (step !== step) return false
    this.times[index] = time
    this.values[index] = value
    this.steps[index] = step
    return true
  }

  #integer(end: number): number {
    const bytes = this.#bytes
    const isNegative = bytes[this.#at] === MINUS
    const start = isNegative ? this.#at + 1 : this.#at
    let [at, number] = [start, 0]
    for (let digit; (digit = bytes[at]! - ZERO) >= 0 && digit <= 9; at++)
      number = number * 10 + digit
    const digits = at - start
    if (digits === 0 || digits > SAFE_DIGITS || bytes[at] !== end) return NaN
    this.#at = at + 1
    return isNegative ? -number : number
  }

  /** Python's `repr` of a finite float, and what else of that form `float` reads. */
  #value(): number {
    const bytes = this.#bytes
    const start = this.#at
    const isNegative = bytes[start] === MINUS
    let at = isNegative ? start + 1 : start
    let [high, low, digits, places, any] = [0, 0, 0, 0, 0]
    for (let isFraction = false; ; at++) {
      const digit = bytes[at]! - ZERO
      if (digit >= 0 && digit <= 9) {
        any = 1
        if (isFraction) places++
        if (digits === 0 && digit === 0) continue
        if (digits++ < HIGH_DIGITS) high = high * 10 + digit
        else low = low * 10 + digit
      } else if (bytes[at] === DOT && !isFraction) isFraction = true
      else break
    }
    if (any === 0) return NaN
    if (bytes[at] === LOWER_E || bytes[at] === UPPER_E) {
      this.#at = at + 1
      const exponent = this.#exponent()
      if (exponent !== exponent) return NaN
      places -= exponent
      at = this.#at
    }
    if (bytes[at] !== BLANK || at - start > LONGEST_VALUE) return NaN
    this.#at = at + 1
    const size =
      digits > DIGITS ? NaN : decimalToDouble(high, low, Math.max(0, digits - HIGH_DIGITS), places)
    if (size === size) return isNegative ? -size : size
    return Number(String.fromCharCode(...bytes.subarray(start, at)))
  }

  #exponent(): number {
    const bytes = this.#bytes
    const sign = bytes[this.#at]
    const start = sign === PLUS || sign === MINUS ? this.#at + 1 : this.#at
    let [at, number] = [start, 0]
    for (let digit; (digit = bytes[at]! - ZERO) >= 0 && digit <= 9; at++)
      number = number * 10 + digit
    if (at === start || at - start > SAFE_DIGITS) return NaN
    this.#at = at
    return sign === MINUS ? -number : number
  }
}

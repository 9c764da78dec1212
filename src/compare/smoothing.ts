import type { Smoothing } from './series-comparison.js'

/** The values smoothed, as a fresh column. */
export function smooth(values: Float64Array, smoothing: Smoothing): Float64Array {
  return smoothing.kind === 'ema'
    ? exponentialMean(values, smoothing.weight)
    : windowMean(values, smoothing.size)
}

/**
 * The exponential moving average of MLflow's charts: the mean so far, `weight` of it kept at every point, over
 * 1 - weight^n for the n-th point, since it began at 0 (TensorBoard does the same). Values that are all equal
 * stay as they are. NaN stays NaN, takes no part in the mean, but counts in n; so do infinities, which would
 * make every later value infinite in MLflow. MLflow's slider at s is the weight s / 101, where it is past 1.
 */
export function exponentialMean(values: Float64Array, weight: number): Float64Array {
  const out = values.slice()
  if (weight === 0 || isConstant(values)) return out
  let mean = 0
  let left = 1
  for (let i = 0; i < out.length; i++) {
    // Once it is this small, 1 - left is 1 for good.
    if (left > 2 ** -54) left = Math.pow(weight, i + 1)
    const value = out[i]!
    if (!Number.isFinite(value)) continue
    mean = mean * weight + (1 - weight) * value
    out[i] = mean / (1 - left)
  }
  return out
}

/**
 * The mean of `size` points around each one: itself, floor(size / 2) before it and the rest after it, as far as
 * there are any. NaN and infinities stay as they are and take no part.
 */
export function windowMean(values: Float64Array, size: number): Float64Array {
  const out = values.slice()
  const count = values.length
  if (size === 1 || count === 0) return out
  // Past both ends there is nothing to take in.
  const before = Math.min(Math.floor(size / 2), count)
  const after = Math.min(size - 1 - Math.floor(size / 2), count)
  const sums = new WindowSums(before + 1 + after, before, values)
  for (let i = 0; i < count; i++) if (Number.isFinite(values[i]!)) out[i] = sums.mean(i)
  return out
}

/**
 * Sums of all windows of one size in one pass. The values are cut into blocks of that size; a window is the end
 * of one block and the beginning of the next, so that nothing is ever subtracted and no digits are lost.
 */
class WindowSums {
  readonly #size: number
  readonly #ends: Float64Array
  readonly #begins: Float64Array
  readonly #endCounts: Uint32Array
  readonly #beginCounts: Uint32Array

  constructor(size: number, before: number, values: Float64Array) {
    const length = values.length + size - 1
    this.#size = size
    this.#ends = new Float64Array(length)
    this.#begins = new Float64Array(length)
    this.#endCounts = new Uint32Array(length)
    this.#beginCounts = new Uint32Array(length)
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i]!)) continue
      this.#begins[i + before] = this.#ends[i + before] = values[i]!
      this.#beginCounts[i + before] = this.#endCounts[i + before] = 1
    }
    this.#sumUp(length)
  }

  /** The mean of the window that begins at `from`, where there is anything in it. */
  mean(from: number): number {
    const to = from + this.#size - 1
    if (from % this.#size === 0) return this.#begins[to]! / this.#beginCounts[to]!
    const count = this.#endCounts[from]! + this.#beginCounts[to]!
    return (this.#ends[from]! + this.#begins[to]!) / count
  }

  #sumUp(length: number): void {
    for (let i = 1; i < length; i++) {
      if (i % this.#size === 0) continue
      this.#begins[i]! += this.#begins[i - 1]!
      this.#beginCounts[i]! += this.#beginCounts[i - 1]!
    }
    for (let i = length - 2; i >= 0; i--) {
      if ((i + 1) % this.#size === 0) continue
      this.#ends[i]! += this.#ends[i + 1]!
      this.#endCounts[i]! += this.#endCounts[i + 1]!
    }
  }
}

function isConstant(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== values[0]) return false
  return true
}

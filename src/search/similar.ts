import { NearestHeap, type Neighbour } from './nearest-heap.js'

// The exponent of the largest scale: dividing by more would make the smallest doubles infinite.
const LARGEST_EXPONENT = 1000
const PYTHON_SPACE =
  '[\\t-\\r\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*'
const DECIMAL = new RegExp(
  `^${PYTHON_SPACE}([+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?)${PYTHON_SPACE}$`,
)

/** One dimension of the rows; params are parsed to numbers (see `numericParam`). */
export interface NumericColumn {
  readonly values: Float64Array
  /** 1 where there is no value; NaN and infinities count as missing too. */
  readonly missing: Uint8Array | null
}

/** What turns a column's values into comparable ones: their difference times `scale` times `weight`. */
interface Spread {
  /** A power of two that keeps sums of squares finite. */
  readonly scale: number
  /** 1 / standard deviation of the scaled values. */
  readonly weight: number
}

/**
 * The `k` rows nearest to `row`, nearest first and then by row; never `row` itself, and only those with 1 in `keep`.
 * Each column is standardised over all rows (mean 0, standard deviation 1 of the population); a column with the same
 * value everywhere says nothing and counts as no dimension. The distance is Euclidean over the dimensions that both
 * rows have, times sqrt(all dimensions / shared ones), as scikit-learn's `nan_euclidean_distances` has it. Rows that
 * share no dimension are left out.
 */
export function nearest(
  columns: readonly NumericColumn[],
  length: number,
  row: number,
  k: number,
  keep?: Uint8Array,
): Neighbour[] {
  const sums = new Float64Array(length)
  const shared = new Uint32Array(length)
  let dimensions = 0
  for (const column of columns) {
    const spread = spreadOf(column, length)
    if (spread === null) continue
    dimensions++
    if (isPresent(column, row)) addSquares(column, length, row, spread, sums, shared)
  }
  const heap = new NearestHeap(k)
  for (let other = 0; other < length; other++) {
    const count = shared[other]!
    if (count === 0 || other === row || keep?.[other] === 0) continue
    heap.offer(other, Math.sqrt((sums[other]! / count) * dimensions))
  }
  return heap.sorted()
}

/** What Python's `float()` makes of each text that is a plain decimal number; NaN for all others. */
export function numericParam(dictionary: readonly string[]): Float64Array {
  return Float64Array.from(dictionary, (text) => Number(DECIMAL.exec(text)?.[1] ?? NaN))
}

function isPresent({ values, missing }: NumericColumn, row: number): boolean {
  return missing?.[row] !== 1 && Number.isFinite(values[row])
}

/** Null for a column in which no two rows differ. */
function spreadOf(column: NumericColumn, length: number): Spread | null {
  const { values, missing } = column
  let low = Infinity
  let high = -Infinity
  let count = 0
  let sum = 0
  for (let row = 0; row < length; row++) {
    const value = values[row]!
    // Only of finite values is the difference 0.
    if (value - value !== 0 || (missing !== null && missing[row] === 1)) continue
    if (value < low) low = value
    if (value > high) high = value
    sum += value
    count++
  }
  if (!(low < high)) return null
  const scale = powerOfTwo(Math.max(Math.abs(low), Math.abs(high)))
  const mean = Number.isFinite(sum)
    ? (sum / count) * scale
    : scaledMean(column, length, scale, count)
  const variance = sumOfSquares(column, length, scale, mean) / count
  return { scale, weight: 1 / Math.sqrt(variance) }
}

/** About 1 / magnitude, exactly a power of two. */
function powerOfTwo(magnitude: number): number {
  const exponent = Math.floor(Math.log2(magnitude))
  return 2 ** -Math.max(-LARGEST_EXPONENT, Math.min(LARGEST_EXPONENT, exponent))
}

/** For values so large that their sum is not finite. */
function scaledMean(
  { values, missing }: NumericColumn,
  length: number,
  scale: number,
  count: number,
): number {
  let sum = 0
  for (let row = 0; row < length; row++) {
    const value = values[row]! * scale
    if (value - value === 0 && missing?.[row] !== 1) sum += value
  }
  return sum / count
}

function sumOfSquares(
  { values, missing }: NumericColumn,
  length: number,
  scale: number,
  mean: number,
): number {
  let sum = 0
  for (let row = 0; row < length; row++) {
    const deviation = values[row]! * scale - mean
    if (deviation - deviation !== 0 || (missing !== null && missing[row] === 1)) continue
    sum += deviation * deviation
  }
  return sum
}

function addSquares(
  { values, missing }: NumericColumn,
  length: number,
  row: number,
  { scale, weight }: Spread,
  sums: Float64Array,
  shared: Uint32Array,
): void {
  const from = values[row]! * scale
  for (let other = 0; other < length; other++) {
    const difference = (values[other]! * scale - from) * weight
    if (difference - difference !== 0 || (missing !== null && missing[other] === 1)) continue
    sums[other]! += difference * difference
    shared[other]!++
  }
}

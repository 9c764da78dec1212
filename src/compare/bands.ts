import type { Curve } from './curve.js'
import { takeMedian } from './median.js'
import type { SeriesBand } from './series-comparison.js'

/** Where the x axis begins and ends, and how many places it has; pixels are infinite where all are wanted. */
export interface BandScale {
  readonly low: number
  readonly high: number
  readonly pixels: number
}

/** The figures of a band, without what it is of. */
export type BandFigures = Omit<SeriesBand, 'group' | 'value' | 'runIds'>

/**
 * The band over some curves at each x that any of them has, or at each pixel where there are more x values than
 * pixels, standing at the first x in it. A curve counts where it has a point that is not NaN: once, with the
 * mean of its points there. Minimum and maximum are of all points.
 */
export function bandOf(curves: readonly Curve[], scale: BandScale): BandFigures {
  const union = unionOf(curves.map(({ x }) => x))
  const { x, placeOf } = placesOf(union, scale)
  const places = curves.map((curve) => curvePlaces(curve.x, union, placeOf))
  const cells = gatherCells(curves, places, x.length)
  const figures = {
    x,
    ...extremesOf(curves, places, x.length),
    mean: new Float64Array(x.length).fill(NaN),
    median: new Float64Array(x.length).fill(NaN),
    std: new Float64Array(x.length).fill(NaN),
    count: new Uint32Array(x.length),
  }
  for (let at = 0; at < x.length; at++) {
    const [from, to] = [cells.starts[at]!, cells.starts[at + 1]!]
    if (from === to) continue
    const mean = meanOf(cells.values, from, to)
    figures.mean[at] = mean
    figures.std[at] = deviation(cells.values, from, to, mean)
    figures.median[at] = takeMedian(cells.values, from, to)
    figures.count[at] = to - from
  }
  return figures
}

/** All values of ascending columns, each once, ascending. */
function unionOf(columns: readonly Float64Array[]): Float64Array {
  if (columns.length === 0) return new Float64Array(0)
  let level = columns
  do {
    const next: Float64Array[] = []
    for (let i = 0; i < level.length; i += 2)
      next.push(mergeDistinct(level[i]!, level[i + 1] ?? NOTHING))
    level = next
  } while (level.length > 1)
  return level[0]!
}

const NOTHING = new Float64Array(0)

function mergeDistinct(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length)
  let [i, j, at] = [0, 0, 0]
  while (i < a.length || j < b.length) {
    const takeA = j === b.length || (i < a.length && a[i]! <= b[j]!)
    const value = takeA ? a[i++]! : b[j++]!
    if (at === 0 || out[at - 1] !== value) out[at++] = value
  }
  return out.subarray(0, at)
}

/** Which x values a band has, and for each of the union's the index of its own; null for the same. */
function placesOf(
  union: Float64Array,
  { low, high, pixels }: BandScale,
): { x: Float64Array; placeOf: Uint32Array | null } {
  if (union.length <= pixels) return { x: union.slice(), placeOf: null }
  const placeOf = new Uint32Array(union.length)
  const x = new Float64Array(pixels)
  // The whole width may be past the greatest double.
  const half = Number.isFinite(high - low) ? 1 : 0.5
  const width = high * half - low * half
  let count = 0
  let last = -1
  for (let i = 0; i < union.length; i++) {
    const share = (union[i]! * half - low * half) / width
    const pixel = Math.min(pixels - 1, Math.floor(share * pixels))
    if (pixel !== last) x[count++] = union[i]!
    last = pixel
    placeOf[i] = count - 1
  }
  return { x: x.slice(0, count), placeOf }
}

/** For each of a curve's x values its place in the band. */
function curvePlaces(
  x: Float64Array,
  union: Float64Array,
  placeOf: Uint32Array | null,
): Uint32Array {
  const places = new Uint32Array(x.length)
  let at = 0
  for (let i = 0; i < x.length; i++) {
    at = leap(union, at, x[i]!)
    places[i] = placeOf === null ? at : placeOf[at]!
  }
  return places
}

/** The index of `value` in ascending `union`, from `at` on: in strides that double, then by halves. */
function leap(union: Float64Array, at: number, value: number): number {
  let stride = 1
  let low = at
  let high = at
  while (high < union.length && union[high]! < value) {
    low = high + 1
    high += stride
    stride *= 2
  }
  high = Math.min(high, union.length - 1)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (union[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

interface Cells {
  /** Where the values of each place begin, and at the end their count. */
  readonly starts: Uint32Array
  readonly values: Float64Array
}

/** Of each place the curves' values there. */
function gatherCells(
  curves: readonly Curve[],
  places: readonly Uint32Array[],
  count: number,
): Cells {
  const starts = new Uint32Array(count + 1)
  eachCell(curves, places, (place) => starts[place + 1]!++)
  for (let i = 0; i < count; i++) starts[i + 1]! += starts[i]!
  const values = new Float64Array(starts[count]!)
  const next = starts.slice(0, count)
  eachCell(curves, places, (place, mean) => (values[next[place]!++] = mean))
  return { starts, values }
}

function eachCell(
  curves: readonly Curve[],
  places: readonly Uint32Array[],
  visit: (place: number, mean: number) => void,
): void {
  for (let c = 0; c < curves.length; c++) {
    const { y } = curves[c]!
    const own = places[c]!
    for (let i = 0; i < y.length;) {
      const place = own[i]!
      let [sum, count] = [0, 0]
      for (; i < y.length && own[i] === place; i++) {
        const value = y[i]!
        if (Number.isNaN(value)) continue
        sum += value
        count++
      }
      // Infinities of both signs have no mean.
      if (count > 0 && !Number.isNaN(sum)) visit(place, sum / count)
    }
  }
}

function extremesOf(
  curves: readonly Curve[],
  places: readonly Uint32Array[],
  count: number,
): Pick<BandFigures, 'min' | 'max'> {
  const min = new Float64Array(count).fill(NaN)
  const max = new Float64Array(count).fill(NaN)
  for (let c = 0; c < curves.length; c++) {
    const { y } = curves[c]!
    const own = places[c]!
    for (let i = 0; i < y.length; i++) {
      const value = y[i]!
      if (Number.isNaN(value)) continue
      if (!(min[own[i]!]! <= value)) min[own[i]!] = value
      if (!(max[own[i]!]! >= value)) max[own[i]!] = value
    }
  }
  return { min, max }
}

function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += values[i]!
  return sum / (to - from)
}

function deviation(values: Float64Array, from: number, to: number, mean: number): number {
  if (to - from === 1) return 0
  let squares = 0
  for (let i = from; i < to; i++) squares += (values[i]! - mean) ** 2
  return Math.sqrt(squares / (to - from - 1))
}

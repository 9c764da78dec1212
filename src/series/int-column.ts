import type { Int64Column } from '../entities/int64.js'
import type { ByteReader, ByteWriter } from './bytes.js'
import { narrow, widen } from './int64-column.js'
import { byteWidth, planesToWords, wordsToPlanes } from './planes.js'

/**
 * Integers as residuals over a base, in byte planes. Order 0: value - base. Order 1: difference to the
 * value before - base. Order 2: difference of differences - base. Sums wrap at 64 bits.
 */
export interface PackedInts {
  readonly order: 0 | 1 | 2
  /** Whether sums leave the range in which doubles are exact. */
  readonly wide: boolean
  readonly base: number | bigint
  readonly first: number | bigint
  readonly firstDelta: number | bigint
  readonly planes: readonly Uint8Array[]
}

/** Packs a column in the order that leaves least behind. */
export function packInts(column: Int64Column): PackedInts {
  const exact = narrow(column)
  if (exact instanceof BigInt64Array) return packWide(exact)
  const ranges = measure(exact)
  if (!(ranges.span[0] <= LIMIT)) return packWide(widen(exact))
  return packNarrow(exact, chooseOrder(exact, ranges), ranges)
}

/** Writes everything but the planes. */
export function writeInts(writer: ByteWriter, ints: PackedInts): void {
  writer.u8(ints.order | (ints.wide ? WIDE : 0))
  writer.u8(ints.planes.length)
  writer.i64(ints.base)
  if (ints.order > 0) writer.i64(ints.first)
  if (ints.order > 1) writer.i64(ints.firstDelta)
}

/** What `writeInts` wrote, waiting for its planes. */
export interface IntsHeader {
  readonly order: number
  readonly wide: boolean
  readonly width: number
  readonly base: bigint
  readonly first: bigint
  readonly firstDelta: bigint
}

/** Reads what `writeInts` wrote. */
export function readInts(reader: ByteReader): IntsHeader {
  const flags = reader.u8()
  const order = flags & ~WIDE
  return {
    order,
    wide: (flags & WIDE) !== 0,
    width: reader.u8(),
    base: reader.i64(),
    first: order > 0 ? reader.i64() : 0n,
    firstDelta: order > 1 ? reader.i64() : 0n,
  }
}

/** The column of `count` integers again: Float64Array where all are safe integers. */
export function unpackInts(
  header: IntsHeader,
  planes: readonly Uint8Array[],
  count: number,
): Int64Column {
  const lo = new Uint32Array(count)
  const hi = header.width > 4 ? new Uint32Array(count) : null
  planesToWords(planes, lo, hi)
  return header.wide ? unpackWide(header, lo, hi, count) : unpackNarrow(header, lo, hi, count)
}

const WIDE = 4
const LIMIT = Number.MAX_SAFE_INTEGER
const WORD = 4294967296
const SAMPLES = 64

interface Ranges {
  /** Smallest value, difference, and difference of differences. */
  readonly low: readonly [number, number, number]
  /** Greatest minus smallest of each; exact while at most 2^53 - 1. */
  readonly span: readonly [number, number, number]
}

function measure(x: Float64Array): Ranges {
  let low0 = Infinity
  let high0 = -Infinity
  let low1 = Infinity
  let high1 = -Infinity
  let low2 = Infinity
  let high2 = -Infinity
  let before = 0
  let step = 0
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!
    if (value < low0) low0 = value
    if (value > high0) high0 = value
    const delta = value - before
    if (i > 0) {
      if (delta < low1) low1 = delta
      if (delta > high1) high1 = delta
    }
    if (i > 1) {
      const change = delta - step
      if (change < low2) low2 = change
      if (change > high2) high2 = change
    }
    before = value
    step = delta
  }
  if (x.length === 0) low0 = high0 = 0
  return { low: [low0, low1, low2], span: [high0 - low0, high1 - low1, high2 - low2] }
}

function chooseOrder(x: Float64Array, { span }: Ranges): 0 | 1 | 2 {
  if (x.length < 3 || span[0] === 0 || !(span[1] <= LIMIT)) return 0
  if (span[1] === 0) return 1
  const [plain, delta, change] = sampledCosts(x)
  const best = Math.min(plain, delta)
  if (span[2] <= LIMIT && change < best * 0.9) return 2
  return delta < plain ? 1 : 0
}

/** Mean bits of values, differences and second differences around their medians, over a sample. */
function sampledCosts(x: Float64Array): [number, number, number] {
  const stride = Math.max(1, Math.floor((x.length - 2) / SAMPLES))
  const size = Math.floor((x.length - 2 - 1) / stride) + 1
  const samples = [new Float64Array(size), new Float64Array(size), new Float64Array(size)] as const
  for (let s = 0; s < size; s++) {
    const i = 2 + s * stride
    const delta = x[i]! - x[i - 1]!
    samples[0][s] = x[i]!
    samples[1][s] = delta
    samples[2][s] = delta - (x[i - 1]! - x[i - 2]!)
  }
  return [spread(samples[0]), spread(samples[1]), spread(samples[2])]
}

function spread(samples: Float64Array): number {
  samples.sort()
  const median = samples[samples.length >> 1]!
  let bits = 0
  for (let i = 0; i < samples.length; i++) bits += Math.log2(1 + Math.abs(samples[i]! - median))
  return bits / samples.length
}

function packNarrow(x: Float64Array, order: 0 | 1 | 2, ranges: Ranges): PackedInts {
  const base = ranges.low[order]
  const width = byteWidth(ranges.span[order])
  const lo = new Uint32Array(x.length)
  const hi = width > 4 ? new Uint32Array(x.length) : null
  for (let i = order; i < x.length; i++) {
    let left = x[i]! - base
    if (order === 1) left = x[i]! - x[i - 1]! - base
    else if (order === 2) left = x[i]! - x[i - 1]! - (x[i - 1]! - x[i - 2]!) - base
    lo[i] = left
    if (hi !== null) hi[i] = left / WORD
  }
  return {
    order,
    wide: false,
    base,
    first: x[0] ?? 0,
    firstDelta: order === 2 ? x[1]! - x[0]! : 0,
    planes: wordsToPlanes(lo, hi, width),
  }
}

function unpackNarrow(
  header: IntsHeader,
  lo: Uint32Array,
  hi: Uint32Array | null,
  count: number,
): Float64Array {
  const out = new Float64Array(count)
  const base = Number(header.base)
  const { order } = header
  if (count > 0) out[0] = Number(header.first)
  let delta = Number(header.firstDelta)
  if (order === 2) out[1] = out[0]! + delta
  for (let i = order; i < count; i++) {
    const left = (hi === null ? lo[i]! : hi[i]! * WORD + lo[i]!) + base
    if (order === 0) out[i] = left
    else if (order === 1) out[i] = out[i - 1]! + left
    else out[i] = out[i - 1]! + (delta += left)
  }
  return out
}

function packWide(x: BigInt64Array): PackedInts {
  const plain = residuals(x, false)
  const delta = residuals(x, true)
  const { left, base, greatest } = delta.greatest < plain.greatest ? delta : plain
  const width = Math.ceil(greatest.toString(16).length / 2)
  const lo = new Uint32Array(x.length)
  const hi = new Uint32Array(x.length)
  for (let i = 0; i < x.length; i++) {
    lo[i] = Number(left[i]! & 0xffffffffn)
    hi[i] = Number(left[i]! >> 32n)
  }
  const order = left === delta.left ? 1 : 0
  const planes = wordsToPlanes(lo, hi, width)
  return { order, wide: true, base, first: x[0] ?? 0n, firstDelta: 0n, planes }
}

function residuals(
  x: BigInt64Array,
  deltas: boolean,
): { left: BigUint64Array; base: bigint; greatest: bigint } {
  const terms = x.slice()
  const from = deltas ? 1 : 0
  for (let i = 1; deltas && i < x.length; i++) terms[i] = x[i]! - x[i - 1]!
  let base = terms[from] ?? 0n
  for (let i = from; i < terms.length; i++) if (terms[i]! < base) base = terms[i]!
  const left = new BigUint64Array(x.length)
  let greatest = 0n
  for (let i = from; i < terms.length; i++) {
    left[i] = terms[i]! - base
    if (left[i]! > greatest) greatest = left[i]!
  }
  return { left, base, greatest }
}

function unpackWide(
  header: IntsHeader,
  lo: Uint32Array,
  hi: Uint32Array | null,
  count: number,
): Int64Column {
  const out = new BigInt64Array(count)
  if (count > 0) out[0] = header.first
  for (let i = header.order; i < count; i++) {
    const left = (BigInt(hi === null ? 0 : hi[i]!) << 32n) + BigInt(lo[i]!) + header.base
    out[i] = header.order === 0 ? left : out[i - 1]! + left
  }
  return narrow(out)
}

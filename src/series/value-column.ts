import type { ByteReader, ByteWriter } from './bytes.js'
import { packInts, readInts, unpackInts, writeInts } from './int-column.js'
import type { IntsHeader, PackedInts } from './int-column.js'
import { planesToWords, wordsToPlanes } from './planes.js'

/** Doubles in the narrowest of four forms that gives back every bit. */
export type PackedValues =
  | { readonly kind: 'constant'; readonly bits: bigint; readonly planes: readonly [] }
  | { readonly kind: 'float32' | 'float64'; readonly planes: readonly Uint8Array[] }
  | {
      readonly kind: 'decimal'
      readonly digits: number
      readonly ints: PackedInts
      readonly planes: readonly Uint8Array[]
    }

/** Packs doubles: all equal, integers over a power of ten, float32, or as they are. */
export function packValues(values: Float64Array): PackedValues {
  const words = wordsOf(values)
  if (isConstant(words)) return { kind: 'constant', bits: bitsOf(words), planes: [] }
  const decimal = packDecimal(values)
  if (decimal !== null && decimal.planes.length < 4) return decimal
  const single = toSingle(values, words)
  if (single !== null) return { kind: 'float32', planes: wordsToPlanes(single, null, 4) }
  if (decimal !== null && decimal.planes.length < 8) return decimal
  return { kind: 'float64', planes: packDoubles(words) }
}

/** Writes everything but the planes. */
export function writeValues(writer: ByteWriter, packed: PackedValues): void {
  writer.u8(KINDS.indexOf(packed.kind))
  if (packed.kind === 'constant') writer.i64(BigInt.asIntN(64, packed.bits))
  if (packed.kind === 'decimal') {
    writer.u8(packed.digits)
    writeInts(writer, packed.ints)
  }
}

/** What `writeValues` wrote, waiting for its planes. */
export interface ValuesHeader {
  readonly kind: PackedValues['kind']
  readonly width: number
  readonly bits: bigint
  readonly digits: number
  readonly ints: IntsHeader | null
}

/** Reads what `writeValues` wrote. */
export function readValues(reader: ByteReader): ValuesHeader {
  const kind = KINDS[reader.u8()]
  const none = { bits: 0n, digits: 0, ints: null }
  if (kind === undefined) throw new RangeError('The values are of an unknown kind.')
  if (kind === 'constant') return { ...none, kind, width: 0, bits: reader.i64() }
  if (kind !== 'decimal') return { ...none, kind, width: kind === 'float32' ? 4 : 8 }
  const digits = reader.u8()
  const ints = readInts(reader)
  return { ...none, kind, digits, ints, width: ints.width }
}

/** The `count` doubles again, bit for bit. */
export function unpackValues(
  header: ValuesHeader,
  planes: readonly Uint8Array[],
  count: number,
): Float64Array {
  if (header.kind === 'constant') return unpackConstant(header.bits, count)
  if (header.ints !== null) return unpackDecimal(header.ints, header.digits, planes, count)
  return header.kind === 'float32' ? unpackSingles(planes, count) : unpackDoubles(planes, count)
}

const KINDS = ['constant', 'float32', 'decimal', 'float64'] as const
const MAX_DIGITS = 12
const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_, digits) => Number(`1e${digits}`))

function wordsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
}

function bitsOf(words: Uint32Array): bigint {
  return (BigInt(words[1] ?? 0) << 32n) | BigInt(words[0] ?? 0)
}

function isConstant(words: Uint32Array): boolean {
  for (let i = 2; i < words.length; i++) if (words[i] !== words[i & 1]) return false
  return true
}

function unpackConstant(bits: bigint, count: number): Float64Array {
  const out = new BigInt64Array(count).fill(bits)
  return new Float64Array(out.buffer)
}

function packDecimal(values: Float64Array): PackedValues | null {
  const digits = decimalDigits(values)
  if (digits < 0) return null
  const power = POWERS[digits]!
  const scaled = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    scaled[i] = Math.round(values[i]! * power)
    if (!isExact(values[i]!, scaled[i]!, power)) return null
  }
  const ints = packInts(scaled)
  return { kind: 'decimal', digits, ints, planes: ints.planes }
}

/** The fewest decimals that suffice for every value, -1 where more than twelve are needed. */
function decimalDigits(values: Float64Array): number {
  let digits = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    while (!isExact(value, Math.round(value * POWERS[digits]!), POWERS[digits]!))
      if (++digits > MAX_DIGITS) return -1
  }
  return digits
}

function isExact(value: number, scaled: number, power: number): boolean {
  if (scaled / power !== value || Math.abs(scaled) > Number.MAX_SAFE_INTEGER) return false
  return scaled !== 0 || Object.is(value, 0)
}

function unpackDecimal(
  header: IntsHeader,
  digits: number,
  planes: readonly Uint8Array[],
  count: number,
): Float64Array {
  const power = POWERS[digits]!
  const out = Float64Array.from(unpackInts(header, planes, count), Number)
  for (let i = 0; i < count; i++) out[i] = out[i]! / power
  return out
}

/** Float32 bits of every value, or null where one would change. NaNs go bit by bit: engines may alter them. */
function toSingle(values: Float64Array, words: Uint32Array): Uint32Array | null {
  const singles = new Float32Array(values.length)
  const bits = new Uint32Array(singles.buffer)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    singles[i] = value
    if (singles[i] === value) continue
    const lo = words[2 * i]!
    const hi = words[2 * i + 1]!
    if (value === value || (lo & 0x1fffffff) !== 0) return null
    bits[i] = (hi & 0x80000000) | 0x7f800000 | ((hi & 0xfffff) << 3) | (lo >>> 29)
  }
  return bits
}

function unpackSingles(planes: readonly Uint8Array[], count: number): Float64Array {
  const bits = new Uint32Array(count)
  planesToWords(planes, bits, null)
  const singles = new Float32Array(bits.buffer)
  const out = new Float64Array(count)
  const words = wordsOf(out)
  for (let i = 0; i < count; i++) {
    const value = singles[i]!
    out[i] = value
    if (value === value) continue
    words[2 * i] = bits[i]! << 29
    words[2 * i + 1] = (bits[i]! & 0x80000000) | 0x7ff00000 | ((bits[i]! & 0x7fffff) >>> 3)
  }
  return out
}

function packDoubles(words: Uint32Array): Uint8Array[] {
  const count = words.length / 2
  const lo = new Uint32Array(count)
  const hi = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    lo[i] = words[2 * i]!
    hi[i] = words[2 * i + 1]!
  }
  return wordsToPlanes(lo, hi, 8)
}

function unpackDoubles(planes: readonly Uint8Array[], count: number): Float64Array {
  const lo = new Uint32Array(count)
  const hi = new Uint32Array(count)
  planesToWords(planes, lo, hi)
  const out = new Float64Array(count)
  const words = wordsOf(out)
  for (let i = 0; i < count; i++) {
    words[2 * i] = lo[i]!
    words[2 * i + 1] = hi[i]!
  }
  return out
}

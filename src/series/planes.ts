import { deflate, inflate } from '../util/deflate.js'
import type { ByteReader, ByteWriter } from './bytes.js'

/**
 * 32- or 64-bit words taken apart into byte planes: plane b holds byte b of every word.
 * `hi` carries bits 32 to 63 where `width` is more than 4.
 */
export function wordsToPlanes(
  lo: Uint32Array,
  hi: Uint32Array | null,
  width: number,
): Uint8Array[] {
  const planes: Uint8Array[] = []
  for (let b = 0; b < width; b++) {
    const words = b < 4 || hi === null ? lo : hi
    planes.push(takeByte(words, (b & 3) * 8))
  }
  return planes
}

/** The inverse of `wordsToPlanes`; `lo` and `hi` must hold zeros. */
export function planesToWords(
  planes: readonly Uint8Array[],
  lo: Uint32Array,
  hi: Uint32Array | null,
): void {
  for (let b = 0; b < planes.length; b++) {
    const words = b < 4 || hi === null ? lo : hi
    addByte(words, planes[b]!, (b & 3) * 8)
  }
}

/** How many bytes hold an unsigned integer of at most 2^53. */
export function byteWidth(value: number): number {
  let width = 0
  for (let left = value; left >= 1; left /= 256) width++
  return width
}

/** Writes a plane: one byte where all are equal, deflated where that pays, else as it is. */
export function writePlane(writer: ByteWriter, plane: Uint8Array): void {
  if (plane.every((byte) => byte === plane[0])) {
    writer.u8(CONSTANT)
    writer.u8(plane[0] ?? 0)
    return
  }
  const packed = isCompressible(plane) ? deflate(plane) : plane
  if (packed.length + 4 < plane.length) {
    writer.u8(DEFLATED)
    writer.u32(packed.length)
    writer.bytes(packed)
  } else {
    writer.u8(STORED)
    writer.bytes(plane)
  }
}

/** Reads a plane of `count` bytes that `writePlane` wrote. */
export function readPlane(reader: ByteReader, count: number): Uint8Array {
  const form = reader.u8()
  if (form === CONSTANT) return new Uint8Array(count).fill(reader.u8())
  if (form === DEFLATED) return inflate(reader.bytes(reader.u32()), count)
  if (form === STORED) return reader.bytes(count)
  throw new RangeError('The plane is of an unknown form.')
}

const STORED = 0
const DEFLATED = 1
const CONSTANT = 2
const LEAST_SHARE = 1 / 16
/** What a stream's own table of codes takes of many different bytes. */
const TABLE_BYTES = 90
const REPEATS_SHARE = 0.05

const seen = /* @__PURE__ */ new Int32Array(8192)

/** Deflating what then is stored all the same would be most of the work of a short series. */
function isCompressible(plane: Uint8Array): boolean {
  const saved = plane.length * (1 - entropy(plane) / 8)
  return (
    saved > Math.max(TABLE_BYTES, plane.length * LEAST_SHARE) ||
    repeats(plane) > plane.length * REPEATS_SHARE
  )
}

function entropy(plane: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (let i = 0; i < plane.length; i++) counts[plane[i]!]!++
  let sum = 0
  for (let i = 0; i < 256; i++) {
    const count = counts[i]!
    if (count > 0) sum += count * Math.log2(count)
  }
  return Math.log2(plane.length) - sum / plane.length
}

function repeats(plane: Uint8Array): number {
  seen.fill(0)
  let found = 0
  let word = (plane[0]! << 16) | (plane[1]! << 8) | plane[2]!
  for (let i = 3; i < plane.length; i++) {
    word = (word << 8) | plane[i]!
    const slot = Math.imul(word, 0x9e3779b1) >>> 19
    if (seen[slot] === word) found++
    seen[slot] = word
  }
  return found
}

function takeByte(words: Uint32Array, shift: number): Uint8Array {
  const plane = new Uint8Array(words.length)
  for (let i = 0; i < plane.length; i++) plane[i] = words[i]! >>> shift
  return plane
}

function addByte(words: Uint32Array, plane: Uint8Array, shift: number): void {
  for (let i = 0; i < plane.length; i++) words[i]! |= plane[i]! << shift
}

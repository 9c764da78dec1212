// Portable Network Graphics (RFC 2083), writing only: 8 bits a channel, no palette, no interlace.
import { zlibSync } from 'fflate'
import { concatenate } from '../util/concatenate.js'
import type { Pixels } from './pixels.js'

const COLOR_TYPE = { 1: 0, 3: 2, 4: 6 } as const
const FILTERS = [0, 1, 2] as const

/** The eight bytes that every PNG begins with. */
export const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** Pixels as a PNG: grey, RGB or RGBA by their channels. */
export function encodePng({ width, height, channels, data }: Pixels): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, COLOR_TYPE[channels]], 8)
  const image = zlibSync(filterRows(data, width * channels, height, channels), { level: 6 })
  return concatenate([
    Uint8Array.from(PNG_SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', image),
    chunk('IEND', new Uint8Array(0)),
  ])
}

/** Each row behind the number of the filter that makes it smallest by PNG's usual guess, the sum of differences. */
function filterRows(
  data: ArrayLike<number>,
  stride: number,
  height: number,
  channels: number,
): Uint8Array {
  const out = new Uint8Array(height * (stride + 1))
  const tries = FILTERS.map(() => new Uint8Array(stride))
  for (let y = 0; y < height; y++) {
    let best = 0
    let least = Infinity
    for (const filter of FILTERS) {
      const sum = filterRow(tries[filter] as Uint8Array, data, y * stride, filter, channels, y)
      if (sum < least) [best, least] = [filter, sum]
    }
    out[y * (stride + 1)] = best
    out.set(tries[best] as Uint8Array, y * (stride + 1) + 1)
  }
  return out
}

function filterRow(
  out: Uint8Array,
  data: ArrayLike<number>,
  at: number,
  filter: 0 | 1 | 2,
  channels: number,
  y: number,
): number {
  let sum = 0
  for (let x = 0; x < out.length; x++) {
    const left = filter === 1 && x >= channels ? (data[at + x - channels] ?? 0) : 0
    const above = filter === 2 && y > 0 ? (data[at + x - out.length] ?? 0) : 0
    const value = ((data[at + x] ?? 0) - left - above) & 0xff
    out[x] = value
    sum += value < 128 ? value : 256 - value
  }
  return sum
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length + 12)
  const view = new DataView(out.buffer)
  view.setUint32(0, body.length)
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i)
  out.set(body, 8)
  view.setUint32(body.length + 8, crc32(out.subarray(4, body.length + 8)))
  return out
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0)
  return ~crc >>> 0
}

const CRC_TABLE = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1
  return n
})

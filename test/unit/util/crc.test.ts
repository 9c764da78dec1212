import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32, crc32c } from '../../../src/util/crc.js'

function bitByBit(bytes: Uint8Array): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('crc32c', () => {
  it.each([
    ['nothing', new Uint8Array(0), 0],
    ['the digits 1 to 9', new TextEncoder().encode('123456789'), 0xe3069283],
    ['32 zeros (RFC 3720)', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of 0xff (RFC 3720)', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31 (RFC 3720)', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0 (RFC 3720)', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])('gives the published checksum of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })

  it('equals the definition for any bytes at any alignment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(16), (bytes, skip) => {
        const part = bytes.subarray(Math.min(skip, bytes.length))
        expect(crc32c(part)).toBe(bitByBit(part))
      }),
    )
  })

  it('goes on from the checksum of what came before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        const whole = crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))
        expect(whole).toBe(crc32c(bytes))
      }),
    )
  })
})

describe('crc32', () => {
  it('is the checksum of zip files', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  })
})

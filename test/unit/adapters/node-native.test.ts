import { deflateSync, inflateSync } from 'fflate'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nodeNative } from '../../../adapters/node-native.js'
import { createSha256 } from '../../../src/util/sha256.js'

/** One byte or more, with and without repetition. */
const bytes = fc
  .array(fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.constant(new Uint8Array(3000).fill(7))), {
    maxLength: 6,
  })
  .map((pieces) => Uint8Array.from([1, ...pieces.flatMap((piece) => [...piece])]))

describe("Node's own codecs", () => {
  it('read what script deflates, and the other way round', () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom(1 as const, 6 as const, 9 as const), (content, level) => {
        const size = content.length
        expect(nodeNative.inflateRaw(deflateSync(content, { level }), size)).toEqual(content)
        const packed = nodeNative.deflateRaw(content, level)
        expect(inflateSync(packed, { out: new Uint8Array(size) })).toEqual(content)
      }),
    )
  })

  it('refuse more than was asked for, and what was never deflated', () => {
    const packed = deflateSync(new Uint8Array(5000).fill(1))
    expect(() => nodeNative.inflateRaw(packed, 4999)).toThrow()
    expect(() => nodeNative.inflateRaw(packed.subarray(0, packed.length - 1), 5000)).toThrow()
    expect(() => nodeNative.inflateRaw(Uint8Array.of(7, 7, 7), 10)).toThrow()
  })

  it('hash as script does, in any pieces', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (pieces) => {
        const [ours, script] = [nodeNative.createSha256(), createSha256()]
        for (const piece of pieces) for (const hash of [ours, script]) hash.update(piece)
        expect(ours.hex()).toBe(script.hex())
      }),
    )
  })
})

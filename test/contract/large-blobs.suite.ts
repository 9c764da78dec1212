import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { StorageAdapter } from '../../src/adapter.js'
import { crc32c } from '../../src/util/crc.js'

/** Half a MiB: a storage may cut larger blobs somewhere, and borders are there if anywhere. */
const HALF = 512 << 10

/** Offsets at and beside multiples of 64 KiB, and anywhere else, up to past the end of 4 MiB. */
const borders = fc.oneof(
  fc
    .tuple(fc.nat({ max: 66 }), fc.constantFrom(-1, 0, 1))
    .map(([blocks, beside]) => Math.max(0, blocks * (64 << 10) + beside)),
  fc.nat({ max: 9 * HALF }),
)

const NOISE = Uint8Array.from({ length: 8 * HALF + 1 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24)

/** Blobs that a storage may have to cut, over new adapters that are open. */
export function largeBlobTests(opened: () => Promise<StorageAdapter>): void {
  it('gives any range of a blob of any size', async () => {
    const adapter = await opened()
    const sizes = [0, 1, 2, 3, 8].flatMap((halves) => [halves * HALF, halves * HALF + 1])
    for (const size of sizes) await adapter.put(`series/${size}`, noise(size))
    for (const size of sizes)
      expect(seal(await adapter.get(`series/${size}`))).toBe(seal(noise(size)))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...sizes), borders, borders, async (size, a, b) => {
        const range = { start: Math.min(a, b), end: Math.max(a, b) }
        const part = await adapter.get(`series/${size}`, range)
        expect(seal(part)).toBe(seal(noise(size).subarray(range.start, range.end)))
      }),
      { numRuns: 100 },
    )
    await adapter.close()
  })

  it('has one name for a large blob, and nothing of it once it is deleted', async () => {
    const adapter = await opened()
    const keys = ['series/1', 'series/10', 'series/2']
    for (const key of keys) await adapter.put(key, noise(3 * HALF + key.length))
    expect(await adapter.list('')).toEqual(keys)
    await adapter.delete(['series/1'])
    expect(await adapter.list('series/')).toEqual(keys.slice(1))
    expect(await adapter.get('series/1')).toBeNull()
    expect(await adapter.get('series/1', { start: HALF, end: HALF + 9 })).toBeNull()
    for (const key of keys.slice(1))
      expect(seal(await adapter.get(key))).toBe(seal(noise(3 * HALF + key.length)))
    await adapter.close()
  })
}

/** Bytes of which no stretch is soon repeated. */
function noise(length: number): Uint8Array {
  return NOISE.slice(0, length)
}

/** What tells large stretches of bytes apart quickly. */
function seal(bytes: Uint8Array | null): string {
  return bytes === null ? 'nothing' : `${bytes.length} bytes, CRC-32C ${crc32c(bytes)}`
}

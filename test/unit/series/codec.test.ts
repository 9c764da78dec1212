import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBlock, encodeBlock } from '../../../src/series/codec.js'
import { anyDoubles, anyInts } from './columns.js'

test('any doubles come back bit for bit', () => {
  fc.assert(
    fc.property(anyDoubles(), (values) => {
      const { values: back } = decodeBlock(encodeBlock({ ints: [], values }), 'it')
      expect(bytesOf(back!)).toEqual(bytesOf(values))
    }),
    { numRuns: 1000 },
  )
})

test('any int64 values come back, as Float64Array exactly where all are safe integers', () => {
  fc.assert(
    fc.property(anyInts(), (column) => {
      const [back] = decodeBlock(encodeBlock({ ints: [column], values: null }), 'it').ints
      expect(Array.from(back!, BigInt)).toEqual(Array.from(column, BigInt))
      const safe = Array.from(column, Number).every(Number.isSafeInteger)
      expect(back instanceof Float64Array).toBe(safe)
    }),
    { numRuns: 1000 },
  )
})

test('columns of one block stay apart', () => {
  const steps = Float64Array.from({ length: 8192 }, (_, i) => i * 3 - 5000)
  const times = Float64Array.from({ length: 8192 }, (_, i) => 1.7e12 + i * 50 + ((i * 7919) % 20))
  const values = Float64Array.from({ length: 8192 }, (_, i) => Math.fround(Math.sin(i * i)))
  const back = decodeBlock(encodeBlock({ ints: [steps, times], values }), 'it')
  expect(back).toEqual({ ints: [steps, times], values })
})

test('float32-born values, decimals and constants take few bytes', () => {
  const count = 8192
  const steps = Float64Array.from({ length: count }, (_, i) => i)
  const perPoint = (value: (i: number) => number): number => {
    const values = Float64Array.from({ length: count }, (_, i) => value(i))
    return encodeBlock({ ints: [steps, steps], values }).length / count
  }
  const noise = (i: number): number => Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1
  expect(perPoint((i) => Math.fround(noise(i)))).toBeLessThan(3.4)
  expect(perPoint((i) => Math.round(noise(i) * 1e4) / 1e4)).toBeLessThan(2)
  expect(perPoint(noise)).toBeLessThan(7.2)
  expect(perPoint(() => 0.001)).toBeLessThan(0.02)
})

test('every flipped bit and every lost byte of a block is DATA_LOSS', () => {
  const bytes = encodeBlock({
    ints: [Float64Array.of(1, 2, 9)],
    values: Float64Array.of(1, 2, NaN),
  })
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const broken = bytes.slice()
    broken[bit >> 3]! ^= 1 << (bit & 7)
    expect(() => decodeBlock(broken, 'Chunk 3')).toThrow(/Chunk 3 is damaged/)
  }
  for (let size = 0; size < bytes.length; size++)
    expect(() => decodeBlock(bytes.subarray(0, size), 'it')).toThrow(
      expect.objectContaining({ errorCode: 'DATA_LOSS' }),
    )
})

function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer.slice(0))
}

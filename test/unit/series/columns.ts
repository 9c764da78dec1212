import fc from 'fast-check'
import type { Int64Column } from '../../../src/entities/int64.js'

/** Doubles with every kind of bits: NaNs with payloads, -0, infinities, subnormals, decimals, float32. */
export function anyDoubles(maxLength = 200): fc.Arbitrary<Float64Array> {
  const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((word) => [word])
  const nan = fc.bigInt({ min: 1n, max: 2n ** 52n - 1n }).map((n) => [0x7ff0000000000000n | n])
  const plain = fc
    .constantFrom(0, -0, Infinity, -Infinity, NaN, 5e-324, Number.MAX_VALUE, 1e22, 2 ** 53)
    .map((value) => [bitsOf(value)])
  const decimal = fc.integer({ min: -1e9, max: 1e9 }).map((n) => [bitsOf(n / 1e4)])
  const single = fc.float().map((value) => [bitsOf(value)])
  const anyOne = fc.oneof(bits, nan, plain, decimal, single)
  const word = fc.oneof(...[bits, nan, plain, decimal, single].map((kind) => kindArray(kind)))
  return fc
    .oneof(word, kindArray(anyOne), kindArray(fc.constantFrom(...CANONICAL_NANS, [bitsOf(0.1)])))
    .map((words) => new Float64Array(BigUint64Array.from(words).buffer))

  function kindArray(kind: fc.Arbitrary<bigint[]>): fc.Arbitrary<bigint[]> {
    return fc.array(kind, { maxLength }).map((list) => list.flat())
  }
}

/** Int64 columns: smooth, jumpy, negative, at the edges of doubles and of 64 bits. */
export function anyInts(maxLength = 200): fc.Arbitrary<Int64Column> {
  const safe = fc.oneof(
    fc.array(fc.maxSafeInteger(), { maxLength }),
    fc.array(fc.integer({ min: -70_000, max: 70_000 }), { maxLength }),
    fc.array(fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0), { maxLength }),
    fc
      .tuple(fc.integer({ min: -1e12, max: 1e12 }), fc.array(fc.nat(300), { maxLength }))
      .map(([start, jumps]) => jumps.map((jump, i) => start + i * 1000 + jump)),
  )
  const edge = fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, -(2n ** 53n), 0n, -1n)
  const wide = fc
    .array(fc.oneof(edge, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), { maxLength })
    .map((list) => BigInt64Array.from(list))
  return fc.oneof(
    safe.map((list) => Float64Array.from(list, (value) => value + 0)),
    wide,
  )
}

/** The bits of doubles, so that NaNs and signs of zero are compared too. */
export function doubleBits(values: Float64Array): bigint[] {
  return Array.from(values, bitsOf)
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0)
}

const CANONICAL_NANS = [[0x7ff8000000000000n], [0xfff8000000000000n]]

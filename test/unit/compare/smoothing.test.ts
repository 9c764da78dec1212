import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exponentialMean, windowMean } from '../../../src/compare/smoothing.js'
import { oracleEma, oracleWindow } from './oracle.js'

const values = fc.array(
  fc.oneof(fc.integer({ min: -99, max: 99 }), fc.constantFrom(NaN, Infinity, -Infinity, 0.1)),
  { maxLength: 120 },
)

test('numbers worked out by hand from the formula of the charts', () => {
  // s: 0.5, 1.25, 2.125 at weight 0.5, over 1 - 0.5^n: 0.5, 0.75, 0.875.
  expect([...exponentialMean(Float64Array.of(1, 2, 3), 0.5)]).toEqual([
    1,
    1.25 / 0.75,
    2.125 / 0.875,
  ])
  // A NaN takes no part in s, but is counted: 0.5, then 1.25 over 1 - 0.5^3.
  expect([...exponentialMean(Float64Array.of(1, NaN, 2), 0.5)]).toEqual([1, NaN, 1.25 / 0.875])
  expect([...exponentialMean(Float64Array.of(1, Infinity, 2), 0.5)]).toEqual([
    1,
    Infinity,
    1.25 / 0.875,
  ])
  expect([...exponentialMean(Float64Array.of(0.1, 0.1, 0.1), 0.9)]).toEqual([0.1, 0.1, 0.1])
})

test('the exponential mean is that of the formula to the last bit, however long it goes on', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 0.999, noNaN: true }), (list, weight) => {
      expect([...exponentialMean(Float64Array.from(list), weight)]).toEqual(oracleEma(list, weight))
    }),
    { numRuns: 500 },
  )
  const long = Array.from({ length: 5000 }, (_, i) => Math.sin(i))
  expect([...exponentialMean(Float64Array.from(long), 0.9)]).toEqual(oracleEma(long, 0.9))
})

test('the window mean is that of each window cut out', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 150 }), (list, size) => {
      const means = [...windowMean(Float64Array.from(list), size)]
      oracleWindow(list, size).forEach((each, i) => {
        if (Number.isFinite(each)) expect(means[i]).toBeCloseTo(each, 9)
        else expect(means[i]).toBe(each)
      })
    }),
    { numRuns: 500 },
  )
})

test('a huge value does not take the digits of those after it away', () => {
  const list = Float64Array.of(1e300, 1, 2, 3, 4, 5, 6)
  expect([...windowMean(list, 3).subarray(2)]).toEqual([2, 3, 4, 5, 5.5])
})

test('a window of any size takes no longer than a small one', () => {
  const list = Float64Array.from({ length: 100_000 }, (_, i) => i)
  expect(windowMean(list, Number.MAX_SAFE_INTEGER)[0]).toBe(49_999.5)
  expect(windowMean(list, 50_001)[50_000]).toBe(50_000)
})

test('what is smoothed is left as it was', () => {
  const list = Float64Array.of(1, 2)
  exponentialMean(list, 0.5)
  windowMean(list, 2)
  expect([...list]).toEqual([1, 2])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { downsample } from '../../../src/series/downsample.js'
import type { MetricColumns } from '../../../src/entities/metric.js'

const value = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(NaN, Infinity, -Infinity, 0))

test('first, last, minimum and maximum stay, in order and within the bound', () => {
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 400 }),
      fc.integer({ min: 4, max: 120 }),
      (values, maxPoints) => {
        const out = downsample(columns(values), maxPoints)
        const kept = [...out.steps].map(Number)
        expect(out.values.length).toBe(kept.length)
        expect(kept.length).toBeLessThanOrEqual(maxPoints)
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b))
        expect(Array.from(out.values)).toEqual(kept.map((step) => values[step]!))
        expect([...out.timestamps]).toEqual(kept.map((step) => step * 10))
        expect(out.total).toBe(values.length)
        if (values.length > 0) expect([kept[0], kept.at(-1)]).toEqual([0, values.length - 1])
        const numbers = values.filter((each) => !Number.isNaN(each))
        if (numbers.length > 0) {
          expect(out.values).toContain(numbers.reduce((a, b) => Math.min(a, b)))
          expect(out.values).toContain(numbers.reduce((a, b) => Math.max(a, b)))
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a single peak among thousands of points is seen', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => (i === 7_777 ? 100 : 1))
  expect(downsample(columns(values), 50).values).toContain(100)
})

test('a column with steps past 2^53 keeps them', () => {
  const steps = BigInt64Array.from({ length: 100 }, (_, i) => 2n ** 60n + BigInt(i))
  const out = downsample({ ...columns(Array.from({ length: 100 }, () => 0)), steps }, 10)
  expect(out.steps[0]).toBe(2n ** 60n)
  expect(out.steps.at(-1)).toBe(2n ** 60n + 99n)
})

test('fewer than four points, or a fraction, are refused', () => {
  for (const maxPoints of [3, 0, -1, 4.5, NaN])
    expect(() => downsample(columns([1]), maxPoints)).toThrow(
      expect.objectContaining({ errorCode: 'INVALID_PARAMETER_VALUE' }),
    )
})

function columns(values: readonly number[]): MetricColumns {
  return {
    steps: Float64Array.from(values, (_, i) => i),
    timestamps: Float64Array.from(values, (_, i) => i * 10),
    values: Float64Array.from(values),
    total: values.length,
  }
}

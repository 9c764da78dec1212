import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortByX } from '../../../src/compare/sort-by-x.js'

const xs = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true })), {
  maxLength: 300,
})

test('points come by x, equal ones in the order given, and what was given stays', () => {
  fc.assert(
    fc.property(xs, (list) => {
      const points = { x: Float64Array.from(list), y: Float64Array.from(list, (_, i) => i) }
      const expected = list.map((x, y) => ({ x, y })).sort((a, b) => a.x - b.x)
      const sorted = sortByX(points)
      expect([...sorted.x]).toEqual(expected.map(({ x }) => x))
      expect([...sorted.y]).toEqual(expected.map(({ y }) => y))
      expect([...points.x]).toEqual(list)
    }),
    { numRuns: 500 },
  )
})

test('columns in order are given back as they are', () => {
  const points = { x: Float64Array.of(1, 1, 2), y: Float64Array.of(3, 2, 1) }
  expect(sortByX(points)).toBe(points)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkSimilarRuns } from '../../../src/search/similar-query.js'
import { nearest, numericParam, type NumericColumn } from '../../../src/search/similar.js'

const SKLEARN = [
  { row: 3, distance: 1.2770874601813227 },
  { row: 4, distance: 3.0983866769659336 },
  { row: 1, distance: 3.4448028487370173 },
  { row: 2, distance: 3.6647180969562627 },
]

describe('nearest', () => {
  // scikit-learn 1.9.1: nan_euclidean_distances(StandardScaler().fit_transform(X))[0].
  test('gives the distances of scikit-learn', () => {
    const columns = [
      column([1, 2, 4, null, 3]),
      column([10, null, 40, 20, null]),
      column([0.1, 0.5, 0.2, 0.2, null]),
    ]
    const found = nearest(columns, 5, 0, 10)
    expect(found.map(({ row }) => row)).toEqual(SKLEARN.map(({ row }) => row))
    found.forEach(({ distance }, i) => expect(distance).toBeCloseTo(SKLEARN[i]!.distance, 12))
  })

  test('agrees with the plain way', () => {
    fc.assert(
      fc.property(anyColumns(), fc.nat(), fc.nat({ max: 12 }), ({ cells, keep }, at, k) => {
        const length = keep.length
        const row = at % length
        const found = nearest(cells.map(column), length, row, k, Uint8Array.from(keep))
        const expected = nearestPlainly(cells, length, row)
          .filter((other) => keep[other.row] === 1)
          .slice(0, k)
        expect(found).toHaveLength(expected.length)
        found.forEach(({ distance }, i) => expectNear(distance, expected[i]!.distance))
      }),
    )
  })

  test('orders by distance, then by row, whatever k is', () => {
    const cell = fc.integer({ min: 0, max: 3 })
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 60 }),
        fc.nat({ max: 70 }),
        (cells, k) => {
          const columns = [column(cells)]
          const all = nearest(columns, cells.length, 0, cells.length)
          const sorted = all.toSorted((a, b) => a.distance - b.distance || a.row - b.row)
          expect(all).toEqual(sorted)
          expect(nearest(columns, cells.length, 0, k)).toEqual(all.slice(0, k))
        },
      ),
    )
  })

  test.each([
    { of: 'the unit of a column', columns: [column([1, 2, 5])] },
    { of: 'a unit so large that sums overflow', columns: [column([0.5e308, 0.7e308, 1.3e308])] },
    { of: 'a unit so small that squares vanish', columns: [column([1e-310, 2e-310, 5e-310])] },
  ])('does not depend on $of', ({ columns }) => {
    const [first, second] = nearest(columns, 3, 0, 2)
    expect([first!.row, second!.row]).toEqual([1, 2])
    expect(second!.distance / first!.distance).toBeCloseTo(4, 10)
    expect(first!.distance).toBeGreaterThan(0.1)
  })

  test('counts a constant column as no dimension, however its mean is rounded', () => {
    const constant = column(new Array<number>(7).fill(0.1))
    const varying = column([0, 1, null, 2, 3, 4, 5])
    expect(nearest([constant], 7, 0, 5)).toEqual([])
    expect(nearest([constant, varying], 7, 0, 9)).toEqual(nearest([varying], 7, 0, 9))
  })

  test('takes NaN and infinities for missing', () => {
    const odd = column([1, NaN, Infinity, -Infinity, 2])
    const plain = column([1, null, null, null, 2])
    expect(nearest([odd], 5, 0, 9)).toEqual(nearest([plain], 5, 0, 9))
    expect(nearest([odd], 5, 0, 9).map(({ row }) => row)).toEqual([4])
  })

  test('finds nothing for a row without numbers, and nothing among no columns', () => {
    expect(nearest([column([null, 1, 2])], 3, 0, 9)).toEqual([])
    expect(nearest([], 3, 0, 9)).toEqual([])
  })
})

test.each([
  ['1', 1],
  ['-0', -0],
  [' 1.5\n', 1.5],
  ['.5', 0.5],
  ['1.', 1],
  ['+1e3', 1000],
  ['-1E-3', -0.001],
  ['\u00a01\u3000', 1],
  ['1e999', Infinity],
  ['0x10', NaN],
  ['1_0', NaN],
  ['nan', NaN],
  ['inf', NaN],
  ['Infinity', NaN],
  ['', NaN],
  ['.', NaN],
  ['1e', NaN],
  ['--1', NaN],
  ['1 2', NaN],
  ['\ufeff1', NaN],
  ['true', NaN],
])('the param %j is the number %d', (text, value) => {
  expect([...numericParam(['7', text])]).toEqual([7, value])
})

test('a param of many digits that is no number in the end takes no time', () => {
  expect([...numericParam([`${'1'.repeat(500_000)}x`, `${' '.repeat(500_000)}x`])]).toEqual([
    NaN,
    NaN,
  ])
})

describe('checkSimilarRuns', () => {
  test('fills in what is not given', () => {
    expect(checkSimilarRuns({ runId: 'r' })).toEqual({
      runId: 'r',
      by: null,
      k: 10,
      experimentIds: null,
    })
  })

  test('takes the names of columns apart, each once', () => {
    const by = ['params.lr', 'metrics.a.b', 'params.lr', 'metrics.\n']
    expect(checkSimilarRuns({ runId: 'r', by }).by).toEqual([
      { entity: 'param', key: 'lr' },
      { entity: 'metric', key: 'a.b' },
      { entity: 'metric', key: '\n' },
    ])
  })

  test.each([
    { runId: '' },
    { runId: 'r', k: 0 },
    { runId: 'r', k: 1.5 },
    { runId: 'r', k: 50_001 },
    { runId: 'r', by: [] },
    { runId: 'r', by: ['lr'] },
    { runId: 'r', by: ['params.'] },
    { runId: 'r', by: ['tags.a'] },
    { runId: 'r', by: 'params.lr' as unknown as string[] },
    { runId: 'r', experimentIds: [1] as unknown as string[] },
  ])('refuses %j', (query) => {
    expect(() => checkSimilarRuns(query)).toThrow(
      expect.objectContaining({ errorCode: 'INVALID_PARAMETER_VALUE' }),
    )
  })
})

type Cells = readonly (number | null)[]

function column(cells: Cells): NumericColumn {
  return {
    // What stands in a missing row may be anything.
    values: Float64Array.from(cells, (cell) => cell ?? 77),
    missing: cells.includes(null)
      ? Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0))
      : null,
  }
}

function anyColumns(): fc.Arbitrary<{ cells: Cells[]; keep: number[] }> {
  // The plain way cannot square very small numbers.
  const double = fc
    .double({ min: -1e6, max: 1e6, noNaN: true })
    .map((value) => (Math.abs(value) < 1e-100 ? 0 : value))
  const cell = fc.option(fc.oneof(fc.integer({ min: -3, max: 3 }), double), { freq: 3 })
  return fc.integer({ min: 1, max: 15 }).chain((length) =>
    fc.record({
      cells: fc.array(fc.array(cell, { minLength: length, maxLength: length }), { maxLength: 5 }),
      keep: fc.array(fc.constantFrom(0, 1, 1), { minLength: length, maxLength: length }),
    }),
  )
}

function nearestPlainly(
  cells: readonly Cells[],
  length: number,
  row: number,
): { row: number; distance: number }[] {
  const columns = cells.filter(varies).map(standardised)
  return Array.from({ length }, (_, other) => {
    const squares = columns.flatMap((values) => {
      const [a, b] = [values[row], values[other]]
      return typeof a === 'number' && typeof b === 'number' ? [(a - b) ** 2] : []
    })
    const sum = squares.reduce((total, square) => total + square, 0)
    return { row: other, distance: Math.sqrt((sum * columns.length) / squares.length) }
  })
    .filter((other) => other.row !== row && !Number.isNaN(other.distance))
    .sort((a, b) => a.distance - b.distance || a.row - b.row)
}

function varies(cells: Cells): boolean {
  return new Set(cells.filter((cell) => cell !== null).map((cell) => cell + 0)).size > 1
}

function standardised(cells: Cells): (number | null)[] {
  const present = cells.filter((cell) => cell !== null)
  const mean = present.reduce((sum, cell) => sum + cell, 0) / present.length
  const variance = present.reduce((sum, cell) => sum + (cell - mean) ** 2, 0) / present.length
  return cells.map((cell) => (cell === null ? null : (cell - mean) / Math.sqrt(variance)))
}

function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-6 * (1 + expected))
}

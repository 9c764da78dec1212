import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnToValues, tableToRows } from '../../../src/tables/rows.js'
import { anyTable } from './arbitrary-table.js'

test('rows have what the columns have, under every name', () => {
  fc.assert(
    fc.property(anyTable(), ({ table, cells }) => {
      const rows = tableToRows(table)
      expect(rows).toHaveLength(table.length)
      const names = table.columns.map(({ name }) => name)
      for (const [i, row] of rows.entries()) {
        expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
        expect(new Set(Object.keys(row))).toEqual(new Set(names))
        for (const name of names) {
          const cell = cells[names.lastIndexOf(name)]![i]
          expect(Object.getOwnPropertyDescriptor(row, name)?.value).toEqual(cell)
        }
      }
    }),
  )
})

test('the values of a column are its cells', () => {
  fc.assert(
    fc.property(anyTable(), ({ table, cells }) => {
      expect(table.columns.map(columnToValues)).toEqual(cells)
    }),
  )
})

test('NaN is a value, a missing row is null whatever stands there', () => {
  const values = Float64Array.of(NaN, 1, 2)
  const column = { kind: 'number', name: 'm', values, missing: Uint8Array.of(0, 1, 0) } as const
  expect(tableToRows({ length: 3, columns: [column] })).toEqual([{ m: NaN }, { m: null }, { m: 2 }])
})

test('integers are numbers while that is exact', () => {
  const values = BigInt64Array.of(2n ** 53n - 1n, 2n ** 53n, -(2n ** 63n))
  expect(columnToValues({ kind: 'int64', name: 'i', values, missing: null })).toEqual([
    2 ** 53 - 1,
    2n ** 53n,
    -(2n ** 63n),
  ])
})

import { tableFromIPC, type Table } from 'apache-arrow'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ColumnTable, TableColumn } from '../../../src/entities/column-table.js'
import { tableToArrow, tableToIpc } from '../../../src/tables/arrow.js'
import type { TableValue } from '../../../src/tables/rows.js'
import { anyTable } from './arbitrary-table.js'

test('what was written can be read back', async () => {
  await fc.assert(
    fc.asyncProperty(anyTable(), async ({ table, cells }) => {
      const read = tableFromIPC(await tableToIpc(table))
      // apache-arrow leaves out an empty name, and reads that as 'null'.
      const names = table.columns.map(({ name }) => name || 'null')
      const written = read.schema.fields.map(({ name }) => name || 'null')
      expect(new Set(written).size).toBe(names.length)
      for (const [i, name] of names.entries()) {
        if (names.indexOf(name) === i) expect(written[i]).toBe(name)
        else expect(written[i]).toMatch(/_\d+$/)
      }
      for (const [i, { kind }] of table.columns.entries())
        expect(columnOf(read, i)).toEqual(cells[i]!.map((cell) => toArrowCell(cell, kind)))
    }),
  )
})

test('names that repeat get an ending that is free', async () => {
  const column = { kind: 'number', values: Float64Array.of(1), missing: null } as const
  const names = ['a', 'a', 'a_1', 'a', 'a_1', 'b']
  const columns = names.map((name) => ({ ...column, name }))
  const read = tableFromIPC(await tableToIpc({ length: 1, columns }))
  expect(read.schema.names).toEqual(['a', 'a_2', 'a_1', 'a_3', 'a_1_1', 'b'])
})

test('columns may be views of one buffer', async () => {
  const values = Float64Array.of(1, 2, 3)
  const codes = new Int32Array(2)
  const number = (name: string, from: number, to: number): TableColumn => ({
    kind: 'number',
    name,
    values: values.subarray(from, to),
    missing: null,
  })
  const text = (name: string): TableColumn => ({ kind: 'text', name, codes, dictionary: [name] })
  const columns = [number('a', 1, 3), number('b', 0, 2), number('c', 1, 3), text('d'), text('e')]
  const read = tableFromIPC(await tableToIpc({ length: 2, columns }))
  expect(columns.map((_, i) => columnOf(read, i))).toEqual([
    [2, 3],
    [1, 2],
    [2, 3],
    ['d', 'd'],
    ['e', 'e'],
  ])
})

test('types are those that analysts expect', async () => {
  const missing = Uint8Array.of(0, 1)
  const numbers = { values: Float64Array.of(1, 2), missing }
  const read = tableFromIPC(
    await tableToIpc({
      length: 2,
      columns: [
        { kind: 'number', name: 'a', ...numbers },
        { kind: 'int64', name: 'b', ...numbers },
        { kind: 'time', name: 'c', ...numbers },
        { kind: 'text', name: 'd', codes: Int32Array.of(0, -1), dictionary: ['x'] },
        { kind: 'mixed', name: 'e', values: ['é', null] },
      ],
    }),
  )
  expect(read.schema.fields.map(String)).toEqual([
    'a: Float64',
    'b: Int64',
    'c: Timestamp<MILLISECOND, UTC>',
    'd: Dictionary<Int32, Utf8>',
    'e: Utf8',
  ])
  expect(read.toArray().map((row) => (row as { toJSON(): unknown }).toJSON())).toEqual([
    { a: 1, b: 1n, c: 1, d: 'x', e: '"\\u00e9"' },
    { a: null, b: null, c: null, d: null, e: null },
  ])
})

test('mixed columns hold JSON', async () => {
  const values = [1, 2n ** 62n, 0.5, 'a "b"', Uint8Array.of(0, 255), NaN, null]
  const table: ColumnTable = { length: 7, columns: [{ kind: 'mixed', name: 'm', values }] }
  expect(columnOf(await tableToArrow(table), 0)).toEqual([
    '1',
    '4611686018427387904',
    '0.5',
    '"a \\"b\\""',
    '"00ff"',
    'NaN',
    null,
  ])
})

test('columns of doubles, integers and texts are shared where none is missing', async () => {
  const values = Float64Array.of(1, 2)
  const wide = BigInt64Array.of(1n, 2n)
  const codes = Int32Array.of(0, 0)
  const table = await tableToArrow({
    length: 2,
    columns: [
      { kind: 'number', name: 'a', values, missing: null },
      { kind: 'int64', name: 'b', values: wide, missing: null },
      { kind: 'text', name: 'c', codes, dictionary: ['x'] },
    ],
  })
  const buffers = [0, 1, 2].map((i) => (table.getChildAt(i)!.data[0]!.values as DataView).buffer)
  expect(buffers).toEqual([values.buffer, wide.buffer, codes.buffer])
  expect(buffers[0]).toBe(values.buffer)
  expect(buffers[1]).toBe(wide.buffer)
  expect(buffers[2]).toBe(codes.buffer)
})

test('of a dictionary longer than the table only the used texts are written', async () => {
  const dictionary = Array.from({ length: 1000 }, (_, i) => `text ${i}`)
  const codes = Int32Array.of(999, -1, 5, 999)
  const columns: TableColumn[] = [{ kind: 'text', name: 't', codes, dictionary }]
  const ipc = await tableToIpc({ length: 4, columns })
  expect(columnOf(tableFromIPC(ipc), 0)).toEqual(['text 999', null, 'text 5', 'text 999'])
  expect(new TextDecoder().decode(ipc)).not.toContain('text 6')
})

test('long texts come through whole', async () => {
  const dictionary = ['x'.repeat(5000), '', '😀'.repeat(3000), 'end']
  const columns: TableColumn[] = [
    { kind: 'text', name: 't', codes: Int32Array.of(3, 2, 1, 0), dictionary },
  ]
  const read = tableFromIPC(await tableToIpc({ length: 4, columns }))
  expect(columnOf(read, 0)).toEqual(dictionary.toReversed())
})

function columnOf(table: Table, index: number): unknown[] {
  return Array.from(table.getChildAt(index) ?? [])
}

function toArrowCell(cell: TableValue, kind: TableColumn['kind']): unknown {
  if (cell === null) return null
  if (kind === 'time') return (cell as Date).getTime()
  if (kind === 'int64') return BigInt(cell as number | bigint)
  if (kind !== 'mixed') return cell
  if (typeof cell === 'number' || typeof cell === 'bigint') return String(cell)
  const text = cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : String(cell)
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

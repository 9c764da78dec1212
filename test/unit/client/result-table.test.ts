import { tableFromIPC } from 'apache-arrow'
import { expect, test } from 'vitest'
import { ResultTable } from '../../../src/client/result-table.js'
import type { ColumnTable } from '../../../src/entities/column-table.js'

const TABLE: ColumnTable = {
  length: 3,
  columns: [
    { kind: 'text', name: 'run_id', codes: Int32Array.of(0, 1, 2), dictionary: ['a', 'b', 'c'] },
    {
      kind: 'time',
      name: 'start_time',
      values: Float64Array.of(1000, 2000, 3000),
      missing: Uint8Array.of(0, 0, 1),
    },
    { kind: 'number', name: 'metrics.m', values: Float64Array.of(0.5, NaN, 1), missing: null },
    { kind: 'number', name: 'metrics.m', values: Float64Array.of(1, 2, 3), missing: null },
  ],
}

test('a result is read as columns', () => {
  const result = new ResultTable(TABLE)
  expect(result.table).toBe(TABLE)
  expect(result.length).toBe(3)
  expect(result.columns).toEqual(['run_id', 'start_time', 'metrics.m', 'metrics.m'])
  expect(result.column('run_id')).toBe(TABLE.columns[0])
  expect(result.column('none')).toBeNull()
  expect(result.values('start_time')).toEqual([new Date(1000), new Date(2000), null])
  expect(result.values('none')).toBeNull()
})

test('of columns with one name the last counts, in rows and by name', () => {
  const result = new ResultTable(TABLE)
  expect(result.column('metrics.m')).toBe(TABLE.columns[3])
  expect(result.rows()).toEqual([
    { run_id: 'a', start_time: new Date(1000), 'metrics.m': 1 },
    { run_id: 'b', start_time: new Date(2000), 'metrics.m': 2 },
    { run_id: 'c', start_time: null, 'metrics.m': 3 },
  ])
})

test('a result is written as CSV, whole or as a stream', async () => {
  const csv = [
    'run_id,start_time,metrics.m,metrics.m',
    'a,1970-01-01 00:00:01+00:00,0.5,1.0',
    'b,1970-01-01 00:00:02+00:00,,2.0',
    'c,,1.0,3.0',
    '',
  ].join('\n')
  const result = new ResultTable(TABLE)
  expect(result.toCsv()).toBe(csv)
  expect(await new Response(result.csvStream()).text()).toBe(csv)
  expect(result.toCsv({ header: false, separator: ';' }).split('\n')[2]).toBe('c;;1.0;3.0')
})

test('a result is written as Arrow', async () => {
  const result = new ResultTable(TABLE)
  const arrow = await result.toArrow()
  expect(arrow.numRows).toBe(3)
  const read = tableFromIPC(await result.toIpc())
  expect(read.schema.fields.map(String)).toEqual(arrow.schema.fields.map(String))
  expect([...read.getChild('run_id')!]).toEqual(['a', 'b', 'c'])
  expect([...read.getChild('start_time')!]).toEqual([1000, 2000, null])
})

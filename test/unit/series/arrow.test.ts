import { tableFromIPC } from 'apache-arrow'
import { expect, test } from 'vitest'
import { columnsToArrow, columnsToIpc } from '../../../src/series/arrow.js'

test('a history comes through Arrow IPC with 64-bit steps and exact values', async () => {
  const steps = BigInt64Array.of(-1n, 2n ** 62n, 3n)
  const columns = {
    steps,
    timestamps: Float64Array.of(0, 1.7e12, 5),
    values: Float64Array.of(NaN, -0, 0.1),
    total: 3,
  }
  const table = tableFromIPC(await columnsToIpc(columns))
  expect(table.schema.fields.map(String)).toEqual([
    'step: Int64',
    'timestamp: Int64',
    'value: Float64',
  ])
  expect(table.getChild('step')!.toArray()).toEqual(steps)
  expect(table.getChild('timestamp')!.toArray()).toEqual(
    BigInt64Array.of(0n, 1_700_000_000_000n, 5n),
  )
  expect(table.getChild('value')!.toArray()).toEqual(columns.values)
})

test('a history without points is a table without rows', async () => {
  const none = new Float64Array(0)
  const table = await columnsToArrow({ steps: none, timestamps: none, values: none, total: 0 })
  expect(table.numRows).toBe(0)
  expect(
    tableFromIPC(await columnsToIpc({ steps: none, timestamps: none, values: none, total: 0 }))
      .numCols,
  ).toBe(3)
})

import { tableFromIPC } from 'apache-arrow'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTracker, type Tracker } from '../../../adapters/node.js'
import { comparisonToTable } from '../../../src/client/comparison-table.js'

let tracker: Tracker

beforeEach(async () => {
  tracker = await openTracker('memory:')
})

afterEach(() => tracker.close())

async function compared(): Promise<{ ids: string[]; csv: string; rows: unknown[] }> {
  const ids: string[] = []
  for (const [loss, note] of [
    [NaN, 'a,"b"'],
    [-0, null],
  ] as const) {
    const run = await tracker.startRun()
    run.logMetric('loss', loss)
    run.logMetric('n', 3)
    if (note !== null) run.setTag('note', note)
    await run.end()
    ids.push(run.id)
  }
  const table = comparisonToTable(await tracker.compareRuns(ids))
  const arrow = tableFromIPC(await table.toIpc())
  return { ids, csv: table.toCsv(), rows: arrow.toArray().map((row) => ({ ...row })) }
}

it('puts each key in a line, as CSV and as Arrow', async () => {
  const { ids, csv, rows } = await compared()
  const [first = '', second = ''] = ids
  expect(csv).toBe(
    [
      `key,differs,${first},${second}`,
      'metrics.loss,true,nan,-0.0',
      'metrics.n,false,3,3',
      'tags.note,true,"a,""b""",',
      '',
    ].join('\n'),
  )
  expect(rows).toEqual([
    { key: 'metrics.loss', differs: 'true', [first]: 'nan', [second]: '-0.0' },
    { key: 'metrics.n', differs: 'false', [first]: '3', [second]: '3' },
    { key: 'tags.note', differs: 'true', [first]: 'a,"b"', [second]: null },
  ])
})

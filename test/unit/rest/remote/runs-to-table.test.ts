import { expect, it } from 'vitest'
import { openTracker } from 'tracklet'
import { runsToTable } from '../../../../src/rest/remote/runs-to-table.js'
import { ResultTable } from '../../../../src/client/result-table.js'

it('makes of runs the table that a store of this process gives', async () => {
  const tracker = await openTracker('memory:')
  for (let i = 0; i < 4; i++) {
    const run = await tracker.startRun({
      name: `r${i % 2}`,
      params: i > 1 ? { p: i, 'ü x': 1 } : {},
    })
    if (i % 2 === 0) run.logMetrics({ m: i, nan: NaN })
    if (i === 3) run.setTag('__proto__', 'odd')
    if (i > 2) await run.end()
  }
  expect(new ResultTable(runsToTable(await tracker.searchRuns().all())).rows()).toEqual(
    (await tracker.runsTable()).rows(),
  )
  const empty = runsToTable([])
  expect([empty.length, empty.columns.map(({ name }) => name)]).toEqual([
    0,
    ['run_id', 'experiment_id', 'status', 'artifact_uri', 'start_time', 'end_time'],
  ])
  await tracker.close()
})

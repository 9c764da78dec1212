import type { RunComparison } from '../client/compare-runs.js'
import { comparisonRows, comparisonToTable } from '../client/comparison-table.js'
import { timeToCell, valueToCell } from './cell-text.js'
import { comparisonToDictionary, toJson } from './json.js'
import { printTable } from './print.js'
import { givenFormat, TABLE_OUTPUT, writeTable } from './table-output.js'
import type { TextTableColumn } from './table-text.js'
import { withTracker, type Context, type Verb } from './verb.js'

/** `tracklet runs compare`: params, metrics and tags of runs beside each other. */
export const runsCompare: Verb = {
  group: 'runs',
  name: 'compare',
  summary:
    'Put the params, latest metrics and tags of runs beside each other; * marks what differs.',
  operands: '<run-id...>',
  options: [
    { flags: '--only-differing', help: 'leave out what is the same in all runs' },
    ...TABLE_OUTPUT,
  ],
  examples: [
    'tracklet runs compare 0a5e...d1 7c31...9f --only-differing',
    'tracklet runs compare $(tracklet runs list -n mnist --json | jq -r ".[].info.run_id") --csv',
  ],
  run: async (context, given) => {
    const format = givenFormat(context, given)
    await withTracker(context, async (tracker) => {
      const options = { onlyDiffering: given.flag('onlyDiffering') }
      const comparison = await tracker.compareRuns(given.operands, options)
      if (context.json) return context.out.write(`${toJson(comparisonToDictionary(comparison))}\n`)
      if (format !== null) return writeTable(context, given, comparisonToTable(comparison))
      return printTable(context, comparisonToColumns(comparison, context))
    })
  },
}

function comparisonToColumns(comparison: RunComparison, { out }: Context): TextTableColumn[] {
  const rows = comparisonRows(comparison)
  const marks = rows.map(({ name, differs }) => (differs ? `* ${name}` : `  ${name}`))
  return [
    { title: '', cells: ['  Name', '  Status', '  Date', ...marks], rank: 0 },
    ...comparison.runs.map(({ runId, runName, status, startTime }, run) => ({
      title: runId,
      least: runId.length,
      cells: [
        runName,
        status,
        timeToCell(startTime),
        ...rows.map(({ values }) => valueToCell(values[run], out)),
      ],
    })),
  ]
}

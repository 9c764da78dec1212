import type { ComparisonRow, RunComparison } from '../client/compare-runs.js'
import { ResultTable } from '../client/result-table.js'
import type { MixedColumn } from '../entities/column-table.js'
import { timeToCell, valueToCell } from './cell-text.js'
import { comparisonToDictionary, toJson } from './json.js'
import { CSV } from './options.js'
import { printStream, printTable } from './print.js'
import type { TextTableColumn } from './table-text.js'
import { withTracker, type Context, type Verb } from './verb.js'

/** `tracklet runs compare`: params, metrics and tags of runs beside each other. */
export const runsCompare: Verb = {
  group: 'runs',
  name: 'compare',
  summary:
    'Put the params, latest metrics and tags of runs beside each other; * marks what differs.',
  operands: '<run-id...>',
  options: [{ flags: '--only-differing', help: 'leave out what is the same in all runs' }, CSV],
  examples: [
    'tracklet runs compare 0a5e...d1 7c31...9f --only-differing',
    'tracklet runs compare $(tracklet runs list -n mnist --json | jq -r ".[].info.run_id") --csv',
  ],
  run: (context, given) =>
    withTracker(context, async (tracker) => {
      const options = { onlyDiffering: given.flag('onlyDiffering') }
      const comparison = await tracker.compareRuns(given.operands, options)
      if (context.json) return context.out.write(`${toJson(comparisonToDictionary(comparison))}\n`)
      if (given.flag('csv')) return printStream(context, comparisonToTable(comparison).csvStream())
      return printTable(context, comparisonToColumns(comparison, context))
    }),
}

/** A row of any kind, under the name that a filter has for it. */
interface NamedRow extends ComparisonRow<string | number> {
  readonly name: string
}

function namedRows({ params, metrics, tags }: RunComparison): NamedRow[] {
  const named =
    (kind: string) =>
    (row: ComparisonRow<string | number>): NamedRow => ({ ...row, name: `${kind}.${row.key}` })
  return [
    ...params.map(named('params')),
    ...metrics.map(named('metrics')),
    ...tags.map(named('tags')),
  ]
}

/** One line for each key; a column of values for each run, named by its id. */
function comparisonToTable(comparison: RunComparison): ResultTable {
  const rows = namedRows(comparison)
  const column = (name: string, values: MixedColumn['values']): MixedColumn => ({
    kind: 'mixed',
    name,
    values,
  })
  return new ResultTable({
    length: rows.length,
    columns: [
      column(
        'key',
        rows.map(({ name }) => name),
      ),
      column(
        'differs',
        rows.map(({ differs }) => String(differs)),
      ),
      ...comparison.runs.map(({ runId }, run) =>
        column(
          runId,
          rows.map(({ values }) => values[run] ?? null),
        ),
      ),
    ],
  })
}

function comparisonToColumns(comparison: RunComparison, { out }: Context): TextTableColumn[] {
  const rows = namedRows(comparison)
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

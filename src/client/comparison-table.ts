import { pythonFloat } from '../entities/python-text.js'
import { textColumn } from '../tables/text-column.js'
import type { ComparisonRow, RunComparison } from './compare-runs.js'
import { ResultTable } from './result-table.js'

/** A row of any kind, under the name that a filter has for it, such as `params.lr`. */
export interface NamedRow extends ComparisonRow<string | number> {
  readonly name: string
}

/** All rows of a comparison: params, then metrics, then tags. */
export function comparisonRows({ params, metrics, tags }: RunComparison): NamedRow[] {
  const named =
    (kind: string) =>
    (row: ComparisonRow<string | number>): NamedRow => ({ ...row, name: `${kind}.${row.key}` })
  return [
    ...params.map(named('params')),
    ...metrics.map(named('metrics')),
    ...tags.map(named('tags')),
  ]
}

/**
 * A comparison as a table of texts, for CSV and Arrow: one line for each key, with whether it differs, and a column of
 * values for each run, named by its id. Metrics are as Python writes them, NaN `nan`; what a run has not is missing.
 */
export function comparisonToTable(comparison: RunComparison): ResultTable {
  const rows = comparisonRows(comparison)
  const texts = comparison.runs.map(({ runId }, run) =>
    textColumn(
      runId,
      rows.map(({ values }) => valueText(values[run] ?? null)),
    ),
  )
  const [keys, differs] = [rows.map(({ name }) => name), rows.map((row) => String(row.differs))]
  const columns = [textColumn('key', keys), textColumn('differs', differs), ...texts]
  return new ResultTable({ length: rows.length, columns })
}

function valueText(value: string | number | null): string | null {
  if (typeof value !== 'number') return value
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : pythonFloat(value)
}

import type { ResultTable } from '../client/result-table.js'
import type { MetricSeries } from '../client/metric-series.js'
import type { CsvOptions } from '../tables/csv.js'
import type { Given } from './given.js'
import { CSV } from './options.js'
import { printStream } from './print.js'
import { countToText } from './storage.js'
import { toVisible } from './text-width.js'
import { UsageError } from './usage-error.js'
import type { Context, VerbOption } from './verb.js'

/** The ways that a table leaves for other programs. */
export const TABLE_OUTPUT: readonly VerbOption[] = [
  CSV,
  { flags: '--arrow', help: 'write an Arrow IPC stream: for pyarrow, DuckDB, Polars and R' },
  { flags: '-o, --filename <file>', help: 'write CSV or Arrow to a file' },
]

/** Whether a table is to be CSV or Arrow; null where it is to be shown. UsageError for what does not go together. */
export function givenFormat({ out, json }: Context, given: Given): 'csv' | 'arrow' | null {
  const filename = given.text('filename')
  const format = given.flag('arrow') ? 'arrow' : given.flag('csv') ? 'csv' : null
  if (given.flag('arrow') && given.flag('csv'))
    throw new UsageError('Give either --csv or --arrow, not both.')
  if (json && format !== null) throw new UsageError('Give either --json or --arrow, not both.')
  if (filename === undefined && format === 'arrow' && out.columns !== null)
    throw new UsageError('A terminal shows no Arrow: give --filename, or pipe the output on.')
  if (filename !== undefined && format === null)
    throw new UsageError('Give --csv or --arrow with --filename.')
  return format
}

/** Writes a table to where the options say. */
export async function writeTable(
  context: Context,
  given: Given,
  table: ResultTable | MetricSeries,
  csv?: CsvOptions,
): Promise<void> {
  const isCsv = givenFormat(context, given) === 'csv'
  const stream = isCsv ? table.csvStream(csv) : new Blob([await arrowOf(table)]).stream()
  const filename = given.text('filename')
  if (filename === undefined) return printStream(context, stream)
  await context.writeFile(filename, stream)
  const rows = `${countToText(table.length)} ${table.length === 1 ? 'row' : 'rows'}`
  await context.out.write(`Wrote ${rows} to ${toVisible(filename)}.\n`)
}

async function arrowOf(table: ResultTable | MetricSeries): Promise<Uint8Array<ArrayBuffer>> {
  return (await table.toIpc()) as Uint8Array<ArrayBuffer>
}

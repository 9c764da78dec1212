import type { ColumnTable } from '../entities/column-table.js'
import { invalidValue } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import { columnToCells, minimalQuoting } from './csv-cells.js'

const CELLS_PER_CHUNK = 32_768

/** How a table is written as CSV. */
export interface CsvOptions {
  /** Between cells: one character, `,` by default. */
  readonly separator?: string
  /** Whether the first line has the columns' names; true by default. */
  readonly header?: boolean
  /** What NaN is: nothing by default, as for pandas; `nan` tells it from a missing value. */
  readonly nan?: '' | 'nan'
}

/**
 * A table as pandas' `DataFrame.to_csv(index=False)` writes it: quotes only where needed, lines that end in `\n`, floats
 * as Python's `repr`, NaN and missing values empty, times as `2023-11-14 22:13:20.123+00:00`, bytes as Python's `repr`.
 * A carriage return is quoted, as Python does since 3.11.9. Texts are not altered, so a spreadsheet may take one that
 * begins with `=` for a formula. RESOURCE_EXHAUSTED where the text would be longer than the platform's strings.
 */
export function tableToCsv(table: ColumnTable, options?: CsvOptions): string {
  const chunks = [...tableToCsvChunks(table, options)]
  try {
    return chunks.join('')
  } catch (error) {
    throw new TrackletError(
      'RESOURCE_EXHAUSTED',
      'The table is too long for one text: read it as a stream of CSV instead.',
      { cause: error },
    )
  }
}

/** The same in pieces, each some whole lines, made as they are asked for. Bad options throw at once. */
export function tableToCsvChunks(
  table: ColumnTable,
  options: CsvOptions = {},
): Generator<string, void, undefined> {
  const { separator = ',', header = true, nan = '' } = options
  if (typeof separator !== 'string' || !/^[^"\r\n]$/u.test(separator))
    throw invalidValue('separator', separator, 'give one character other than a quote or newline.')
  if (nan !== '' && nan !== 'nan') throw invalidValue('nan', nan, "give '' or 'nan'.")
  return csvChunks(table, { separator, header, nan })
}

/** The same as a stream of UTF-8 that asks for lines only when it is read. */
export function tableToCsvStream(
  table: ColumnTable,
  options?: CsvOptions,
): ReadableStream<Uint8Array> {
  const chunks = tableToCsvChunks(table, options)
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const next = chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(encoder.encode(next.value))
      },
    },
    { highWaterMark: 0 },
  )
}

function* csvChunks(
  { columns, length }: ColumnTable,
  { separator, header, nan }: Required<CsvOptions>,
): Generator<string, void, undefined> {
  const quoting = minimalQuoting(separator)
  const toCells = columns.map((column) => columnToCells(column, quoting, nan))
  const cells = columns.map(({ name }) => quoting(name))
  // A line that is empty would be no row at all, so Python quotes a lone empty cell.
  const line = (): string => (cells.length === 1 && cells[0] === '' ? '""' : cells.join(separator))
  if (header) yield `${line()}\n`
  const rows = Math.max(1, Math.floor(CELLS_PER_CHUNK / Math.max(1, columns.length)))
  for (let from = 0; from < length; from += rows) {
    const lines: string[] = []
    for (let row = from; row < Math.min(length, from + rows); row++) {
      for (let i = 0; i < toCells.length; i++) cells[i] = toCells[i]!(row)
      lines.push(line())
    }
    yield `${lines.join('\n')}\n`
  }
}

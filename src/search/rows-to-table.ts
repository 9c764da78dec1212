import type {
  ColumnTable,
  NumberColumn,
  TableColumn,
  TextColumn,
} from '../entities/column-table.js'
import { compareCodePoints } from './code-points.js'
import { artifactUri } from './evaluate.js'
import type { RunFrame } from './frame.js'
import type { MetricCells } from './metric-cells.js'
import type { FoundRows } from './rank.js'
import type { TextCells } from './text-cells.js'

/** Found rows as columns, named as pandas' frame of `mlflow.search_runs`; keys that none of the runs has have none. */
export function rowsToTable(found: FoundRows, keyName: (id: number) => string): ColumnTable {
  const { rows } = found
  const { length } = rows
  const columns: TableColumn[] = [
    rowTexts('run_id', found, (frame, row) => frame.runIds[row]!),
    rowTexts('experiment_id', found, (frame) => frame.experimentId),
    cellTexts('status', found, (frame) => frame.statuses),
    rowTexts('artifact_uri', found, artifactUri),
    times('start_time', found, (frame) => frame.startTimes),
    times('end_time', found, (frame) => frame.endTimes),
  ]
  for (const [id, name] of keys(found, 'metrics', keyName))
    columns.push(metricColumn(`metrics.${name}`, found, id))
  for (const kind of ['params', 'tags'] as const)
    for (const [id, name] of keys(found, kind, keyName))
      columns.push(cellTexts(`${kind}.${name}`, found, (frame) => frame[kind].get(id)))
  return { length, columns: columns.filter((column, i) => i < FIXED || hasValues(column)) }
}

const FIXED = 6

/** The keys of one kind over all frames, by name. */
function keys(
  { frames }: FoundRows,
  kind: 'metrics' | 'params' | 'tags',
  keyName: (id: number) => string,
): [id: number, name: string][] {
  const ids = new Set(frames.flatMap((frame) => [...frame[kind].keys()]))
  const named = Array.from(ids, (id): [number, string] => [id, keyName(id)])
  return named.sort(([, a], [, b]) => compareCodePoints(a, b))
}

function hasValues(column: TableColumn): boolean {
  if (column.kind === 'text') return column.dictionary.length > 0
  return column.kind === 'mixed' || column.missing === null || column.missing.includes(0)
}

function frameOf({ frame }: FoundRows, i: number): number {
  return frame === null ? 0 : frame[i]!
}

/** A value of its own for each row, as ids are; experiments' ids are few. */
function rowTexts(
  name: string,
  found: FoundRows,
  read: (frame: RunFrame, row: number) => string,
): TextColumn {
  const dictionary: string[] = []
  const known = new Map<string, number>()
  const codes = Int32Array.from(found.rows, (row, i) => {
    const text = read(found.frames[frameOf(found, i)]!, row)
    const code = known.get(text) ?? dictionary.push(text) - 1
    known.set(text, code)
    return code
  })
  return { kind: 'text', name, codes, dictionary }
}

/** The texts of cells, with a dictionary of those that occur. */
function cellTexts(
  name: string,
  found: FoundRows,
  pick: (frame: RunFrame) => TextCells | undefined,
): TextColumn {
  const cells = found.frames.map(pick)
  const recoded = cells.map((one) => new Int32Array(one?.texts.length ?? 0).fill(-1))
  const dictionary: string[] = []
  const known = new Map<string, number>()
  const codes = new Int32Array(found.rows.length).fill(-1)
  for (let i = 0; i < codes.length; i++) {
    const frame = frameOf(found, i)
    const slot = cells[frame]?.column.slot(found.rows[i]!) ?? -1
    if (slot < 0) continue
    const code = cells[frame]!.codes[slot]!
    const table = recoded[frame]!
    if (table[code] === -1) table[code] = codeOf(cells[frame]!.texts[code]!, dictionary, known)
    codes[i] = table[code]!
  }
  return { kind: 'text', name, codes, dictionary }
}

function codeOf(text: string, dictionary: string[], known: Map<string, number>): number {
  const before = known.get(text)
  if (before !== undefined) return before
  known.set(text, dictionary.length)
  return dictionary.push(text) - 1
}

function times(
  name: string,
  found: FoundRows,
  pick: (frame: RunFrame) => Float64Array,
): TableColumn {
  const columns = found.frames.map(pick)
  const values = Float64Array.from(found.rows, (row, i) => columns[frameOf(found, i)]![row]!)
  const missing = values.some(Number.isNaN)
    ? Uint8Array.from(values, (v) => (v === v ? 0 : 1))
    : null
  return { kind: 'time', name, values, missing }
}

function metricColumn(name: string, found: FoundRows, id: number): NumberColumn {
  const cells = found.frames.map((frame): MetricCells | undefined => frame.metrics.get(id))
  const values = new Float64Array(found.rows.length)
  const missing = new Uint8Array(found.rows.length)
  let absent = 0
  for (let i = 0; i < values.length; i++) {
    const one = cells[frameOf(found, i)]
    const slot = one?.column.slot(found.rows[i]!) ?? -1
    if (slot >= 0) values[i] = one!.values[slot]!
    else {
      missing[i] = 1
      absent++
    }
  }
  return { kind: 'number', name, values, missing: absent > 0 ? missing : null }
}

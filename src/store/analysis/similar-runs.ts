import { type NumericColumn, nearest, numericParam } from '../../search/similar.js'
import { checkSimilarRuns, type SimilarColumn } from '../../search/similar-query.js'
import { type RunFrame, ROW_ACTIVE } from '../../search/frame.js'
import type { FrameColumn } from '../../search/frame-column.js'
import type { TextCells } from '../../search/text-cells.js'
import type { SimilarRun, SimilarRunsQuery } from '../../search/similar-query.js'
import type { Catalog } from '../catalog/catalog.js'
import type { Searcher } from './searcher.js'

/** The frames side by side as one long list of rows: those of frame i begin at `starts[i]`. */
interface Rows {
  readonly frames: readonly RunFrame[]
  readonly starts: readonly number[]
  readonly length: number
}

/** The runs nearest to one by params and metrics: see `AnalysisStore.findSimilarRuns`. */
export async function findSimilarRuns(
  catalog: Catalog,
  searcher: Searcher,
  query: SimilarRunsQuery,
): Promise<SimilarRun[]> {
  const { runId, by, k, experimentIds } = checkSimilarRuns(query)
  const own = catalog.placeOfRun(runId).experiment
  const among = experimentIds === null ? [own] : catalog.internalExperimentIds(experimentIds)
  return searcher.frames([...new Set([...among, own])], (frames) => {
    const rows = sideBySide(frames)
    const home = frames.findIndex((frame) => frame.experiment === own)
    const place = frames[home]!.rowOf(catalog.placeOfRun(runId).run)!
    const row = rows.starts[home]! + place
    const keep = candidates(rows, new Set(among))
    const columns = (by ?? ownColumns(frames[home]!, place, catalog))
      .map((column) => numericColumn(rows, catalog, column))
      .filter((column) => column !== null)
    // What is neither a candidate nor the run itself must not shift the means.
    for (const column of columns) leaveOut(column, keep, row)
    const found = nearest(columns, rows.length, row, k, keep)
    return found.map(({ row: other, distance }) => ({ runId: runIdAt(rows, other), distance }))
  })
}

function sideBySide(frames: readonly RunFrame[]): Rows {
  const starts: number[] = []
  let length = 0
  for (const frame of frames) {
    starts.push(length)
    length += frame.length
  }
  return { frames, starts, length }
}

function candidates({ frames, starts, length }: Rows, among: ReadonlySet<number>): Uint8Array {
  const keep = new Uint8Array(length)
  for (const [i, frame] of frames.entries())
    if (among.has(frame.experiment))
      for (let row = 0; row < frame.length; row++)
        if (frame.states[row] === ROW_ACTIVE) keep[starts[i]! + row] = 1
  return keep
}

/** The params and metrics that a run has a number in. */
function ownColumns(frame: RunFrame, row: number, catalog: Catalog): SimilarColumn[] {
  const columns: SimilarColumn[] = []
  for (const [id, cells] of frame.params) {
    const text = cells.get(row)
    if (text !== undefined && Number.isFinite(numericParam([text])[0]))
      columns.push({ entity: 'param', key: catalog.keyName(id) })
  }
  for (const [id, { column, values }] of frame.metrics)
    if (Number.isFinite(values[column.slot(row)]))
      columns.push({ entity: 'metric', key: catalog.keyName(id) })
  return columns
}

interface OwnColumn extends NumericColumn {
  readonly missing: Uint8Array
}

/** A column over all rows; null for a key that no frame has. */
function numericColumn(
  { frames, starts, length }: Rows,
  catalog: Catalog,
  { entity, key }: SimilarColumn,
): OwnColumn | null {
  const id = catalog.keyId(key)
  if (id === undefined) return null
  const column = { values: new Float64Array(length), missing: new Uint8Array(length).fill(1) }
  for (const [i, frame] of frames.entries()) {
    const cells = entity === 'metric' ? frame.metrics.get(id) : frame.params.get(id)
    if (cells === undefined) continue
    const numbers = 'values' in cells ? cells.values : paramNumbers(cells)
    copyCells(cells.column, numbers, column, starts[i]!, frame.length)
  }
  return column
}

function copyCells(
  { present, rows, count }: FrameColumn,
  numbers: Float64Array,
  column: OwnColumn,
  start: number,
  length: number,
): void {
  if (present !== null) {
    const dense = Math.min(length, present.length)
    column.values.set(numbers.subarray(0, dense), start)
    for (let row = 0; row < dense; row++) column.missing[start + row] = 1 - present[row]!
    return
  }
  for (let slot = 0; slot < count; slot++) {
    column.values[start + rows![slot]!] = numbers[slot]!
    column.missing[start + rows![slot]!] = 0
  }
}

/** The numbers of a param's cells, by slot. */
function paramNumbers(cells: TextCells): Float64Array {
  const { codes } = cells
  const byCode = cells.numbers(numericParam)
  const numbers = new Float64Array(codes.length)
  for (let slot = 0; slot < codes.length; slot++) numbers[slot] = byCode[codes[slot]!] ?? Number.NaN
  return numbers
}

function leaveOut({ missing }: OwnColumn, keep: Uint8Array, row: number): void {
  for (let other = 0; other < keep.length; other++)
    if (keep[other] === 0 && other !== row) missing[other] = 1
}

function runIdAt({ frames, starts }: Rows, row: number): string {
  let i = frames.length - 1
  while (starts[i]! > row) i--
  return frames[i]!.runIds[row - starts[i]!]!
}

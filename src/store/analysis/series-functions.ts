import type { MetricColumns } from '../../entities/metric.js'
import type { Comparison, Filter, SeriesFunction } from '../../search/grammar/ast.js'
import type { DerivedCells, RunFrame } from '../../search/frame.js'
import type { KeyIds } from '../../search/evaluate.js'

/** Reads histories, each of a run's key, by (step, timestamp). */
export type ReadHistories = (
  runs: readonly number[],
  key: number,
) => Promise<readonly Pick<MetricColumns, 'values'>[]>

/** Rows of a batch. */
export const BATCH = 512
const READING = 2
const KNOWN = 1

/** The comparisons of a filter that look at a metric's history. */
export function seriesComparisons(filter: Filter): Comparison[] {
  if (filter.kind === 'comparison') return filter.of === undefined ? [] : [filter]
  if (filter.kind === 'not') return seriesComparisons(filter.item)
  return filter.items.flatMap(seriesComparisons)
}

/** Rows of a frame whose histories a comparison has to look at. */
export interface UnknownRows {
  readonly frame: RunFrame
  readonly comparison: Comparison
  readonly key: number
  readonly rows: readonly number[]
}

/** The next batch of what these comparisons need to know; null once all of it is known. */
export function nextUnknown(
  frames: readonly RunFrame[],
  comparisons: readonly Comparison[],
  keyId: KeyIds,
): UnknownRows | null {
  for (const frame of frames)
    for (const comparison of comparisons) {
      const key = keyId(comparison.key)
      const rows = key === undefined ? [] : unknownRows(frame, comparison, key)
      if (key !== undefined && rows.length > 0) return { frame, comparison, key, rows }
    }
  return null
}

/**
 * Reads histories and keeps what they say. A row that is patched meanwhile has its number, but stays unknown.
 * One call at a time for a frame, or a row could be taken for known by another call's older reading.
 */
export async function derive(
  { frame, comparison, key, rows }: UnknownRows,
  read: ReadHistories,
): Promise<void> {
  const cells = derivedCells(frame, comparison)
  for (const row of rows) cells.known[row] = READING
  const histories = await read(
    rows.map((row) => frame.runs[row]!),
    key,
  )
  const { values, known } = derivedCells(frame, comparison)
  for (const [i, row] of rows.entries()) {
    values[row] = applyFunction(comparison.of!, histories[i]!.values)
    if (known[row] === READING) known[row] = KNOWN
  }
}

/** The numbers of a comparison's series function, by row. */
export function derivedCells(frame: RunFrame, comparison: Comparison): DerivedCells {
  const name = JSON.stringify([comparison.key, comparison.of])
  const known = frame.derived.get(name)
  if (known !== undefined && known.values.length >= frame.length) return known
  const length = Math.max(frame.length, frame.states.length)
  const cells = { values: new Float64Array(length).fill(Number.NaN), known: new Uint8Array(length) }
  if (known !== undefined) {
    cells.values.set(known.values)
    cells.known.set(known.known)
  }
  frame.derived.set(name, cells)
  return cells
}

/** A number out of a history's values, in order of step. NaN counts for `count`, `first` and `last` alone. */
function applyFunction({ name, points }: SeriesFunction, all: Float64Array): number {
  const values = points === null ? all : all.subarray(Math.max(0, all.length - points))
  switch (name) {
    case 'count':
      return values.length
    case 'first':
      return values[0] ?? Number.NaN
    case 'last':
      return values.at(-1) ?? Number.NaN
    case 'min':
      return values.reduce(
        (least, value) => (value < least || least !== least ? value : least),
        Number.NaN,
      )
    case 'max':
      return values.reduce(
        (most, value) => (value > most || most !== most ? value : most),
        Number.NaN,
      )
    case 'mean':
      return mean(values)
  }
}

function mean(values: Float64Array): number {
  let sum = 0
  let count = 0
  for (const value of values) {
    if (value !== value) continue
    sum += value
    count++
  }
  return sum / count
}

function unknownRows(frame: RunFrame, comparison: Comparison, key: number): number[] {
  const column = frame.metrics.get(key)?.column
  if (column === undefined) return []
  const { known } = derivedCells(frame, comparison)
  const rows: number[] = []
  for (let row = 0; row < frame.length && rows.length < BATCH; row++)
    if (known[row] !== KNOWN && column.slot(row) >= 0) rows.push(row)
  return rows
}

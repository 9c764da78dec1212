import { appendToLocation } from '../entities/artifact-location.js'
import type { ViewType } from '../entities/lifecycle.js'
import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { Comparison, Filter } from './grammar/ast.js'
import type { FrameColumn } from './frame-column.js'
import type { DatasetLink, RunFrame } from './frame.js'
import { ROW_ACTIVE, ROW_DELETED, ROW_GONE } from './frame.js'
import type { MetricCells } from './metric-cells.js'
import type { TextCells } from './text-cells.js'
import { CLAMP, clamped, numberTest, textTest } from './value-tests.js'

/** Gives the id of a metric's, param's or tag's key; undefined for one that was never used. */
export type KeyIds = (name: string) => number | undefined

/** Numbers of a metric's history by row, as functions of series read them; NaN where there are none. */
export type DerivedColumn = (comparison: Comparison) => Float64Array

/** What a filter is evaluated over. */
export interface EvaluationScope {
  readonly frame: RunFrame
  readonly keyId: KeyIds
  /** Only asked for comparisons that have `of`. */
  readonly derived: DerivedColumn
}

/** A mask of the rows that a view shows: 1 for each of them. */
export function viewMask(frame: RunFrame, view: ViewType): Uint8Array {
  const mask = new Uint8Array(frame.length)
  const { states } = frame
  const wanted = view === 'ACTIVE_ONLY' ? ROW_ACTIVE : ROW_DELETED
  if (view === 'ALL')
    for (let row = 0; row < mask.length; row++) mask[row] = Number(states[row] !== ROW_GONE)
  else for (let row = 0; row < mask.length; row++) mask[row] = Number(states[row] === wanted)
  return mask
}

/** Sets to 0 the rows of `mask` that do not meet the filter. The rules are MLflow's: a run without the key meets nothing. */
export function narrow(scope: EvaluationScope, filter: Filter, mask: Uint8Array): void {
  if (filter.kind === 'comparison') return narrowByComparison(scope, filter, mask)
  if (filter.kind === 'and') {
    for (const item of filter.items) narrow(scope, item, mask)
    return
  }
  const meets = filter.kind === 'or' ? eitherMask(scope, filter.items, mask) : mask.slice()
  if (filter.kind === 'not') narrow(scope, filter.item, meets)
  const wanted = filter.kind === 'or' ? 1 : 0
  for (let row = 0; row < mask.length; row++) if (meets[row] !== wanted) mask[row] = 0
}

function eitherMask(
  scope: EvaluationScope,
  items: readonly Filter[],
  mask: Uint8Array,
): Uint8Array {
  const either = new Uint8Array(mask.length)
  for (const item of items) {
    const one = mask.slice()
    narrow(scope, item, one)
    for (let row = 0; row < one.length; row++) either[row]! |= one[row]!
  }
  return either
}

function narrowByComparison(
  scope: EvaluationScope,
  comparison: Comparison,
  mask: Uint8Array,
): void {
  const { frame } = scope
  switch (comparison.entity) {
    case 'metric':
      return narrowByMetric(scope, comparison, mask)
    case 'param':
      return narrowByKey(scope, frame.params, comparison, mask)
    case 'tag':
      return narrowByKey(scope, frame.tags, comparison, mask)
    case 'dataset':
      return narrowByDataset(frame, comparison, mask)
    default:
      return narrowByAttribute(scope, comparison, mask)
  }
}

function narrowByMetric(scope: EvaluationScope, comparison: Comparison, mask: Uint8Array): void {
  const id = scope.keyId(comparison.key)
  const cells = id === undefined ? undefined : scope.frame.metrics.get(id)
  if (cells === undefined) mask.fill(0)
  else if (comparison.of === undefined) narrowByCells(cells, comparison, mask)
  else {
    const numbers = scope.derived(comparison)
    const test = numberTest(comparison)
    for (let row = 0; row < mask.length; row++)
      if (cells.column.slot(row) < 0 || !test(clamped(numbers[row]!))) mask[row] = 0
  }
}

function narrowByCells(
  { column, values }: MetricCells,
  comparison: Comparison,
  mask: Uint8Array,
): void {
  const { present } = column
  if (present !== null && narrowDense(present, values, comparison, mask)) return
  const test = numberTest(comparison)
  narrowBySlot(column, (slot) => test(clamped(values[slot]!)), mask)
}

/**
 * The most frequent search, as loops without a branch for the machine to guess wrong: a call of `test` for each row
 * takes ten times as long. False for what it leaves to others. Infinities are compared as the largest double, which
 * makes a difference only to values beyond half of it.
 */
function narrowDense(
  present: Uint8Array,
  values: Float64Array,
  { comparator, value }: Comparison,
  mask: Uint8Array,
): boolean {
  if (typeof value !== 'number' || Math.abs(value) > CLAMP / 2) return false
  const rows = Math.min(mask.length, present.length)
  mask.fill(0, rows)
  switch (comparator) {
    case '=':
      for (let row = 0; row < rows; row++)
        mask[row]! &= present[row]! & Number(values[row]! === value)
      return true
    case '!=':
      for (let row = 0; row < rows; row++)
        mask[row]! &= present[row]! & Number(values[row]! !== value)
      return true
    case '>':
      for (let row = 0; row < rows; row++)
        mask[row]! &= present[row]! & Number(values[row]! > value)
      return true
    case '>=':
      for (let row = 0; row < rows; row++)
        mask[row]! &= present[row]! & Number(values[row]! >= value)
      return true
    case '<':
      for (let row = 0; row < rows; row++)
        mask[row]! &= present[row]! & Number(values[row]! < value)
      return true
    case '<=':
      for (let row = 0; row < rows; row++)
        mask[row]! &= present[row]! & Number(values[row]! <= value)
      return true
    default:
      return false
  }
}

function narrowByKey(
  scope: EvaluationScope,
  cells: ReadonlyMap<number, TextCells>,
  comparison: Comparison,
  mask: Uint8Array,
): void {
  const id = scope.keyId(comparison.key)
  narrowByText(id === undefined ? undefined : cells.get(id), comparison, mask)
}

function narrowByText(
  cells: TextCells | undefined,
  comparison: Comparison,
  mask: Uint8Array,
): void {
  if (comparison.comparator === 'IS NULL') return narrowToAbsent(cells?.column, mask)
  if (cells === undefined) mask.fill(0)
  else if (comparison.comparator === 'IS NOT NULL') narrowBySlot(cells.column, () => true, mask)
  else {
    const meets = matchTexts(cells.texts, textTest(comparison))
    narrowByCodes(cells, meets, mask)
  }
}

function narrowByCodes({ column, codes }: TextCells, meets: Uint8Array, mask: Uint8Array): void {
  const { present } = column
  if (present === null) return narrowBySlot(column, (slot) => meets[codes[slot]!] === 1, mask)
  const rows = Math.min(mask.length, present.length)
  mask.fill(0, rows)
  for (let row = 0; row < rows; row++) mask[row]! &= present[row]! & meets[codes[row]!]!
}

function matchTexts(texts: readonly string[], test: (text: string) => boolean): Uint8Array {
  const meets = new Uint8Array(texts.length)
  for (let code = 0; code < meets.length; code++) if (test(texts[code]!)) meets[code] = 1
  return meets
}

function narrowToAbsent(column: FrameColumn | undefined, mask: Uint8Array): void {
  if (column === undefined) return
  const { present, rows, count } = column
  if (rows !== null) for (let slot = 0; slot < count; slot++) mask[rows[slot]!] = 0
  else for (let row = 0; row < mask.length; row++) if (present![row] === 1) mask[row] = 0
}

/** Keeps the rows whose cell meets `test`; those without a cell go. */
function narrowBySlot(
  column: FrameColumn,
  test: (slot: number) => boolean,
  mask: Uint8Array,
): void {
  const { present, rows, count } = column
  if (rows === null) {
    for (let row = 0; row < mask.length; row++)
      if (mask[row] === 1 && !(present![row] === 1 && test(row))) mask[row] = 0
    return
  }
  let from = 0
  for (let slot = 0; slot < count; slot++) {
    const row = rows[slot]!
    mask.fill(0, from, row)
    if (mask[row] === 1 && !test(slot)) mask[row] = 0
    from = row + 1
  }
  mask.fill(0, from)
}

function narrowByDataset({ links }: RunFrame, comparison: Comparison, mask: Uint8Array): void {
  const test = textTest(comparison)
  const field = comparison.key as keyof DatasetLink
  const meets = (link: DatasetLink): boolean => {
    const text = link[field]
    return text !== null && test(text)
  }
  for (let row = 0; row < mask.length; row++)
    if (mask[row] === 1 && !links.get(row)?.some(meets)) mask[row] = 0
}

function narrowByAttribute(scope: EvaluationScope, comparison: Comparison, mask: Uint8Array): void {
  const { frame } = scope
  switch (comparison.key) {
    case 'start_time':
      return narrowByNumbers(frame.startTimes, comparison, mask)
    case 'end_time':
      return narrowByNumbers(frame.endTimes, comparison, mask)
    case 'status':
      return narrowByText(frame.statuses, comparison, mask)
    case 'user_id':
      return narrowByText(frame.users, comparison, mask)
    case 'run_name':
      return narrowByText(runNames(scope), comparison, mask)
    default:
      return narrowByRowText(frame, comparison, mask)
  }
}

/** Filters compare a run's name as the tag has it, as MLflow does. */
function runNames({ frame, keyId }: EvaluationScope): TextCells | undefined {
  const id = keyId(MLFLOW_TAGS.runName)
  return id === undefined ? undefined : frame.tags.get(id)
}

/** An absent end time is NaN here and NULL there, which meets nothing, not even `!=`. */
function narrowByNumbers(numbers: Float64Array, comparison: Comparison, mask: Uint8Array): void {
  const test = numberTest(comparison)
  for (let row = 0; row < mask.length; row++) {
    const number = numbers[row]!
    if (mask[row] === 1 && (number !== number || !test(number))) mask[row] = 0
  }
}

function narrowByRowText(frame: RunFrame, comparison: Comparison, mask: Uint8Array): void {
  const test = textTest(comparison)
  const isUri = comparison.key === 'artifact_uri'
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] === 0) continue
    const text = isUri ? artifactUri(frame, row) : frame.runIds[row]!
    if (!test(text)) mask[row] = 0
  }
}

/** Where the artifacts of a row's run lie. */
export function artifactUri(frame: RunFrame, row: number): string {
  return appendToLocation(frame.artifactLocation, frame.runIds[row]!, 'artifacts')
}

import type { OrderTerm } from './grammar/ast.js'
import { compareCodePoints } from './code-points.js'
import { artifactUri, type KeyIds } from './evaluate.js'
import type { RunFrame } from './frame.js'
import type { TextCells } from './text-cells.js'
import { clamped } from './value-tests.js'

/** The rows that a search found, over one or many frames: row i is `rows[i]` of `frames[frame[i]]`. */
export interface FoundRows {
  readonly frames: readonly RunFrame[]
  /** Null where there is one frame. */
  readonly frame: Uint32Array | null
  readonly rows: Uint32Array
}

/** One term's sort keys of the found rows. `grades` come first, ascending whatever the direction: values, NaN, missing. */
interface SortKeys {
  readonly grades: Uint8Array | null
  readonly keys: Float64Array
  readonly sign: 1 | -1
}

const VALUE = 0
const IS_NAN = 1
const MISSING = 2
const FEW = 8

/**
 * The positions of the first `limit` found rows in MLflow's order: the terms, then the newest start, then the run id.
 * Where few are wanted of many, only those are sorted.
 */
export function rankRows(
  found: FoundRows,
  terms: readonly OrderTerm[],
  keyId: KeyIds,
  limit: number,
): Uint32Array {
  const columns = terms.map((term) => sortKeys(found, term, keyId))
  const order = comparer(columns, (a, b) => compareUnordered(found, a, b))
  return limit * FEW < found.rows.length
    ? firstOf(found.rows.length, limit, order)
    : Uint32Array.from(found.rows.keys()).sort(order).subarray(0, limit)
}

function comparer(
  columns: readonly SortKeys[],
  last: (a: number, b: number) => number,
): (a: number, b: number) => number {
  return (a, b) => {
    for (const { grades, keys, sign } of columns) {
      if (grades !== null && grades[a] !== grades[b]) return grades[a]! - grades[b]!
      const [left, right] = [keys[a]!, keys[b]!]
      if (left !== right) return left < right ? -sign : sign
    }
    return last(a, b)
  }
}

/** What decides where the terms do not: the newest start, then the run id. Looked at for ties alone. */
function compareUnordered(found: FoundRows, a: number, b: number): number {
  return (
    startTimeAt(found, b) - startTimeAt(found, a) ||
    compareCodePoints(runIdAt(found, a), runIdAt(found, b))
  )
}

/** The first `limit` of `count` positions, in order: a heap with the last of them on top. */
function firstOf(
  count: number,
  limit: number,
  order: (a: number, b: number) => number,
): Uint32Array {
  const heap = new Uint32Array(limit)
  for (let i = 0; i < limit; i++) heap[i] = i
  for (let i = limit >> 1; i-- > 0;) sink(heap, i, order)
  for (let i = limit; i < count; i++) {
    if (order(i, heap[0]!) >= 0) continue
    heap[0] = i
    sink(heap, 0, order)
  }
  return heap.sort(order)
}

function sink(heap: Uint32Array, from: number, order: (a: number, b: number) => number): void {
  const item = heap[from]!
  let at = from
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && order(heap[child + 1]!, heap[child]!) > 0) child++
    if (order(heap[child]!, item) <= 0) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = item
}

function sortKeys(found: FoundRows, term: OrderTerm, keyId: KeyIds): SortKeys {
  const sign = term.ascending ? 1 : -1
  switch (term.entity) {
    case 'metric':
      return metricKeys(found, keyId(term.key), sign)
    case 'param':
      return textKeys(found, (frame) => cellsOf(frame.params, keyId(term.key)), sign)
    case 'tag':
      return textKeys(found, (frame) => cellsOf(frame.tags, keyId(term.key)), sign)
    default:
      return attributeKeys(found, term, sign)
  }
}

function attributeKeys(found: FoundRows, { key }: OrderTerm, sign: 1 | -1): SortKeys {
  switch (key) {
    case 'start_time':
      return startTimes(found, sign)
    case 'end_time':
      return numberKeys(found, sign, (frame, row) => frame.endTimes[row]!, MISSING)
    case 'status':
      return textKeys(found, (frame) => frame.statuses, sign)
    case 'user_id':
      return textKeys(found, (frame) => frame.users, sign)
    case 'run_name':
      // MLflow filters by the tag, but orders by the run's own name.
      return textKeys(found, (frame) => frame.names, sign)
    default:
      return rowTextKeys(found, key, sign)
  }
}

function startTimes(found: FoundRows, sign: 1 | -1): SortKeys {
  return numberKeys(found, sign, (frame, row) => frame.startTimes[row]!, MISSING)
}

function metricKeys(found: FoundRows, key: number | undefined, sign: 1 | -1): SortKeys {
  const cells = found.frames.map((frame) => cellsOf(frame.metrics, key))
  const [only] = cells
  if (found.frame === null && only !== undefined && only.column.present !== null)
    return denseKeys(found.rows, only.column.present, only.values, sign)
  return gradedKeys(found, sign, (frame, row) => {
    const column = cells[frame]
    const slot = column?.column.slot(row) ?? -1
    return slot < 0 ? undefined : clamped(column!.values[slot]!)
  })
}

/** The same for the usual case, in a plain loop. */
function denseKeys(
  rows: Uint32Array,
  present: Uint8Array,
  values: Float64Array,
  sign: 1 | -1,
): SortKeys {
  const keys = new Float64Array(rows.length)
  const grades = new Uint8Array(rows.length)
  let graded = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const value = values[row]!
    const grade = present[row] !== 1 ? MISSING : value !== value ? IS_NAN : VALUE
    keys[i] = grade === VALUE ? clamped(value) : 0
    grades[i] = grade
    graded |= grade
  }
  return { grades: graded === 0 ? null : grades, keys, sign }
}

/** Sort keys of numbers; `nanGrade` says what NaN stands for. */
function numberKeys(
  found: FoundRows,
  sign: 1 | -1,
  read: (frame: RunFrame, row: number) => number,
  nanGrade: number,
): SortKeys {
  return gradedKeys(found, sign, (frame, row) => read(found.frames[frame]!, row), nanGrade)
}

function gradedKeys(
  { frame, rows }: FoundRows,
  sign: 1 | -1,
  read: (frame: number, row: number) => number | undefined,
  nanGrade = IS_NAN,
): SortKeys {
  const keys = new Float64Array(rows.length)
  const grades = new Uint8Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const number = read(frame === null ? 0 : frame[i]!, rows[i]!)
    if (number === undefined) grades[i] = MISSING
    else if (number !== number) grades[i] = nanGrade
    else keys[i] = number
  }
  return { grades: grades.some((grade) => grade !== VALUE) ? grades : null, keys, sign }
}

/** Texts are compared by their ranks: those of the frame's dictionary, or of the texts found where frames are many. */
function textKeys(
  found: FoundRows,
  pick: (frame: RunFrame) => TextCells | undefined,
  sign: 1 | -1,
): SortKeys {
  const cells = found.frames.map(pick)
  const ranks =
    cells.length === 1 ? [cells[0]?.ranks()] : commonRanks(cells.map((one) => one?.texts ?? []))
  return gradedKeys(found, sign, (frame, row) => {
    const column = cells[frame]
    const slot = column?.column.slot(row) ?? -1
    return slot < 0 ? undefined : ranks[frame]![column!.codes[slot]!]
  })
}

function rowTextKeys(found: FoundRows, key: string, sign: 1 | -1): SortKeys {
  const texts = Array.from(found.rows, (row, i) => {
    const frame = found.frames[found.frame === null ? 0 : found.frame[i]!]!
    return key === 'artifact_uri' ? artifactUri(frame, row) : frame.runIds[row]!
  })
  const [ranks] = commonRanks([texts])
  return { grades: null, keys: Float64Array.from(ranks!), sign }
}

function commonRanks(lists: readonly (readonly string[])[]): Int32Array[] {
  const distinct = [...new Set(lists.flat())].sort(compareCodePoints)
  const rankOf = new Map(distinct.map((text, rank) => [text, rank]))
  return lists.map((texts) => Int32Array.from(texts, (text) => rankOf.get(text)!))
}

function startTimeAt({ frames, frame, rows }: FoundRows, i: number): number {
  return frames[frame === null ? 0 : frame[i]!]!.startTimes[rows[i]!]!
}

function runIdAt({ frames, frame, rows }: FoundRows, i: number): string {
  return frames[frame === null ? 0 : frame[i]!]!.runIds[rows[i]!]!
}

function cellsOf<T>(cells: ReadonlyMap<number, T>, key: number | undefined): T | undefined {
  return key === undefined ? undefined : cells.get(key)
}

import { invalid } from '../../entities/invalid.js'
import type { Int64, Int64Column } from '../../entities/int64.js'
import { validateInt64, validateMetricKey, validateTimestamp } from '../../entities/validate.js'
import { TrackletError } from '../../errors.js'
import type { PointColumns } from '../tracking-store.js'
import { attempt, runOf } from './buffer-plan.js'
import type { BufferPlan } from './buffer-plan.js'

const REFUSED = 0
const UNSEEN = 0xffffffff
const LARGEST_TABLE = 1 << 22

/** Which series each (run, key) pair of the columns means; found out when a row first names the pair. */
interface Pairs {
  readonly series: Map<number, number>
  readonly errors: Map<number, TrackletError>
}

/**
 * Adds columns of points. Rows that cannot be kept become one refusal per (run, key); when all can, the
 * given columns themselves become the command's.
 */
export function addBufferedPoints(plan: BufferPlan, points: PointColumns): void {
  checkShape(points)
  if (points.values.length === 0) return
  const pairs: Pairs = { series: new Map(), errors: new Map() }
  const series = resolveRows(plan, points, pairs)
  const { steps, timestamps, values } = points
  if (
    pairs.errors.size === 0 &&
    areIntegers(steps, -Number.MAX_SAFE_INTEGER) &&
    areIntegers(timestamps, 0)
  ) {
    plan.draft.add({ t: 'points', series, steps, timestamps, values })
    return
  }
  addGoodRows(plan, points, series, pairs)
}

function checkShape({ runs, keys, run, key, steps, timestamps, values }: PointColumns): void {
  const isColumn = (column: unknown): boolean =>
    column instanceof Float64Array || column instanceof BigInt64Array
  const typed =
    Array.isArray(runs) &&
    Array.isArray(keys) &&
    run instanceof Uint32Array &&
    key instanceof Uint32Array &&
    isColumn(steps) &&
    isColumn(timestamps) &&
    values instanceof Float64Array
  if (!typed) throw invalid('Buffered points must be given as typed columns.')
  const lengths = [run, key, steps, timestamps].map((column) => column.length)
  if (lengths.some((length) => length !== values.length))
    throw invalid('The columns of buffered points must be of equal length.')
}

function resolveRows(plan: BufferPlan, points: PointColumns, pairs: Pairs): Uint32Array {
  const { run, key } = points
  const runCount = points.runs.length
  const keyCount = points.keys.length
  const series = new Uint32Array(run.length)
  const table = pairTable(runCount * keyCount, run.length)
  let lastPair = -1
  let current = REFUSED
  for (let i = 0; i < series.length; i++) {
    const r = run[i] as number
    const k = key[i] as number
    const pair = r * keyCount + k
    if (pair !== lastPair) {
      if (r >= runCount || k >= keyCount) throw badIndex(i)
      const known = table === null ? (pairs.series.get(pair) ?? UNSEEN) : (table[pair] as number)
      current = known === UNSEEN ? resolvePair(plan, points, pairs, pair) : known
      if (table !== null) table[pair] = current
      lastPair = pair
    }
    series[i] = current
  }
  return series
}

function pairTable(pairs: number, rows: number): Uint32Array | null {
  return pairs <= LARGEST_TABLE && pairs <= 65_536 + 8 * rows
    ? new Uint32Array(pairs).fill(UNSEEN)
    : null
}

function resolvePair(plan: BufferPlan, points: PointColumns, pairs: Pairs, pair: number): number {
  const { runs, keys } = points
  const found = attempt(() => {
    const key = validateMetricKey(keys[pair % keys.length])
    const run = runOf(plan, runs[Math.floor(pair / keys.length)] as string)
    if (run instanceof TrackletError) throw run
    return plan.draft.series(run.id, key)
  })
  if (found instanceof TrackletError) pairs.errors.set(pair, found)
  const series = found instanceof TrackletError ? REFUSED : found
  pairs.series.set(pair, series)
  return series
}

function areIntegers(column: Int64Column, least: number): boolean {
  return column instanceof Float64Array ? areSafe(column, least) : least < 0 || areNatural(column)
}

function areSafe(column: Float64Array, least: number): boolean {
  const most = Number.MAX_SAFE_INTEGER
  for (let i = 0; i < column.length; i++) {
    const value = column[i] as number
    if (!(value >= least && value <= most && Math.trunc(value) === value)) return false
  }
  return true
}

function areNatural(column: BigInt64Array): boolean {
  for (let i = 0; i < column.length; i++) if ((column[i] as bigint) < 0n) return false
  return true
}

function addGoodRows(
  plan: BufferPlan,
  points: PointColumns,
  series: Uint32Array,
  pairs: Pairs,
): void {
  const good: number[] = []
  const lost = new Map<number, { error: TrackletError; points: number }>()
  for (let i = 0; i < series.length; i++) {
    const pair = (points.run[i] as number) * points.keys.length + (points.key[i] as number)
    const error = pairs.errors.get(pair) ?? rowError(points, i)
    if (error === undefined) good.push(i)
    else {
      const sofar = lost.get(pair)
      if (sofar === undefined) lost.set(pair, { error, points: 1 })
      else sofar.points++
    }
  }
  if (good.length > 0) addRows(plan, points, series, good)
  for (const [pair, { error, points: count }] of lost) {
    const runId = points.runs[Math.floor(pair / points.keys.length)] as string
    plan.refusals.push({ runId, errorCode: error.errorCode, message: error.message, points: count })
  }
}

function rowError(points: PointColumns, i: number): TrackletError | undefined {
  const found = attempt(() => {
    validateInt64(points.steps[i], 'step')
    const key = points.keys[points.key[i] as number] as string
    validateTimestamp(points.timestamps[i], key, points.values[i] as number)
  })
  return found instanceof TrackletError ? found : undefined
}

function addRows(
  plan: BufferPlan,
  points: PointColumns,
  series: Uint32Array,
  rows: readonly number[],
): void {
  plan.draft.add({
    t: 'points',
    series: Uint32Array.from(rows, (i) => series[i] as number),
    steps: pick(points.steps, rows),
    timestamps: pick(points.timestamps, rows),
    values: Float64Array.from(rows, (i) => points.values[i] as number),
  })
}

function pick(column: Int64Column, rows: readonly number[]): Int64Column {
  return column instanceof Float64Array
    ? Float64Array.from(rows, (i) => column[i] as number)
    : BigInt64Array.from(rows, (i) => column[i] as Int64 as bigint)
}

function badIndex(row: number): TrackletError {
  return invalid(`Row ${row} of the buffered points names a run or key that was not given.`)
}

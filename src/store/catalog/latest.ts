import type { Int64 } from '../../entities/int64.js'
import type { SqlParam, SqlValue } from '../database.js'
import type { LatestPoint } from './state.js'

/** Whether a point is later than another by MLflow's rule: greater (step, timestamp, value), NaN counting as 0. */
export function isLater(a: LatestPoint, b: LatestPoint): boolean {
  if (a.step !== b.step) return a.step > b.step
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp
  return (Number.isNaN(a.value) ? 0 : a.value) > (Number.isNaN(b.value) ? 0 : b.value)
}

/** The later of two points, the first where they are equal. */
export function laterOf(
  a: LatestPoint | undefined,
  b: LatestPoint | undefined,
): LatestPoint | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return isLater(b, a) ? b : a
}

/** A metric value as a series' row keeps it: SQLite has no NaN, and drops the sign of zero. */
export function valueToSql(value: number): SqlParam {
  if (Number.isNaN(value)) return null
  return Object.is(value, -0) ? '-0' : value
}

/** A series' row as a point; undefined for a series that has none stored. */
export function rowToLatest(
  step: SqlValue | undefined,
  time: SqlValue | undefined,
  value: SqlValue | undefined,
): LatestPoint | undefined {
  if (step === null || step === undefined || time === undefined) return undefined
  return { step: sqlToInt64(step), timestamp: sqlToInt64(time), value: sqlToValue(value) }
}

/** An int64 as a statement takes it. */
export function int64ToSql(value: Int64): SqlParam {
  return typeof value === 'bigint' ? String(value) : value
}

function sqlToInt64(value: SqlValue): Int64 {
  return typeof value === 'string' ? BigInt(value) : Number(value)
}

function sqlToValue(value: SqlValue | undefined): number {
  return value === null || value === undefined ? Number.NaN : Number(value)
}

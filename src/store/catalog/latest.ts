import type { Int64 } from '../../entities/int64.js'
import { isLater } from '../../series/latest.js'
import type { Database, SqlParam, SqlValue } from '../database.js'
import type { LatestPoint } from './state.js'

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

/** A value as a record's JSON has it, for a series' row. */
export function textToValue(value: number | string): SqlParam {
  return valueToSql(Number(value))
}

/** A series' stored point out of its row; undefined for a series that has none. */
export function readLatest(db: Database, row: readonly SqlValue[]): LatestPoint | undefined {
  const [id, step, time, value] = row
  if (typeof step !== 'number' || typeof time !== 'number') return undefined
  const point = { step, timestamp: time, value: value == null ? Number.NaN : Number(value) }
  if (Number.isSafeInteger(step) && Number.isSafeInteger(time)) return point
  // A row's integers come as doubles, so that great ones are read once more, as text.
  const sql = 'SELECT CAST(step AS TEXT), CAST(time AS TEXT) FROM series WHERE id = ?'
  const [stepText, timeText] = db.get(sql, [Number(id)]) ?? []
  return { ...point, step: textToInt64(stepText), timestamp: textToInt64(timeText) }
}

/** An int64 as a statement takes it. */
export function int64ToSql(value: Int64): SqlParam {
  return typeof value === 'bigint' ? String(value) : value
}

function textToInt64(text: SqlValue | undefined): Int64 {
  const exact = BigInt(String(text))
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
}

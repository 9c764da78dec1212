import { invalidValue } from '../entities/invalid.js'
import type { Int64 } from '../entities/int64.js'
import type { KeyValue } from '../entities/log-batch.js'

/** MLflow's ViewType, as its protocol counts. */
export const VIEW_TYPES = { 1: 'ACTIVE_ONLY', 2: 'DELETED_ONLY', 3: 'ALL' } as const

/** MLflow's RunStatus, as its protocol counts. */
export const STATUSES = {
  1: 'RUNNING',
  2: 'SCHEDULED',
  3: 'FINISHED',
  4: 'FAILED',
  5: 'KILLED',
} as const

/** Tags or params as the ports take them; a value that is absent is ''. */
export function toPairs(
  list: readonly { readonly key: string; readonly value: string | undefined }[],
): KeyValue[] {
  return list.map(({ key, value = '' }) => [key, value])
}

/** How many results are asked for, as a number; the ports check the range. */
export function toCount(value: Int64 | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

/** A time in epoch milliseconds; INVALID_PARAMETER_VALUE beyond 2^53, which no clock shows. */
export function toTime(value: Int64 | undefined, parameter: string): number | undefined {
  if (typeof value !== 'bigint') return value
  throw invalidValue(parameter, value, 'A time must not be beyond 2^53 milliseconds.')
}

/** An object without its undefined members, as exact optional properties want it. */
export function defined<T extends object>(
  members: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

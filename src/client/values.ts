import type { Int64 } from '../entities/int64.js'
import { invalid, invalidValue, missing } from '../entities/invalid.js'
import { validateTimestamp } from '../entities/validate.js'
import { TrackletError, toTrackletError } from '../errors.js'

/** What a metric takes: a number, a boolean (1 and 0), text as Python's `float()` reads it, or an array of one. */
export type MetricValue = number | bigint | boolean | string | ArrayLike<number>

/**
 * What a param or tag takes. Kept as text: `String(x)` for numbers (`0.001`, `1e-7`, `NaN`; Python writes `1e-07`
 * and `nan`), `true` and `false` (Python: `True`, `False`), ISO for dates, JSON for arrays and objects
 * (`{"a":1}`; Python: `{'a': 1}`). Null and undefined are refused (Python: `None`).
 */
export type ParamValue = string | number | bigint | boolean | object

/** Epoch milliseconds, or a date. Fractions are cut. */
export type Timestamp = Int64 | Date

const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)
const PYTHON_FLOAT = /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i
const PYTHON_SPECIAL = /^([+-]?)(nan|inf|infinity)$/i

/** A metric's value as a double. INVALID_PARAMETER_VALUE for what is no number. */
export function metricValueToNumber(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value)
  if (typeof value === 'string') return textToNumber(value)
  if (value === undefined || value === null) throw missing('value')
  const only = soleElement(value)
  if (typeof only === 'number' || typeof only === 'bigint') return Number(only)
  throw invalid(`Failed to convert metric value to float: ${shown(value)} is not a number.`)
}

/** A step as an int64: cut to an integer, 0 when absent. INVALID_PARAMETER_VALUE for unsafe integers. */
export function toStep(step: unknown): Int64 {
  if (step === undefined || step === null) return 0
  return toInt64(step, 'step')
}

/** A point's timestamp as epoch milliseconds; now when absent. INVALID_PARAMETER_VALUE for negative ones. */
export function toTimestamp(timestamp: unknown, key: string, value: number): Int64 {
  if (timestamp === undefined || timestamp === null) return Date.now()
  const time = toTime(timestamp, 'timestamp')
  return time >= 0 ? time : validateTimestamp(time, key, value)
}

/** A time that must be a safe integer and not negative, as those of runs are; `name` is for the message. */
export function toMilliseconds(time: Timestamp, name: string): number {
  const milliseconds = toTime(time, name)
  if (typeof milliseconds === 'number' && milliseconds >= 0) return milliseconds
  throw invalidValue(name, milliseconds, 'It must be epoch milliseconds.')
}

/** The text that stands for a param's or tag's value. INVALID_PARAMETER_VALUE for null and what JSON cannot say. */
export function valueToText(value: unknown, key: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  if (value === undefined || value === null)
    throw invalid(`The value of '${shownKey(key)}' is ${value}. Give a text, or leave it out.`)
  if (value instanceof Date) return dateToText(value, key)
  return objectToText(value, key)
}

/** A record as pairs of texts. INVALID_PARAMETER_VALUE for anything else. */
export function recordToPairs(record: unknown, what: string): [key: string, value: string][] {
  return recordEntries(record, what).map(([key, value]) => [key, valueToText(value, key)])
}

/** A plain record's entries. INVALID_PARAMETER_VALUE for anything else. */
export function recordEntries(record: unknown, what: string): [key: string, value: unknown][] {
  if (typeof record === 'object' && record !== null && !Array.isArray(record)) {
    const entries = record instanceof Map ? [...record.entries()] : Object.entries(record)
    return entries as [string, unknown][]
  }
  throw invalid(`${what} must be an object of keys and values, not ${shown(record)}.`)
}

/** A value, short, for a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'object'}`
  return String(value)
}

function toTime(time: unknown, name: string): Int64 {
  return toInt64(time instanceof Date ? time.getTime() : time, name)
}

function toInt64(value: unknown, name: string): Int64 {
  if (typeof value === 'bigint') return bigintToInt64(value, name)
  if (typeof value !== 'number') throw invalid(badInteger(value, name))
  const whole = Math.trunc(value) + 0
  if (Number.isSafeInteger(whole)) return whole
  throw invalid(`${badInteger(value, name)} Past 2^53 give a bigint.`)
}

function bigintToInt64(value: bigint, name: string): Int64 {
  if (value > MAX_INT64 || value < MIN_INT64)
    throw invalid(
      `Invalid value ${value} for parameter '${name}' supplied: it needs more than 64 bits.`,
    )
  const narrow = Number(value)
  return Number.isSafeInteger(narrow) ? narrow : value
}

function badInteger(value: unknown, name: string): string {
  return `Invalid value ${shown(value)} for parameter '${name}' supplied: it is not a safe integer.`
}

function textToNumber(text: string): number {
  const trimmed = text.trim()
  if (PYTHON_FLOAT.test(trimmed)) return Number(trimmed.replaceAll('_', ''))
  const special = PYTHON_SPECIAL.exec(trimmed)
  if (special === null)
    throw invalid(`Failed to convert metric value to float: could not convert ${shown(text)}.`)
  if (special[2]?.toLowerCase() === 'nan') return NaN
  return special[1] === '-' ? -Infinity : Infinity
}

function soleElement(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const list = value as Partial<ArrayLike<unknown>>
  return list.length === 1 ? list[0] : undefined
}

function dateToText(date: Date, key: string): string {
  if (!Number.isNaN(date.getTime())) return date.toISOString()
  throw invalid(`The value of '${shownKey(key)}' is an invalid date.`)
}

function objectToText(value: unknown, key: string): string {
  try {
    const text: string | undefined = JSON.stringify(value)
    if (text !== undefined) return text
  } catch (error) {
    const cause = toTrackletError(error)
    const message = `The value of '${shownKey(key)}' cannot be written as JSON: ${cause.message}`
    throw new TrackletError('INVALID_PARAMETER_VALUE', message, { cause: error })
  }
  throw invalid(`The value of '${shownKey(key)}' is ${shown(value)}, which has no text form.`)
}

function shownKey(key: unknown): string {
  return String(key).slice(0, 100)
}

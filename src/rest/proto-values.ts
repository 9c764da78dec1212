import { invalidValue, wrongType } from '../entities/invalid.js'
import type { JsonValue } from '../entities/json-value.js'
import { isRecord } from '../entities/validate.js'

const MOMENT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/
const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/
const DEEPEST = 100
/** The first and last moment of protobuf's timestamps, in epoch milliseconds. */
const [FIRST, LAST] = [-62_135_596_800_000, 253_402_300_799_999]

/** A moment as proto JSON has it (RFC 3339), in epoch milliseconds; what is finer is cut. */
export function readTime(value: unknown, parameter: string): number {
  if (typeof value !== 'string') throw wrongType(parameter, value)
  const [, seconds, fraction = '', zone] = MOMENT.exec(value) ?? []
  const whole = seconds === undefined ? Number.NaN : Date.parse(`${seconds}${zone}`)
  if (!Number.isNaN(whole)) return whole + milliseconds(fraction)
  throw invalidValue(parameter, value, "It must be a time such as '2026-01-02T03:04:05.678Z'.")
}

/** A duration as proto JSON has it, in milliseconds; what is finer is cut. */
export function readDuration(value: unknown, parameter: string): number {
  if (typeof value !== 'string') throw wrongType(parameter, value)
  const [, sign, seconds, fraction = ''] = DURATION.exec(value) ?? []
  if (seconds === undefined)
    throw invalidValue(parameter, value, "It must be a duration such as '1.500s'.")
  const size = Number(seconds) * 1000 + milliseconds(fraction)
  return sign === '-' ? 0 - size : size
}

/**
 * A moment as proto JSON has it: in UTC, milliseconds only where they are not 0. Protobuf knows the years 1 to 9999; what is
 * beyond is told as their ends.
 */
export function timeToText(time: number): string {
  return new Date(Math.max(FIRST, Math.min(LAST, time))).toISOString().replace('.000Z', 'Z')
}

/** A duration as proto JSON has it. */
export function durationToText(duration: number): string {
  const size = Math.abs(duration)
  const fraction = size % 1000 === 0 ? '' : `.${String(size % 1000).padStart(3, '0')}`
  return `${duration < 0 ? '-' : ''}${Math.trunc(size / 1000)}${fraction}s`
}

/** An object whose members are all texts; others are refused. */
export function readMap(value: unknown, parameter: string): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw wrongType(parameter, value)
  const entries = Object.entries(value as Readonly<Record<string, unknown>>)
  if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
    return Object.fromEntries(entries)
  throw wrongType(parameter, value)
}

/** Anything that JSON can say; numbers are doubles. Refuses NaN, the infinities, and what nests too deep. */
export function readJsonValue(value: unknown, parameter: string, depth = 0): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (depth > DEEPEST) throw invalidValue(parameter, '...', 'It nests too deep.')
  if (Array.isArray(value)) return value.map((item) => readJsonValue(item, parameter, depth + 1))
  if (!isRecord(value)) throw wrongType(parameter, value)
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, unknown>>).map(([key, member]) => [
      key,
      readJsonValue(member, parameter, depth + 1),
    ]),
  )
}

function milliseconds(fraction: string): number {
  return Number(fraction.padEnd(3, '0').slice(0, 3))
}

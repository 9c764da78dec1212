import { invalidValue, wrongType } from './invalid.js'
import type { JsonValue } from './json-value.js'
import { isRecord, validateText } from './validate.js'

const DEEPEST = 100

/** What JSON can say, at most 100 levels deep, as a copy; INVALID_PARAMETER_VALUE for anything else, NaN and infinities too. */
export function validateJson(value: unknown, parameter: string, depth = 0): JsonValue {
  if (depth > DEEPEST)
    throw invalidValue(parameter, '...', `It nests deeper than ${DEEPEST} levels.`)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (Array.isArray(value)) return value.map((item) => validateJson(item, parameter, depth + 1))
  if (!isRecord(value) || ArrayBuffer.isView(value)) throw wrongType(parameter, value)
  const members = Object.entries(value as Readonly<Record<string, unknown>>)
  return Object.fromEntries(
    members.map(([key, member]) => [key, validateJson(member, parameter, depth + 1)]),
  )
}

/** Texts by name, as pairs; absent is none. INVALID_PARAMETER_VALUE for what is no record of texts. */
export function validateTexts(
  value: unknown,
  parameter: string,
): (readonly [key: string, value: string])[] {
  if (value === undefined || value === null) return []
  if (!isRecord(value)) throw wrongType(parameter, value)
  return Object.entries(value as Readonly<Record<string, unknown>>).map(([key, text]) => [
    validateText(key, parameter),
    validateText(text, `${parameter}.${key}`),
  ])
}

/** A text, or null where it is absent; INVALID_PARAMETER_VALUE for another type. */
export function validateOptional(value: unknown, parameter: string): string | null {
  return value === undefined || value === null ? null : validateText(value, parameter)
}

import { invalid } from '../entities/invalid.js'
import { jsonToSpanValue, spanValueToJson } from '../entities/span-json.js'
import type { JsonValue } from '../entities/json-value.js'
import type { SpanValue } from '../entities/trace.js'

/**
 * A value of a span as MLflow keeps it: JSON, spaced as Python writes it. What JSON cannot say is as `JSON.stringify` has
 * it; undefined is null. INVALID_PARAMETER_VALUE for what contains itself or nests deeper than 100 levels.
 */
export function toJsonText(value: unknown, what: string): string {
  return spanValueToJson(toSpanValue(value, what))
}

/** A value as one of a span's attributes: whole numbers are int64, others doubles. */
export function toSpanValue(value: unknown, what: string): SpanValue {
  const read = jsonToSpanValue(stringify(value, what))
  if (read !== undefined) return read
  throw invalid(`${what} nests too deep: at most 100 levels can be kept.`)
}

/** A value as JSON has it, for feedbacks and expectations. */
export function toJsonValue(value: unknown, what: string): JsonValue {
  return JSON.parse(stringify(value, what)) as JsonValue
}

function stringify(value: unknown, what: string): string {
  try {
    const text: string | undefined = JSON.stringify(value, (_, item: unknown) =>
      typeof item === 'bigint' ? bigintToJson(item) : item,
    )
    return text ?? 'null'
  } catch (cause) {
    throw invalid(`${what} cannot be written as JSON: ${(cause as Error).message}`)
  }
}

function bigintToJson(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

import { invalidValue, missing, wrongType } from './invalid.js'
import type { Span, SpanEvent, SpanValue } from './trace.js'
import { isRecord, validateList, validateText } from './validate.js'

const TRACE_ID = /^[0-9a-f]{32}$/
const SPAN_ID = /^[0-9a-f]{16}$/
const INT64_MAX = 2n ** 63n - 1n
const DEEPEST = 100
const CODES: readonly Span['status']['code'][] = ['UNSET', 'OK', 'ERROR']

/**
 * Spans, each checked and copied. Times are nanoseconds since the epoch, from 0 to the largest int64; attributes nest at
 * most 100 levels deep. INVALID_PARAMETER_VALUE names the first field that is wrong, as `spans[1].name`.
 */
export function validateSpans(spans: readonly Span[]): Span[] {
  return validateList(spans, 'spans').map((span, i) => validateSpan(span, `spans[${i}]`))
}

function validateSpan(span: Span, path: string): Span {
  if (!isRecord(span)) throw wrongType(path, span)
  const { parentSpanId } = span
  return {
    traceId: validateId(span.traceId, TRACE_ID, `${path}.trace_id`),
    spanId: validateId(span.spanId, SPAN_ID, `${path}.span_id`),
    parentSpanId:
      parentSpanId === '' ? '' : validateId(parentSpanId, SPAN_ID, `${path}.parent_span_id`),
    name: validateText(span.name, `${path}.name`),
    startTimeUnixNano: validateNanos(span.startTimeUnixNano, `${path}.start_time_unix_nano`),
    endTimeUnixNano: validateNanos(span.endTimeUnixNano, `${path}.end_time_unix_nano`),
    status: validateStatus(span.status, `${path}.status`),
    attributes: validateAttributes(span.attributes, `${path}.attributes`),
    events: validateList(span.events, `${path}.events`).map((event, i) =>
      validateEvent(event, `${path}.events[${i}]`),
    ),
    links: validateList(span.links, `${path}.links`).map((link, i) =>
      validateLink(link, `${path}.links[${i}]`),
    ),
  }
}

function validateId(value: unknown, form: RegExp, parameter: string): string {
  if (value === undefined) throw missing(parameter)
  if (typeof value !== 'string') throw wrongType(parameter, value)
  if (form.test(value) && /[^0]/.test(value)) return value
  throw invalidValue(parameter, value, 'It must be lower-case hex digits, not all of them 0.')
}

function validateNanos(value: unknown, parameter: string): bigint {
  if (value === undefined) throw missing(parameter)
  if (typeof value !== 'bigint') throw wrongType(parameter, value)
  if (value >= 0n && value <= INT64_MAX) return value
  throw invalidValue(parameter, value, 'It must be nanoseconds since the epoch, below 2^63.')
}

function validateStatus(status: Span['status'], path: string): Span['status'] {
  if (!isRecord(status)) throw wrongType(path, status)
  const code = CODES.find((known) => known === status.code)
  if (code === undefined)
    throw invalidValue(`${path}.code`, status.code, `It must be one of ${CODES.join(', ')}.`)
  return { code, message: validateText(status.message, `${path}.message`) }
}

function validateEvent(event: SpanEvent, path: string): SpanEvent {
  if (!isRecord(event)) throw wrongType(path, event)
  return {
    name: validateAnyText(event.name, `${path}.name`),
    timeUnixNano: validateNanos(event.timeUnixNano, `${path}.time_unix_nano`),
    attributes: validateAttributes(event.attributes, `${path}.attributes`),
  }
}

function validateLink(link: Span['links'][number], path: string): Span['links'][number] {
  if (!isRecord(link)) throw wrongType(path, link)
  return {
    traceId: validateAnyText(link.traceId, `${path}.trace_id`),
    spanId: validateAnyText(link.spanId, `${path}.span_id`),
    attributes: validateAttributes(link.attributes, `${path}.attributes`),
  }
}

/** Any string: it is kept within JSON. */
function validateAnyText(value: unknown, parameter: string): string {
  if (typeof value === 'string') return value
  throw value === undefined ? missing(parameter) : wrongType(parameter, value)
}

function validateAttributes(
  value: Readonly<Record<string, SpanValue>>,
  parameter: string,
  depth = 0,
): Readonly<Record<string, SpanValue>> {
  if (!isRecord(value)) throw wrongType(parameter, value)
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, validateValue(member, parameter, depth)]),
  )
}

function validateValue(value: unknown, parameter: string, depth: number): SpanValue {
  if (depth > DEEPEST)
    throw invalidValue(parameter, '...', `It nests deeper than ${DEEPEST} levels.`)
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
    return value as SpanValue
  if (typeof value === 'bigint') return validateInteger(value, parameter)
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (Array.isArray(value)) return value.map((item) => validateValue(item, parameter, depth + 1))
  return validateAttributes(value as Readonly<Record<string, SpanValue>>, parameter, depth + 1)
}

function validateInteger(value: bigint, parameter: string): bigint {
  if (value >= -INT64_MAX - 1n && value <= INT64_MAX) return value
  throw invalidValue(parameter, value, 'It does not fit into 64 bits.')
}

import { isList, spanValueToJson } from '../../entities/span-json.js'
import type { Span, SpanValue } from '../../entities/trace.js'
import { Double } from '../answer.js'
import type { Answer } from '../answer.js'
import { bytesToBase64, hexToBase64 } from './ids.js'
import { sendSpan } from './received-spans.js'

type Attributes = Readonly<Record<string, SpanValue>>

/** A span as MLflow's server answers it: OTLP's message in proto JSON, ids in base64. */
export function spanToJson(stored: Span): Answer {
  const span = sendSpan(stored)
  const { code, message } = span.status
  return {
    trace_id: hexToBase64(span.traceId),
    span_id: hexToBase64(span.spanId),
    parent_span_id: span.parentSpanId === '' ? null : hexToBase64(span.parentSpanId),
    name: span.name || null,
    start_time_unix_nano: orAbsent(span.startTimeUnixNano),
    end_time_unix_nano: orAbsent(span.endTimeUnixNano),
    attributes: attributesToJson(span.attributes),
    events: span.events.map((event) => ({
      time_unix_nano: orAbsent(event.timeUnixNano),
      name: event.name || null,
      attributes: attributesToJson(event.attributes),
    })),
    links: span.links.map((link) => ({
      trace_id: hexToBase64(link.traceId),
      span_id: hexToBase64(link.spanId),
      attributes: attributesToJson(link.attributes),
    })),
    status: { message: message || null, code: code === 'UNSET' ? null : `STATUS_CODE_${code}` },
  }
}

/** A file `traces.json` of spans, as MLflow's clients before 3.4 keep it among a trace's files. */
export function spansToFile(spans: readonly Span[]): string {
  return `{"spans":[${spans.map((span) => spanValueToJson(spanToFile(span))).join(',')}]}`
}

function spanToFile({ status, attributes, ...span }: Span): SpanValue {
  const { ['mlflow.traceRequestId']: traceId = `"tr-${span.traceId}"`, ...rest } = attributes
  return {
    trace_id: hexToBase64(span.traceId),
    span_id: hexToBase64(span.spanId),
    parent_span_id: span.parentSpanId === '' ? null : hexToBase64(span.parentSpanId),
    name: span.name,
    start_time_unix_nano: span.startTimeUnixNano,
    end_time_unix_nano: orAbsent(span.endTimeUnixNano),
    events: span.events.map(({ name, timeUnixNano, attributes: own }) => ({
      name,
      time_unix_nano: timeUnixNano,
      attributes: own,
    })),
    status: { code: `STATUS_CODE_${status.code}`, message: status.message },
    attributes: attributesToFile({ ...rest, 'mlflow.traceRequestId': traceId }),
    links: span.links.map((link) => ({
      trace_id: `tr-${link.traceId}`,
      span_id: link.spanId,
      attributes: link.attributes,
    })),
  }
}

/** In files of spans every attribute is a JSON text, as MLflow's own are here too. */
export function attributesToFile(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      key.startsWith('mlflow.') && typeof value === 'string' ? value : spanValueToJson(value),
    ]),
  )
}

function attributesToJson(attributes: Attributes): readonly Answer[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: value === null ? null : valueToJson(value),
  }))
}

function valueToJson(value: SpanValue): Answer {
  if (value === null) return {}
  if (typeof value === 'string') return { string_value: value }
  if (typeof value === 'boolean') return { bool_value: value }
  if (typeof value === 'bigint') return { int_value: value }
  if (typeof value === 'number') return { double_value: doubleToJson(value) }
  if (value instanceof Uint8Array) return { bytes_value: bytesToBase64(value) }
  if (isList(value)) return { array_value: { values: value.map(valueToJson) } }
  return { kvlist_value: { values: attributesToJson(value) } }
}

function doubleToJson(value: number): Double | string {
  return Number.isFinite(value) ? new Double(value) : String(value)
}

function orAbsent(time: bigint): bigint | null {
  return time === 0n ? null : time
}

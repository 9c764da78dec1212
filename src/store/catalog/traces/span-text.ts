import { spanValueToJson } from '../../../entities/span-json.js'
import type { Span, SpanValue } from '../../../entities/trace.js'

type Attributes = Readonly<Record<string, SpanValue>>

/** An attribute as MLflow keeps it: JSON of its value. MLflow's own are such texts already. */
export function attributeText(key: string, value: SpanValue): string {
  return key.startsWith('mlflow.') && typeof value === 'string' ? value : spanValueToJson(value)
}

/** The text that MLflow's server searches when a filter asks for `span.content` or an attribute: its JSON of the span. */
export function spanText(span: Span): string {
  const attributes = Object.entries(span.attributes).map(
    ([key, value]) => [key, attributeText(key, value)] as const,
  )
  return object([
    ['trace_id', hexToBase64(span.traceId)],
    ['span_id', hexToBase64(span.spanId)],
    ['parent_span_id', span.parentSpanId === '' ? 'null' : hexToBase64(span.parentSpanId)],
    ['name', text(span.name)],
    ['start_time_unix_nano', String(span.startTimeUnixNano)],
    ['end_time_unix_nano', String(span.endTimeUnixNano)],
    ['events', list(span.events.map(eventText))],
    ['status', statusText(span.status)],
    ['attributes', object(attributes.map(([key, value]) => [key, text(value)]))],
    ['links', list(span.links.map(linkText))],
  ])
}

function eventText({ name, timeUnixNano, attributes }: Span['events'][number]): string {
  return object([
    ['name', text(name)],
    ['time_unix_nano', String(timeUnixNano)],
    ['attributes', values(attributes)],
  ])
}

function linkText({ traceId, spanId, attributes }: Span['links'][number]): string {
  return object([
    ['trace_id', text(traceId)],
    ['span_id', text(spanId)],
    ['attributes', values(attributes)],
  ])
}

function statusText({ code, message }: Span['status']): string {
  return object([
    ['code', text(`STATUS_CODE_${code}`)],
    ['message', text(message)],
  ])
}

function values(attributes: Attributes): string {
  return object(Object.entries(attributes).map(([key, value]) => [key, spanValueToJson(value)]))
}

function object(members: readonly (readonly [name: string, json: string])[]): string {
  return `{${members.map(([name, json]) => `${text(name)}: ${json}`).join(', ')}}`
}

function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`
}

function text(value: string): string {
  return JSON.stringify(value)
}

function hexToBase64(hex: string): string {
  return text(btoa(hex.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)))))
}

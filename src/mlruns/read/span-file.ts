import { bytesToHex } from '../../entities/ids.js'
import { isList, jsonToSpanValue, spanValueToJson } from '../../entities/span-json.js'
import type { Span, SpanEvent, SpanValue } from '../../entities/trace.js'
import { BadMeta } from './meta.js'

type Members = Readonly<Record<string, SpanValue>>

/**
 * The spans of a `traces.json`, as clients of MLflow 2 and 3 write them (mlflow/entities/span.py, to_dict). BadMeta where
 * it holds anything else.
 */
export function readSpanFile(text: string): Span[] {
  const { spans } = membersOf(jsonToSpanValue(text))
  return listOf(spans).map((span) => {
    const members = membersOf(span)
    return members['context'] === undefined ? toSpan(members) : toSpan(fromSecond(members))
  })
}

/** A span of MLflow 2 as those of MLflow 3 are. */
function fromSecond(span: Members): Members {
  const context = membersOf(span['context'])
  return {
    trace_id: context['trace_id'] ?? null,
    span_id: context['span_id'] ?? null,
    parent_span_id: span['parent_id'] ?? null,
    name: span['name'] ?? null,
    start_time_unix_nano: span['start_time'] ?? null,
    end_time_unix_nano: span['end_time'] ?? null,
    status: { code: span['status_code'] ?? null, message: span['status_message'] ?? null },
    attributes: span['attributes'] ?? null,
    events: listOf(span['events'] ?? null).map((event) => {
      const { timestamp = null, ...rest } = membersOf(event)
      return { ...rest, time_unix_nano: timestamp }
    }),
  }
}

function toSpan(span: Members): Span {
  const parent = span['parent_span_id'] ?? null
  const status = membersOf(span['status'] ?? {})
  const attributes = Object.entries(membersOf(span['attributes'] ?? {}))
  return {
    traceId: toId(span['trace_id'], 32),
    spanId: toId(span['span_id'], 16),
    parentSpanId: parent === null || parent === '' ? '' : toId(parent, 16),
    name: textOf(span['name']),
    startTimeUnixNano: nanosOf(span['start_time_unix_nano']),
    endTimeUnixNano: nanosOf(span['end_time_unix_nano'] ?? 0n),
    status: { code: toCode(status['code'] ?? null), message: textOf(status['message']) },
    attributes: Object.fromEntries(
      attributes.map(([key, value]) => [key, toAttribute(key, value)]),
    ),
    events: listOf(span['events'] ?? null).map(toEvent),
    links: listOf(span['links'] ?? null).map(toLink),
  }
}

/** MLflow's own attributes stay the JSON texts that they are; the others are the values that their texts say. */
function toAttribute(key: string, value: SpanValue): SpanValue {
  if (key.startsWith('mlflow.')) return typeof value === 'string' ? value : spanValueToJson(value)
  return typeof value === 'string' ? (jsonToSpanValue(value) ?? value) : value
}

function toEvent(value: SpanValue): SpanEvent {
  const event = membersOf(value)
  return {
    name: textOf(event['name']),
    timeUnixNano: nanosOf(event['time_unix_nano']),
    attributes: membersOf(event['attributes'] ?? {}),
  }
}

function toLink(value: SpanValue): Span['links'][number] {
  const link = membersOf(value)
  return {
    traceId: toId(link['trace_id'], 32),
    spanId: toId(link['span_id'], 16),
    attributes: membersOf(link['attributes'] ?? {}),
  }
}

function toCode(value: SpanValue): Span['status']['code'] {
  const name = textOf(value).replace(/^STATUS_CODE_/, '')
  return name === 'OK' || name === 'ERROR' ? name : 'UNSET'
}

/** Hex digits out of hex, with or without `tr-` or `0x`, or out of base64. */
function toId(value: SpanValue | undefined, digits: number): string {
  const text = textOf(value).replace(/^(?:tr-|0x)/, '')
  if (text.length <= digits && /^[0-9a-f]+$/i.test(text) && text.length > digits / 2)
    return text.toLowerCase().padStart(digits, '0')
  const hex = /^[\w+/-]+={0,2}$/.test(text) ? base64ToHex(text) : ''
  if (hex.length === digits) return hex
  throw new BadMeta(`'${text.slice(0, 40)}' is no id of a span or a trace`)
}

function base64ToHex(text: string): string {
  try {
    return bytesToHex(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)))
  } catch {
    return ''
  }
}

function nanosOf(value: SpanValue | undefined): bigint {
  if (typeof value === 'bigint') return value
  if (value === null) return 0n
  throw new BadMeta('a time of a span is no integer')
}

function textOf(value: SpanValue | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  throw new BadMeta('a span holds another thing where a text belongs')
}

function listOf(value: SpanValue | undefined): readonly SpanValue[] {
  if (value === null) return []
  if (value !== undefined && isList(value)) return value
  throw new BadMeta('it holds no list of spans')
}

function membersOf(value: SpanValue | undefined): Members {
  if (typeof value !== 'object' || value === null || isList(value) || value instanceof Uint8Array)
    throw new BadMeta('it holds no spans')
  return value as Members
}

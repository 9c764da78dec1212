import { bytesToHex } from '../../entities/ids.js'
import type { Span, SpanEvent, SpanValue } from '../../entities/trace.js'
import { MalformedOtlp } from './malformed.js'
import {
  boolField,
  bytesField,
  doubleField,
  fixed64Field,
  int64Field,
  messageField,
  readMessage,
  textField,
} from './protobuf-message.js'
import type { ReceivedSpans } from './received-spans.js'
import { STATUS_CODES } from './status-codes.js'

type Attributes = Readonly<Record<string, SpanValue>>
type Link = Span['links'][number]

/**
 * The spans of an ExportTraceServiceRequest in protobuf (opentelemetry-proto, trace/v1/trace.proto), as they were sent.
 * MalformedOtlp where the bytes are none.
 */
export function readProtobufSpans(bytes: Uint8Array): ReceivedSpans {
  try {
    return readRequest(bytes)
  } catch (error) {
    throw error instanceof MalformedOtlp ? error : new MalformedOtlp(String(error))
  }
}

function readRequest(bytes: Uint8Array): ReceivedSpans {
  const spans: Span[] = []
  let resources = 0
  readMessage(bytes, 0, {
    1: messageField((resource, depth) => {
      resources++
      readMessage(resource, depth, {
        2: messageField((scope, inner) =>
          readMessage(scope, inner, {
            2: messageField((span, innermost) => spans.push(readSpan(span, innermost))),
          }),
        ),
      })
    }),
  })
  return { resources, spans }
}

function readSpan(bytes: Uint8Array, at: number): Span {
  let [traceId, spanId, parentSpanId, name] = ['', '', '', '']
  let [startTimeUnixNano, endTimeUnixNano] = [0n, 0n]
  let status: Span['status'] = { code: 'UNSET', message: '' }
  const attributes: [string, SpanValue][] = []
  const events: SpanEvent[] = []
  const links: Link[] = []
  readMessage(bytes, at, {
    1: bytesField((id) => (traceId = bytesToHex(id))),
    2: bytesField((id) => (spanId = bytesToHex(id))),
    4: bytesField((id) => (parentSpanId = bytesToHex(id))),
    5: textField((text) => (name = text)),
    7: fixed64Field((time) => (startTimeUnixNano = time)),
    8: fixed64Field((time) => (endTimeUnixNano = time)),
    9: messageField((pair, depth) => attributes.push(readPair(pair, depth))),
    11: messageField((event, depth) => events.push(readEvent(event, depth))),
    13: messageField((link, depth) => links.push(readLink(link, depth))),
    15: messageField((message, depth) => (status = readStatus(message, depth))),
  })
  const ids = { traceId, spanId, parentSpanId, name }
  const times = { startTimeUnixNano, endTimeUnixNano }
  return { ...ids, ...times, status, attributes: toRecord(attributes), events, links }
}

function readEvent(bytes: Uint8Array, at: number): SpanEvent {
  let name = ''
  let timeUnixNano = 0n
  const attributes: [string, SpanValue][] = []
  readMessage(bytes, at, {
    1: fixed64Field((time) => (timeUnixNano = time)),
    2: textField((text) => (name = text)),
    3: messageField((pair, depth) => attributes.push(readPair(pair, depth))),
  })
  return { name, timeUnixNano, attributes: toRecord(attributes) }
}

function readLink(bytes: Uint8Array, at: number): Link {
  let [traceId, spanId] = ['', '']
  const attributes: [string, SpanValue][] = []
  readMessage(bytes, at, {
    1: bytesField((id) => (traceId = bytesToHex(id))),
    2: bytesField((id) => (spanId = bytesToHex(id))),
    4: messageField((pair, depth) => attributes.push(readPair(pair, depth))),
  })
  return { traceId, spanId, attributes: toRecord(attributes) }
}

function readStatus(bytes: Uint8Array, at: number): Span['status'] {
  let code: Span['status']['code'] = 'UNSET'
  let message = ''
  readMessage(bytes, at, {
    2: textField((text) => (message = text)),
    3: int64Field((number) => (code = STATUS_CODES[Number(number)] ?? 'UNSET')),
  })
  return { code, message }
}

function readPair(bytes: Uint8Array, at: number): [string, SpanValue] {
  let key = ''
  let value: SpanValue = null
  readMessage(bytes, at, {
    1: textField((text) => (key = text)),
    2: messageField((any, depth) => (value = readValue(any, depth))),
  })
  return [key, value]
}

function readValue(bytes: Uint8Array, at: number): SpanValue {
  let value: SpanValue = null
  readMessage(bytes, at, {
    1: textField((text) => (value = text)),
    2: boolField((truth) => (value = truth)),
    3: int64Field((integer) => (value = integer)),
    4: doubleField((number) => (value = number)),
    5: messageField((list, depth) => (value = readItems(list, depth, readValue))),
    6: messageField((list, depth) => (value = toRecord(readItems(list, depth, readPair)))),
    7: bytesField((raw) => (value = raw)),
  })
  return value
}

function readItems<T>(
  bytes: Uint8Array,
  at: number,
  item: (bytes: Uint8Array, depth: number) => T,
): T[] {
  const items: T[] = []
  readMessage(bytes, at, { 1: messageField((one, depth) => items.push(item(one, depth))) })
  return items
}

function toRecord(pairs: readonly (readonly [string, SpanValue])[]): Attributes {
  return Object.fromEntries(pairs)
}

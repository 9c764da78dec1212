import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { isList } from '../../entities/span-json.js'
import type { Span, SpanEvent, SpanValue } from '../../entities/trace.js'
import { hexToBytes } from './ids.js'
import { sendSpan } from './received-spans.js'
import { STATUS_CODES } from './status-codes.js'

/** Spans as one ExportTraceServiceRequest in protobuf (opentelemetry-proto, trace/v1/trace.proto). */
export function writeProtobufSpans(spans: readonly Span[]): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  nest(writer, 1, () =>
    nest(writer, 2, () => {
      for (const span of spans) nest(writer, 2, () => writeSpan(writer, sendSpan(span)))
    }),
  )
  return writer.finish()
}

function writeSpan(writer: BinaryWriter, span: Span): void {
  bytes(writer, 1, hexToBytes(span.traceId))
  bytes(writer, 2, hexToBytes(span.spanId))
  if (span.parentSpanId !== '') bytes(writer, 4, hexToBytes(span.parentSpanId))
  text(writer, 5, span.name)
  writer.tag(7, WireType.Bit64).fixed64(span.startTimeUnixNano)
  writer.tag(8, WireType.Bit64).fixed64(span.endTimeUnixNano)
  writeAttributes(writer, 9, span.attributes)
  for (const event of span.events) nest(writer, 11, () => writeEvent(writer, event))
  for (const link of span.links)
    nest(writer, 13, () => {
      bytes(writer, 1, hexToBytes(link.traceId))
      bytes(writer, 2, hexToBytes(link.spanId))
      writeAttributes(writer, 4, link.attributes)
    })
  nest(writer, 15, () => {
    text(writer, 2, span.status.message)
    writer.tag(3, WireType.Varint).int32(STATUS_CODES.indexOf(span.status.code))
  })
}

function writeEvent(writer: BinaryWriter, event: SpanEvent): void {
  writer.tag(1, WireType.Bit64).fixed64(event.timeUnixNano)
  text(writer, 2, event.name)
  writeAttributes(writer, 3, event.attributes)
}

function writeAttributes(
  writer: BinaryWriter,
  field: number,
  attributes: Readonly<Record<string, SpanValue>>,
): void {
  for (const [key, value] of Object.entries(attributes))
    nest(writer, field, () => {
      text(writer, 1, key)
      nest(writer, 2, () => writeValue(writer, value))
    })
}

function writeValue(writer: BinaryWriter, value: SpanValue): void {
  if (value === null) return
  if (typeof value === 'string') text(writer, 1, value)
  else if (typeof value === 'boolean') writer.tag(2, WireType.Varint).bool(value)
  else if (typeof value === 'bigint') writer.tag(3, WireType.Varint).int64(value)
  else if (typeof value === 'number') writer.tag(4, WireType.Bit64).double(value)
  else if (value instanceof Uint8Array) bytes(writer, 7, value)
  else if (isList(value))
    nest(writer, 5, () => {
      for (const item of value) nest(writer, 1, () => writeValue(writer, item))
    })
  else nest(writer, 6, () => writeAttributes(writer, 1, value))
}

function nest(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write()
  writer.join()
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value)
}

function bytes(writer: BinaryWriter, field: number, value: Uint8Array): void {
  writer.tag(field, WireType.LengthDelimited).bytes(value)
}

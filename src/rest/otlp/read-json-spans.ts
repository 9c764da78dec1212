import { isRecord } from '../../entities/validate.js'
import { bytesToHex } from '../../entities/ids.js'
import type { Span, SpanEvent, SpanValue } from '../../entities/trace.js'
import { base64ToBytes, base64ToHex, hexToBytes } from './ids.js'
import { MalformedOtlp } from './malformed.js'
import type { ReceivedSpans } from './received-spans.js'
import { STATUS_CODES } from './status-codes.js'

type Json = Readonly<Record<string, unknown>>
type ReadId = (text: string) => string

const DIGITS = /^-?\d{1,20}$/
const [UINT64_MAX, INT64_MAX] = [2n ** 64n - 1n, 2n ** 63n - 1n]
const DEEPEST = 100
const UNFINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/**
 * The spans of an ExportTraceServiceRequest in OTLP's JSON, ids in hex, as they were sent. `json` is as JSON says it, with
 * integers that a double cannot hold as bigints or texts. MalformedOtlp where it is no such request.
 */
export function readJsonSpans(json: unknown): ReceivedSpans {
  const resources = messages(message(json), 'resourceSpans')
  const spans = resources
    .flatMap((resource) => messages(resource, 'scopeSpans'))
    .flatMap((scope) => messages(scope, 'spans'))
  return { resources: resources.length, spans: spans.map((span) => readSpan(span, hexId)) }
}

/** A span of MLflow's own answers: proto JSON, ids in base64. MalformedOtlp where it is none. */
export function readAnsweredSpan(json: unknown): Span {
  return readSpan(message(json), base64ToHex)
}

function hexId(text: string): string {
  return bytesToHex(hexToBytes(text))
}

function readSpan(json: Json, id: ReadId): Span {
  const status = message(member(json, 'status') ?? {})
  return {
    traceId: id(text(json, 'traceId')),
    spanId: id(text(json, 'spanId')),
    parentSpanId: id(text(json, 'parentSpanId')),
    name: text(json, 'name'),
    startTimeUnixNano: nanos(json, 'startTimeUnixNano'),
    endTimeUnixNano: nanos(json, 'endTimeUnixNano'),
    status: { code: statusCode(member(status, 'code')), message: text(status, 'message') },
    attributes: attributes(json),
    events: messages(json, 'events').map(readEvent),
    links: messages(json, 'links').map((link) => ({
      traceId: id(text(link, 'traceId')),
      spanId: id(text(link, 'spanId')),
      attributes: attributes(link),
    })),
  }
}

function readEvent(json: Json): SpanEvent {
  const timeUnixNano = nanos(json, 'timeUnixNano')
  return { name: text(json, 'name'), timeUnixNano, attributes: attributes(json) }
}

function attributes(json: Json): Span['attributes'] {
  return toRecord(messages(json, 'attributes'), 0)
}

function toRecord(pairs: readonly Json[], depth: number): Span['attributes'] {
  return Object.fromEntries(
    pairs.map((pair) => [text(pair, 'key'), readValue(member(pair, 'value') ?? {}, depth)]),
  )
}

function readValue(json: unknown, depth: number): SpanValue {
  if (depth > DEEPEST) throw new MalformedOtlp('values nest too deep')
  const any = message(json)
  const given = Object.entries(READERS).flatMap(([name, read]) => {
    const value = member(any, name)
    return value === undefined ? [] : [read(value, depth)]
  })
  if (given.length > 1) throw new MalformedOtlp('a value is of several kinds')
  return given[0] ?? null
}

const READERS: Readonly<Record<string, (value: unknown, depth: number) => SpanValue>> = {
  stringValue: asText,
  boolValue(value) {
    if (typeof value === 'boolean') return value
    throw new MalformedOtlp('a value is neither true nor false')
  },
  intValue: (value) => integer(value, -INT64_MAX - 1n, INT64_MAX),
  doubleValue: asDouble,
  arrayValue: (value, depth) =>
    messages(message(value), 'values').map((item) => readValue(item, depth + 1)),
  kvlistValue: (value, depth) => toRecord(messages(message(value), 'values'), depth + 1),
  bytesValue: (value) => base64ToBytes(asText(value)),
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value
  throw new MalformedOtlp('a value is no text')
}

function asDouble(value: unknown): number {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value)
  const text = asText(value)
  const number = Object.hasOwn(UNFINITE, text) ? UNFINITE[text]! : Number(text)
  if (text.trim() !== '' && (!Number.isNaN(number) || text === 'NaN')) return number
  throw new MalformedOtlp('a value is no number')
}

function statusCode(code: unknown): Span['status']['code'] {
  if (code === undefined) return 'UNSET'
  if (typeof code === 'number') return STATUS_CODES[code] ?? 'UNSET'
  const known = STATUS_CODES.find((name) => `STATUS_CODE_${name}` === code)
  if (known !== undefined) return known
  throw new MalformedOtlp('a status is none')
}

function nanos(json: Json, name: string): bigint {
  const value = member(json, name)
  return value === undefined ? 0n : integer(value, 0n, UINT64_MAX)
}

function integer(value: unknown, least: bigint, most: bigint): bigint {
  const whole = typeof value === 'bigint' || Number.isInteger(value)
  if (!whole && !(typeof value === 'string' && DIGITS.test(value)))
    throw new MalformedOtlp('a value is no integer')
  const exact = BigInt(value as bigint | number | string)
  if (exact < least || exact > most) throw new MalformedOtlp('an integer is out of range')
  return exact
}

function text(json: Json, name: string): string {
  return asText(member(json, name) ?? '')
}

function messages(json: Json, name: string): readonly Json[] {
  const list = member(json, name) ?? []
  if (!Array.isArray(list)) throw new MalformedOtlp(`${name} is no list`)
  return list.map(message)
}

function message(value: unknown): Json {
  if (isRecord(value)) return value as Json
  throw new MalformedOtlp('an object was expected')
}

/** A member by either of its spellings; null counts as absent, as proto JSON has it. */
function member(json: Json, name: string): unknown {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  for (const spelling of [name, snake])
    if (Object.hasOwn(json, spelling)) return json[spelling] ?? undefined
  return undefined
}

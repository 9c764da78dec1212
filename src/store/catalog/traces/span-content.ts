import type { Span, SpanEvent, SpanValue } from '../../../entities/trace.js'
import { TrackletError } from '../../../errors.js'

/** What a span's row keeps as one text. */
export type SpanContent = Pick<Span, 'attributes' | 'events' | 'links'>

type Attributes = Readonly<Record<string, SpanValue>>

/** A value as JSON can hold it: integers, bytes, maps and odd doubles are objects of one member that tells the kind. */
type Stored =
  | string
  | number
  | boolean
  | null
  | readonly Stored[]
  | { readonly i: string }
  | { readonly d: string }
  | { readonly b: string }
  | { readonly m: StoredMap }
type StoredMap = Readonly<Record<string, Stored>>

/** A content as the JSON text that `readContent` reads again, exactly. */
export function writeContent({ attributes, events, links }: SpanContent): string {
  return JSON.stringify({
    attributes: storeMap(attributes),
    events: events.map(({ name, timeUnixNano, attributes: own }) => ({
      name,
      time: String(timeUnixNano),
      attributes: storeMap(own),
    })),
    links: links.map(({ traceId, spanId, attributes: own }) => ({
      traceId,
      spanId,
      attributes: storeMap(own),
    })),
  })
}

/** A content out of its text; DATA_LOSS for what is none. */
export function readContent(text: string): SpanContent {
  try {
    const { attributes, events, links } = JSON.parse(text) as {
      readonly attributes: StoredMap
      readonly events: readonly { name: string; time: string; attributes: StoredMap }[]
      readonly links: readonly { traceId: string; spanId: string; attributes: StoredMap }[]
    }
    return {
      attributes: restoreMap(attributes),
      events: events.map(({ name, time, attributes: own }): SpanEvent => ({
        name,
        timeUnixNano: BigInt(time),
        attributes: restoreMap(own),
      })),
      links: links.map((link) => ({ ...link, attributes: restoreMap(link.attributes) })),
    }
  } catch (error) {
    throw new TrackletError('DATA_LOSS', 'The catalog holds a span that cannot be read.', {
      cause: error,
    })
  }
}

function storeMap(map: Attributes): StoredMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, store(value)]))
}

function store(value: SpanValue): Stored {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return { i: String(value) }
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { d: Object.is(value, -0) ? '-0' : String(value) }
  if (value instanceof Uint8Array) return { b: bytesToBase64(value) }
  if (isList(value)) return value.map(store)
  return { m: storeMap(value) }
}

function restoreMap(map: StoredMap): Attributes {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, restore(value)]))
}

function restore(value: Stored): SpanValue {
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) return value.map(restore)
  if ('i' in value) return BigInt(value.i)
  if ('d' in value) return Number(value.d)
  return 'b' in value ? base64ToBytes(value.b) : restoreMap(value.m)
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}

function bytesToBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

function base64ToBytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}

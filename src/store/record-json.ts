import { TrackletError } from '../errors.js'
import { deflate, inflate } from '../util/deflate.js'

/** The JSON of a record's payload, as its bytes lie there. */
export interface PackedJson {
  readonly bytes: Uint8Array
  /** Whether they are a u32 of their length unpacked, then raw DEFLATE. */
  readonly deflated: boolean
}

/**
 * Past so many bytes JSON is deflated. Only what comes in at once is as large: a group commit is closed long before, and
 * waits for nothing more than its bytes.
 */
const DEFLATED_FROM = 1024 * 1024

const LENGTH_BYTES = 4

/** A value as JSON in UTF-8, deflated where it is large. RESOURCE_EXHAUSTED where it is longer than a text can be. */
export function packJson(value: unknown): PackedJson {
  const bytes = new TextEncoder().encode(toText(value))
  return bytes.length < DEFLATED_FROM
    ? { bytes, deflated: false }
    : { bytes: withLength(deflate(bytes), bytes.length), deflated: true }
}

/** What `packJson` was given. Throws for bytes that are not such. */
export function unpackJson({ bytes, deflated }: PackedJson): unknown {
  const text = deflated ? inflate(bytes.subarray(LENGTH_BYTES), lengthOf(bytes)) : bytes
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
}

function toText(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    // V8 has no text of more than 2^29 characters, and throws a RangeError.
    if (!(cause instanceof RangeError)) throw cause
    const message =
      'This is too much for one step of the journal: log, or import, in smaller parts.'
    throw new TrackletError('RESOURCE_EXHAUSTED', message, { cause })
  }
}

function withLength(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(LENGTH_BYTES + bytes.length)
  new DataView(out.buffer).setUint32(0, length, true)
  out.set(bytes, LENGTH_BYTES)
  return out
}

function lengthOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true)
}

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { MalformedOtlp } from './malformed.js'

/** Reads one field's value; `depth` is how deep its message is nested. */
type ReadField = (reader: BinaryReader, depth: number) => void

/** A field that is known: a field of another wire type is none, as protobuf has it, and is skipped. */
export interface KnownField {
  readonly type: WireType
  readonly read: ReadField
}

/** How deep messages may nest; protobuf's own limit. */
const DEEPEST = 100

/**
 * Reads a message's fields by their numbers, in the order sent; unknown ones are skipped. MalformedOtlp where the bytes
 * are no such message.
 */
export function readMessage(
  bytes: Uint8Array,
  depth: number,
  fields: Readonly<Record<number, KnownField>>,
): void {
  if (depth > DEEPEST) throw new MalformedOtlp('messages nest too deep')
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag()
    const field = fields[number]
    if (field !== undefined && field.type === type) field.read(reader, depth)
    else reader.skip(type, number)
    if (reader.pos > reader.len) throw new MalformedOtlp('a field ends behind its message')
  }
}

/** A field of UTF-8 text; MalformedOtlp where it is none. */
export function textField(take: (text: string) => void): KnownField {
  return { type: WireType.LengthDelimited, read: (reader) => take(reader.string(true)) }
}

/** A field of bytes, copied out of what was sent. */
export function bytesField(take: (bytes: Uint8Array) => void): KnownField {
  return { type: WireType.LengthDelimited, read: (reader) => take(reader.bytes().slice()) }
}

/** A field that is a message: `take` reads its bytes, one level deeper. */
export function messageField(take: (bytes: Uint8Array, depth: number) => void): KnownField {
  return {
    type: WireType.LengthDelimited,
    read: (reader, depth) => take(reader.bytes(), depth + 1),
  }
}

/** A field of 64 bits, unsigned, fixed in length. */
export function fixed64Field(take: (value: bigint) => void): KnownField {
  return { type: WireType.Bit64, read: (reader) => take(BigInt(reader.fixed64())) }
}

/** A signed integer of 64 bits. */
export function int64Field(take: (value: bigint) => void): KnownField {
  return { type: WireType.Varint, read: (reader) => take(BigInt(reader.int64())) }
}

/** A double. */
export function doubleField(take: (value: number) => void): KnownField {
  return { type: WireType.Bit64, read: (reader) => take(reader.double()) }
}

/** A truth value. */
export function boolField(take: (value: boolean) => void): KnownField {
  return { type: WireType.Varint, read: (reader) => take(reader.bool()) }
}

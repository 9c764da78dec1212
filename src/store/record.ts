// The journal's record, laid out byte by byte in FORMAT.md ("Record").
import { TrackletError } from '../errors.js'
import { crc32c } from '../util/crc.js'
import type { Command } from './commands.js'
import { aligned, pointsBytes, readPoints, writePoints } from './record-columns.js'
import { packJson, unpackJson } from './record-json.js'
import { commandToJson, RECORD_VERSION, upcastPayload } from './record-payload.js'
import type { JsonCommand, Payload } from './record-payload.js'

/** One group commit: what the engine did in one step, with its place in the journal. */
export interface JournalRecord {
  /** The writer's epoch. */
  readonly epoch: number
  /** Position in the journal, from 1. */
  readonly seq: number
  /** The highest operation number of each client that the journal holds with this record. */
  readonly clients: Readonly<Record<string, number>>
  readonly commands: readonly Command[]
}

/**
 * Why bytes are no record. `torn`: cut short, as by a crash in the middle of a write. `damaged`: not what was written.
 * `newer`: whole, but of a format version or with a command that this code does not know.
 */
export type RecordFault = 'torn' | 'damaged' | 'newer'

/** What `decodeRecord` makes of bytes. */
export type DecodedRecord =
  | { readonly ok: true; readonly record: JournalRecord }
  | { readonly ok: false; readonly reason: RecordFault }

/** What a record's header tells. The header is the same in all format versions. */
export interface RecordHeader {
  readonly version: number
  readonly epoch: number
  readonly seq: number
  /** Bytes from the header's first to the checksum's last. */
  readonly totalLength: number
}

/** The largest record, in bytes. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024

const MAGIC = 0x524b5254
const HEADER_BYTES = 32
const FLAGS_AT = 6
const HEADER_CRC_AT = 28
const TRAILER_BYTES = 8
const WORD = 2 ** 32
const SPACE = 0x20

/** The flag of records whose JSON is deflated; there is no other. */
const DEFLATED = 1

/**
 * A record's bytes, in a buffer of their own.
 * RESOURCE_EXHAUSTED past 64 MiB; INVALID_PARAMETER_VALUE where a command holds what a record cannot.
 */
export function encodeRecord(record: {
  readonly epoch: number
  readonly seq: number
  readonly clients?: Readonly<Record<string, number>>
  readonly commands: readonly Command[]
}): Uint8Array {
  const commands = record.commands.map(commandToJson)
  const payload: Payload = { clients: record.clients ?? {}, commands }
  const { bytes: json, deflated } = packJson(payload)
  let length = aligned(json.length)
  for (const command of commands) if (command.t === 'points') length += pointsBytes(command)
  const bytes = allocate(record.seq, HEADER_BYTES + length + TRAILER_BYTES)
  writeHeader(bytes, { ...record, deflated, length, jsonLength: json.length })
  bytes.set(json, HEADER_BYTES)
  bytes.fill(SPACE, HEADER_BYTES + json.length, HEADER_BYTES + aligned(json.length))
  writeColumns(record.commands, commands, bytes.buffer, HEADER_BYTES + aligned(json.length))
  const crcAt = bytes.length - 4
  viewOf(bytes).setUint32(crcAt, crc32c(bytes.subarray(0, crcAt)), true)
  return bytes
}

/** The record in `bytes`, which must hold it and nothing else. Its columns may be views of `bytes`. */
export function decodeRecord(bytes: Uint8Array): DecodedRecord {
  const header = headerAt(bytes, 0)
  if (header === 'torn' || header === 'damaged') return { ok: false, reason: header }
  if (header.totalLength > bytes.length) return { ok: false, reason: 'torn' }
  if (header.totalLength < bytes.length || !checksumHolds(bytes))
    return { ok: false, reason: 'damaged' }
  if (header.version > RECORD_VERSION) return { ok: false, reason: 'newer' }
  try {
    return decodePayload(bytes, header)
  } catch {
    // A checksum that holds over nonsense: it was written so, and nothing in it can be trusted.
    return { ok: false, reason: 'damaged' }
  }
}

/** The header at `offset`, in bytes, or null where no whole record can begin there. The payload's checksum is not looked at. */
export function recordHeader(bytes: Uint8Array, offset: number): RecordHeader | null {
  const header = headerAt(bytes, offset)
  if (header === 'torn' || header === 'damaged') return null
  return header.totalLength <= bytes.length - offset ? header : null
}

/** The offset, at or after `from`, of the next record whose checksums hold; null where there is none. */
export function findRecord(bytes: Uint8Array, from: number): number | null {
  for (
    let at = bytes.indexOf(MAGIC & 0xff, from);
    at >= 0;
    at = bytes.indexOf(MAGIC & 0xff, at + 1)
  ) {
    const header = recordHeader(bytes, at)
    if (header && checksumHolds(bytes.subarray(at, at + header.totalLength))) return at
  }
  return null
}

function allocate(seq: number, total: number): Uint8Array<ArrayBuffer> {
  if (total <= MAX_RECORD_BYTES) return new Uint8Array(total)
  throw new TrackletError(
    'RESOURCE_EXHAUSTED',
    `Record ${seq} would take ${total} bytes; a record holds at most ${MAX_RECORD_BYTES}. Log in smaller batches.`,
  )
}

function writeHeader(
  bytes: Uint8Array,
  header: {
    readonly epoch: number
    readonly seq: number
    readonly deflated: boolean
    readonly length: number
    readonly jsonLength: number
  },
): void {
  const view = viewOf(bytes)
  view.setUint32(0, MAGIC, true)
  view.setUint16(4, RECORD_VERSION, true)
  view.setUint16(FLAGS_AT, header.deflated ? DEFLATED : 0, true)
  view.setUint32(8, header.epoch, true)
  view.setUint32(12, header.seq % WORD, true)
  view.setUint32(16, Math.floor(header.seq / WORD), true)
  view.setUint32(20, header.length, true)
  view.setUint32(24, header.jsonLength, true)
  view.setUint32(HEADER_CRC_AT, crc32c(bytes.subarray(0, HEADER_CRC_AT)), true)
}

function writeColumns(
  commands: readonly Command[],
  shapes: readonly JsonCommand[],
  buffer: ArrayBuffer,
  offset: number,
): void {
  let at = offset
  for (const [i, command] of commands.entries()) {
    const shape = shapes[i]
    if (command.t !== 'points' || shape?.t !== 'points') continue
    writePoints(command, shape, buffer, at)
    at += pointsBytes(shape)
  }
}

function headerAt(bytes: Uint8Array, offset: number): RecordHeader | 'torn' | 'damaged' {
  if (bytes.length - offset < HEADER_BYTES) return 'torn'
  const view = viewOf(bytes)
  if (view.getUint32(offset, true) !== MAGIC) return 'damaged'
  const crc = view.getUint32(offset + HEADER_CRC_AT, true)
  if (crc !== crc32c(bytes.subarray(offset, offset + HEADER_CRC_AT))) return 'damaged'
  const totalLength = HEADER_BYTES + view.getUint32(offset + 20, true) + TRAILER_BYTES
  if (totalLength > MAX_RECORD_BYTES) return 'damaged'
  return {
    version: view.getUint16(offset + 4, true),
    epoch: view.getUint32(offset + 8, true),
    seq: view.getUint32(offset + 16, true) * WORD + view.getUint32(offset + 12, true),
    totalLength,
  }
}

function checksumHolds(record: Uint8Array): boolean {
  const crcAt = record.length - 4
  return viewOf(record).getUint32(crcAt, true) === crc32c(record.subarray(0, crcAt))
}

function decodePayload(bytes: Uint8Array, header: RecordHeader): DecodedRecord {
  const jsonLength = viewOf(bytes).getUint32(24, true)
  const json = bytes.subarray(HEADER_BYTES, HEADER_BYTES + jsonLength)
  const flags = viewOf(bytes).getUint16(FLAGS_AT, true)
  if (flags > DEFLATED) return { ok: false, reason: 'newer' }
  const payload = upcastPayload(
    unpackJson({ bytes: json, deflated: flags === DEFLATED }),
    header.version,
  )
  if (typeof payload === 'string') return { ok: false, reason: payload }
  const commands = readCommands(bytes, HEADER_BYTES + aligned(jsonLength), payload.commands)
  const { epoch, seq } = header
  return { ok: true, record: { epoch, seq, clients: payload.clients, commands } }
}

function readCommands(
  bytes: Uint8Array,
  offset: number,
  commands: readonly JsonCommand[],
): Command[] {
  let at = offset
  return commands.map((command) => {
    if (command.t !== 'points') return command
    const points = readPoints(bytes, at, command)
    at += pointsBytes(command)
    return points
  })
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

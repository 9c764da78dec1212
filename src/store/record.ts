// The journal's record, laid out byte by byte in FORMAT.md ("Record").
import { TrackletError } from '../errors.js'
import { crc32c } from '../util/crc32c.js'
import type { Command } from './commands.js'
import {
  aligned,
  pointsBytes,
  readPoints,
  shapePoints,
  writePoints,
  type PointsShape,
} from './record-columns.js'

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
const VERSION = 1
const HEADER_BYTES = 32
const HEADER_CRC_AT = 28
const TRAILER_BYTES = 8
const WORD = 2 ** 32
const SPACE = 0x20

type JsonCommand = Exclude<Command, { t: 'points' }> | PointsShape

interface Payload {
  readonly clients: Readonly<Record<string, number>>
  readonly commands: readonly JsonCommand[]
}

/** Step `n` turns a payload of version n into one of version n + 1. */
const UPCASTS: Readonly<Record<number, (payload: Payload) => Payload>> = {}

const KNOWN: Readonly<Record<Command['t'], true>> = {
  defineKey: true,
  createExperiment: true,
  renameExperiment: true,
  setExperimentTag: true,
  deleteExperimentTag: true,
  deleteExperiment: true,
  restoreExperiment: true,
  purgeExperiment: true,
  createRun: true,
  updateRun: true,
  deleteRun: true,
  restoreRun: true,
  purgeRun: true,
  setParams: true,
  setTags: true,
  deleteTag: true,
  defineDataset: true,
  linkDataset: true,
  defineSeries: true,
  points: true,
  adoptSegments: true,
  defineBlob: true,
  putArtifact: true,
  deleteArtifacts: true,
  createModel: true,
  renameModel: true,
  updateModel: true,
  deleteModel: true,
  setModelTag: true,
  deleteModelTag: true,
  setAlias: true,
  deleteAlias: true,
  createVersion: true,
  updateVersion: true,
  setStage: true,
  deleteVersion: true,
  setVersionTag: true,
  deleteVersionTag: true,
  createLoggedModel: true,
  finalizeLoggedModel: true,
  deleteLoggedModel: true,
  purgeLoggedModel: true,
  setLoggedModelTags: true,
  deleteLoggedModelTag: true,
  setLoggedModelParams: true,
  linkModel: true,
  putTrace: true,
  deleteTrace: true,
  setTraceTags: true,
  deleteTraceTag: true,
  setTraceMetadata: true,
  putSpans: true,
  linkTraces: true,
  putAssessment: true,
  validateAssessment: true,
  deleteAssessment: true,
}

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
  const json = payloadToJson({ clients: record.clients ?? {}, commands })
  let length = aligned(json.length)
  for (const command of commands) if (command.t === 'points') length += pointsBytes(command)
  const bytes = allocate(record.seq, HEADER_BYTES + length + TRAILER_BYTES)
  writeHeader(bytes, record.epoch, record.seq, length, json.length)
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
  if (header.version > VERSION) return { ok: false, reason: 'newer' }
  try {
    return decodePayload(bytes, header)
  } catch {
    // A checksum that holds over nonsense: it was written so, and nothing in it can be trusted.
    return { ok: false, reason: 'damaged' }
  }
}

/** The header at `offset`, or null where no whole record can begin there. The payload's checksum is not looked at. */
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

function commandToJson(command: Command): JsonCommand {
  if (command.t === 'points') return shapePoints(command)
  refuseNonFinite(command, command.t)
  return command
}

function refuseNonFinite(value: unknown, where: string): void {
  if (Array.isArray(value)) {
    for (const inner of value as readonly unknown[]) refuseNonFinite(inner, where)
  } else if (typeof value === 'object' && value !== null) {
    // Not Object.values, which would make an array for each of the many objects.
    for (const key in value) refuseNonFinite((value as Record<string, unknown>)[key], where)
  } else if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new TrackletError(
      'INVALID_PARAMETER_VALUE',
      `A "${where}" command cannot be stored: it holds the number ${value}, which JSON has no way to write.`,
    )
  }
}

function payloadToJson(payload: Payload): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(payload))
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
  epoch: number,
  seq: number,
  length: number,
  jsonLength: number,
): void {
  const view = viewOf(bytes)
  view.setUint32(0, MAGIC, true)
  view.setUint16(4, VERSION, true)
  view.setUint32(8, epoch, true)
  view.setUint32(12, seq % WORD, true)
  view.setUint32(16, Math.floor(seq / WORD), true)
  view.setUint32(20, length, true)
  view.setUint32(24, jsonLength, true)
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
  let payload = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)) as Payload
  for (let version = header.version; version < VERSION; version++) {
    const upcast = UPCASTS[version]
    if (!upcast) return { ok: false, reason: 'damaged' }
    payload = upcast(payload)
  }
  if (!payload.commands.every((command) => Object.hasOwn(KNOWN, command.t)))
    return { ok: false, reason: 'newer' }
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

import { TrackletError } from '../errors.js'
import type { SegmentRef } from '../series/segment.js'
import type { FrameCatalogue } from './analysis/saved-frames.js'
import { crc32c } from '../util/crc.js'
import type { Counters } from './commands.js'
import type { ImageMap } from './image.js'

/** A checkpoint: the state at journal position `seq`, as blobs. Layout: FORMAT.md, "Manifest contents". */
export interface Manifest {
  /** Counts checkpoints. */
  readonly generation: number
  /** The last record that the state contains. */
  readonly seq: number
  /**
   * The last record that the image contains. Of the records from there to `seq` the points lie in segments, the
   * other commands are applied again at opening.
   */
  readonly imageSeq: number
  /** As the image has them. */
  readonly counters: Counters
  readonly image: ImageMap
  readonly segments: readonly SegmentRef[]
  /** Frames for searching, where some are stored. */
  readonly frames?: FrameCatalogue
  /** Highest operation number of each client that the state contains. */
  readonly clients: Readonly<Record<string, number>>
  /** Names of artifact blobs that nothing refers to any more but the manifest before this one may. */
  readonly garbage: readonly GarbageBlob[]
}

/** A blob that is to be deleted. */
export interface GarbageBlob {
  readonly name: string
  readonly parts: number
}

const MAGIC = 0x4d4b5254
const VERSION = 1
const HEADER_BYTES = 12

/** A manifest as stored bytes. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(manifest))
  const bytes = new Uint8Array(HEADER_BYTES + json.byteLength + 4)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, VERSION, true)
  view.setUint32(8, json.byteLength, true)
  bytes.set(json, HEADER_BYTES)
  view.setUint32(bytes.byteLength - 4, crc32c(bytes.subarray(0, bytes.byteLength - 4)), true)
  return bytes
}

/** Stored bytes as a manifest. Throws DATA_LOSS where they are damaged, INVALID_STATE where they are newer than this code. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  if (bytes.byteLength < HEADER_BYTES + 4) throw damaged('it is too short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) throw damaged('it does not begin as a manifest does')
  const crc = view.getUint32(bytes.byteLength - 4, true)
  if (crc32c(bytes.subarray(0, bytes.byteLength - 4)) !== crc)
    throw damaged('its checksum does not hold')
  const version = view.getUint32(4, true)
  if (version > VERSION) {
    throw new TrackletError(
      'INVALID_STATE',
      `The store was written by a newer tracklet (manifest version ${version}, this one reads ${VERSION}). Update tracklet to open it.`,
    )
  }
  return JSON.parse(
    new TextDecoder().decode(bytes.subarray(HEADER_BYTES, bytes.byteLength - 4)),
  ) as Manifest
}

function damaged(why: string): TrackletError {
  return new TrackletError('DATA_LOSS', `The store's manifest is damaged: ${why}.`)
}

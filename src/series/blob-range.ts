import { TrackletError } from '../errors.js'
import { damaged } from './codec.js'
import type { SegmentRef } from './segment.js'

/** Where segments are read from: a storage adapter's `get`. */
export interface BlobSource {
  /** A blob, or the bytes [start, end) of it; null where there is none. */
  get(key: string, range?: { start: number; end: number }): Promise<Uint8Array | null>
}

/** The bytes [start, end) of a segment; DATA_LOSS where they are not there. */
export async function readBlob(
  blobs: BlobSource,
  ref: SegmentRef,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const bytes = await blobs.get(ref.key, { start, end })
  if (bytes === null)
    throw new TrackletError(
      'DATA_LOSS',
      `Segment "${ref.key}" is missing from the storage, with ${ref.points} points. Restore it from a copy.`,
    )
  if (bytes.length !== end - start) throw damaged(`Segment "${ref.key}"`)
  return bytes
}

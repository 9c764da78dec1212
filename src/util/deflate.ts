import { deflateSync, inflateSync } from 'fflate'
import { TrackletError } from '../errors.js'

/** DEFLATE undone, into `size` bytes at most; throws for more, and for what was never deflated. */
export type InflateRaw = (bytes: Uint8Array, size: number) => Uint8Array

/** Raw DEFLATE of `bytes`; level 1 is the fastest, 9 the smallest. */
export function deflate(bytes: Uint8Array, level: 1 | 6 | 9 = 1): Uint8Array {
  return deflateSync(bytes, { level })
}

/** The `size` bytes that `deflate` was given; DATA_LOSS where the stream is broken or of another size. */
export function inflate(bytes: Uint8Array, size: number): Uint8Array {
  const out = inflateInto(bytes, size)
  if (out.length === size) return out
  throw new TrackletError('DATA_LOSS', `A deflated stream gave ${out.length} bytes, not ${size}.`)
}

function inflateInto(bytes: Uint8Array, size: number): Uint8Array {
  try {
    return inflateSync(bytes, { out: new Uint8Array(size) })
  } catch (cause) {
    throw new TrackletError('DATA_LOSS', 'A deflated stream cannot be read.', { cause })
  }
}

import { deflateSync, inflateSync } from 'fflate'
import { TrackletError } from '../errors.js'
import { givenNative } from './native.js'

/** Bytes up to which script is done before a platform's stream is set up. */
const TINY = 400

/** Raw DEFLATE of `bytes`; level 1 is the fastest, 9 the smallest. */
export function deflate(bytes: Uint8Array, level: 1 | 6 | 9 = 1): Uint8Array {
  const native = bytes.length > TINY ? givenNative() : null
  return native ? native.deflateRaw(bytes, level) : deflateSync(bytes, { level })
}

/** The `size` bytes that `deflate` was given; DATA_LOSS where the stream is broken or of another size. */
export function inflate(bytes: Uint8Array, size: number): Uint8Array {
  const out = inflateInto(bytes, size)
  if (out.length === size) return out
  throw new TrackletError('DATA_LOSS', `A deflated stream gave ${out.length} bytes, not ${size}.`)
}

/** DEFLATE undone, into `size` bytes at most; throws for more, and for what was never deflated. */
export function inflateRaw(bytes: Uint8Array, size: number): Uint8Array {
  const native = size > TINY ? givenNative() : null
  return native ? native.inflateRaw(bytes, size) : inflateSync(bytes, { out: new Uint8Array(size) })
}

function inflateInto(bytes: Uint8Array, size: number): Uint8Array {
  try {
    return inflateRaw(bytes, size)
  } catch (cause) {
    throw new TrackletError('DATA_LOSS', 'A deflated stream cannot be read.', { cause })
  }
}

import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Native } from '../src/util/native.js'

/** What Node does two to ten times as fast as script. */
export const nodeNative: Native = {
  deflateRaw: (bytes, level) => plain(deflateRawSync(bytes, { level })),
  // A buffer of the content's size is all that it takes.
  inflateRaw: (bytes, size) =>
    plain(inflateRawSync(bytes, { chunkSize: Math.max(size, 64), maxOutputLength: size })),
  createSha256: () => {
    const hash = createHash('sha256')
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
  },
}

/** A Buffer's `slice` does not copy, as that of other arrays does. */
function plain({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}

import { TrackletError } from '../errors.js'

const MAX_BYTES = 2 ** 31 - 1

/** Texts one after the other in UTF-8: text i is the bytes [offsets[i], offsets[i + 1]). */
export interface Utf8Texts {
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
}

/** Arrow's layout of a column of texts; null is empty. RESOURCE_EXHAUSTED past 2 GiB, which its offsets cannot count. */
export function textsToUtf8(texts: readonly (string | null)[]): Utf8Texts {
  const encoder = new TextEncoder()
  const offsets = new Int32Array(texts.length + 1)
  let bytes = new Uint8Array(1024)
  let used = 0
  for (const [i, text] of texts.entries()) {
    if (text !== null && text !== '') {
      // A UTF-16 unit is at most three bytes.
      bytes = withRoom(bytes, used, used + text.length * 3)
      used += encoder.encodeInto(text, bytes.subarray(used)).written
    }
    offsets[i + 1] = used
  }
  return { bytes: bytes.subarray(0, used), offsets }
}

function withRoom(
  bytes: Uint8Array<ArrayBuffer>,
  used: number,
  needed: number,
): Uint8Array<ArrayBuffer> {
  if (needed <= bytes.length) return bytes
  if (needed > MAX_BYTES)
    throw new TrackletError(
      'RESOURCE_EXHAUSTED',
      'The texts of one column are too long for an Arrow table: take fewer runs or columns.',
    )
  const larger = new Uint8Array(Math.min(MAX_BYTES, Math.max(needed, bytes.length * 2)))
  larger.set(bytes.subarray(0, used))
  return larger
}

import type { Sha256 } from './sha256.js'

/** Work that a platform may do faster than script. Either reads what the other has written. */
export interface Native {
  /** Raw DEFLATE of bytes; level 1 is the fastest, 9 the smallest. */
  deflateRaw(bytes: Uint8Array, level: 1 | 6 | 9): Uint8Array
  /** DEFLATE undone, into `size` bytes at most, from 1; throws for more, and for what was never deflated. */
  inflateRaw(bytes: Uint8Array, size: number): Uint8Array
  /** Begins a SHA-256 over nothing. */
  createSha256(): Sha256
}

let native: Native | null = null

/** Has this thread do such work as its platform does it; until then it is done in script. */
export function useNative(platform: Native): void {
  native = platform
}

/** The platform's, where one was given; null for script. */
export function givenNative(): Native | null {
  return native
}

import { sha256 } from '@noble/hashes/sha2.js'
import { givenNative } from './native.js'

/** A SHA-256 that grows with its input. */
export interface Sha256 {
  /** Takes more input; the bytes may be reused when it returns. */
  update(bytes: Uint8Array): void
  /** The hash as 64 lower-case hex digits; nothing may follow. */
  hex(): string
}

/** Begins a SHA-256 over nothing. Works where `crypto.subtle` is absent, as on plain http. */
export function createSha256(): Sha256 {
  return givenNative()?.createSha256() ?? scriptSha256()
}

function scriptSha256(): Sha256 {
  const hash = sha256.create()
  return {
    update(bytes) {
      hash.update(bytes)
    },
    // A text grown by small pieces would stay a tree of them, a KiB large, for as long as anyone keeps the hash.
    hex: () => Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}

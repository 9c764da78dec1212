import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** A SHA-256 that grows with its input. */
export interface Sha256 {
  /** Takes more input; the bytes may be reused when it returns. */
  update(bytes: Uint8Array): void
  /** The hash as 64 lower-case hex digits; nothing may follow. */
  hex(): string
}

/** Begins a SHA-256 over nothing. Works where `crypto.subtle` is absent, as on plain http. */
export function createSha256(): Sha256 {
  const hash = sha256.create()
  return {
    update(bytes) {
      hash.update(bytes)
    },
    hex: () => bytesToHex(hash.digest()),
  }
}

/** The SHA-256 of `bytes` as 64 lower-case hex digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes))
}

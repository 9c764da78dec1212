import { bytesToHex } from '../../entities/ids.js'
import { MalformedOtlp } from './malformed.js'

const HEX = /^(?:[0-9a-f]{2})*$/i

/** The bytes of hex digits; MalformedOtlp where it is no hex. */
export function hexToBytes(hex: string): Uint8Array {
  if (!HEX.test(hex)) throw new MalformedOtlp('an id is not in hex')
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  )
}

/** Base64 of bytes, as proto JSON has them. */
export function bytesToBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

/** The bytes of base64, of either alphabet; MalformedOtlp where it is none. */
export function base64ToBytes(base64: string): Uint8Array {
  try {
    const text = atob(base64.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(text, (unit) => unit.charCodeAt(0))
  } catch {
    throw new MalformedOtlp('bytes are not in base64')
  }
}

/** An id in hex as proto JSON has it. */
export function hexToBase64(hex: string): string {
  return bytesToBase64(hexToBytes(hex))
}

/** An id of proto JSON in hex. */
export function base64ToHex(base64: string): string {
  return bytesToHex(base64ToBytes(base64))
}

import { newUuidHex } from '../entities/ids.js'

/** A random UUID (version 4). Works where `crypto.randomUUID` is absent, as on plain http. */
export function randomUuid(): string {
  const hex = newUuidHex((n) => crypto.getRandomValues(new Uint8Array(n)))
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/**
 * A 64-bit hash of bytes as 16 hex digits, for telling changed page groups from unchanged ones.
 * Not cryptographic: it guards against accidents, at memory speed.
 */
export function hash64(bytes: Uint8Array): string {
  const whole = bytes.byteLength & ~7
  const words = wordsOf(bytes, whole)
  let a = 0x9e3779b9 ^ bytes.byteLength
  let b = 0x85ebca6b ^ bytes.byteLength
  for (let i = 0; i < words.length; i += 2) {
    a = Math.imul(a ^ (words[i] as number), 0xcc9e2d51)
    b = Math.imul(b ^ (words[i + 1] as number), 0x1b873593)
    a = (((a << 15) | (a >>> 17)) + b) | 0
    b = ((b << 13) | (b >>> 19)) ^ a
  }
  for (let i = whole; i < bytes.byteLength; i++) {
    a = Math.imul(a ^ (bytes[i] as number), 0xcc9e2d51)
    b = Math.imul(b + a, 0x1b873593)
  }
  return hex(finish(a ^ b)) + hex(finish(b + Math.imul(a, 5)))
}

function wordsOf(bytes: Uint8Array, length: number): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  return new Uint32Array(aligned.buffer, aligned.byteOffset, length / 4)
}

function finish(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}

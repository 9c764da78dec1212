/** Writes little-endian fields one after another. */
export class ByteWriter {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  /** Appends one byte. */
  u8(value: number): void {
    const at = this.#reserve(1)
    this.#bytes[at] = value
  }

  /** Appends an unsigned 32-bit integer. */
  u32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value, true)
  }

  /** Appends a signed 64-bit integer. */
  i64(value: number | bigint): void {
    const at = this.#reserve(8)
    this.#view.setBigInt64(at, BigInt(value), true)
  }

  /** Appends bytes as they are. */
  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** A copy of everything written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(size: number): number {
    const at = this.#length
    this.#length += size
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    return at
  }
}

/** Reads what a `ByteWriter` wrote. Reading past the end throws a RangeError. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number

  /** Starts at byte `at`. */
  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = at
  }

  /** The next byte. */
  u8(): number {
    return this.#view.getUint8(this.#at++)
  }

  /** The next unsigned 32-bit integer. */
  u32(): number {
    this.#at += 4
    return this.#view.getUint32(this.#at - 4, true)
  }

  /** The next signed 64-bit integer. */
  i64(): bigint {
    this.#at += 8
    return this.#view.getBigInt64(this.#at - 8, true)
  }

  /** The next `size` bytes, as a view. */
  bytes(size: number): Uint8Array {
    const end = this.#at + size
    if (end > this.#bytes.length) throw new RangeError('The bytes end too early.')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }
}

/** Parts joined into one array of bytes. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (const part of parts) size += part.length
  const out = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

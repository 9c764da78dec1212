import { TrackletError } from '../errors.js'

/** Little-endian numbers out of bytes; DATA_LOSS past their end. */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** Whether a record of this signature comes next. */
  starts(signature: number): boolean {
    return this.left >= 4 && this.#view.getUint32(this.#at, true) === signature
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  /** A number past 2^53 is no place in any file. */
  u64(): number {
    const value = this.u32() + this.u32() * 2 ** 32
    if (!Number.isSafeInteger(value)) throw damaged('a number in it is not what was written')
    return value
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  skip(length: number): void {
    this.#take(length)
  }

  #take(length: number): number {
    if (length > this.left) throw damaged('it ends too soon')
    const at = this.#at
    this.#at += length
    return at
  }
}

/** DATA_LOSS for a zip file. */
export function damaged(why: string): TrackletError {
  return new TrackletError('DATA_LOSS', `The zip file is damaged: ${why}. Copy it again.`)
}

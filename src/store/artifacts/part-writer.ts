import { createSha256 } from '../../util/sha256.js'
import { PART_SIZE, partKey, type ArtifactHost, type StoredBlob } from './host.js'

const FIRST_BUFFER = 16 * 1024

/**
 * Cuts a stream of bytes into parts and stores them while more arrive. Holds one part that fills and one
 * on its way, however long the stream. Calls must not overlap.
 */
export class PartWriter {
  readonly #blobs: ArtifactHost['blobs']
  readonly #name: string
  readonly #hash = createSha256()
  #buffer = new Uint8Array(0)
  #filled = 0
  #size = 0
  #sent = 0
  #underway: Promise<void> = Promise.resolve()

  /** `name` must be fresh: the parts are stored below it. */
  constructor(blobs: ArtifactHost['blobs'], name: string) {
    this.#blobs = blobs
    this.#name = name
  }

  /** Where the parts go. */
  get name(): string {
    return this.#name
  }

  /** Adds bytes, which may be reused once it resolves. Rejects with the storage's error, also of an earlier part. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes)
    this.#size += bytes.length
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + PART_SIZE - this.#filled)
      this.#fill(bytes.subarray(at, end))
      at = end
      if (this.#filled === PART_SIZE) await this.#send()
    }
  }

  /** The content's description; nothing may be written after it. The last part may not be stored yet. */
  seal(): StoredBlob {
    const parts = this.#sent + (this.#filled > 0 ? 1 : 0)
    return { name: this.#name, size: this.#size, parts, hash: this.#hash.hex() }
  }

  /** Resolves when every part is stored. */
  async flush(): Promise<void> {
    if (this.#filled > 0) await this.#send()
    await this.#underway
  }

  /** Deletes what was stored. */
  async discard(): Promise<void> {
    await this.#underway.catch(() => undefined)
    this.#buffer = new Uint8Array(0)
    this.#filled = 0
    const keys = Array.from({ length: this.#sent }, (_, n) => partKey(this.#name, n))
    if (keys.length > 0) await this.#blobs.delete(keys)
  }

  #fill(bytes: Uint8Array): void {
    const needed = this.#filled + bytes.length
    if (needed > this.#buffer.length) {
      const size = Math.max(needed, FIRST_BUFFER, 2 * this.#buffer.length)
      const grown = new Uint8Array(Math.min(PART_SIZE, size))
      grown.set(this.#buffer.subarray(0, this.#filled))
      this.#buffer = grown
    }
    this.#buffer.set(bytes, this.#filled)
    this.#filled = needed
  }

  async #send(): Promise<void> {
    const part =
      this.#filled === this.#buffer.length ? this.#buffer : this.#buffer.slice(0, this.#filled)
    this.#buffer = new Uint8Array(0)
    this.#filled = 0
    await this.#underway
    this.#underway = this.#blobs.put(partKey(this.#name, this.#sent++), part)
    // The rejection is seen by the next call that awaits it; until then it must not count as unhandled.
    this.#underway.catch(() => undefined)
  }
}

import { TrackletError } from '../../errors.js'
import { createSha256, type Sha256 } from '../../util/sha256.js'
import { PART_SIZE, partKey, type ArtifactHost, type StoredBlob } from './host.js'

/** Bytes [start, end) of a file. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Reads a stored file, or a range of it, part by part. A whole read is checked against the file's SHA-256. */
export class PartReader {
  readonly #blobs: ArtifactHost['blobs']
  readonly #blob: StoredBlob
  readonly #path: string
  readonly #end: number
  readonly #hash: Sha256 | null
  #at: number

  /** `path` is for messages. A range past the end is cut; INVALID_PARAMETER_VALUE for one that is none. */
  constructor(blobs: ArtifactHost['blobs'], blob: StoredBlob, path: string, range?: ByteRange) {
    if (range !== undefined) checkRange(range)
    this.#blobs = blobs
    this.#blob = blob
    this.#path = path
    this.#at = Math.min(range?.start ?? 0, blob.size)
    this.#end = Math.min(range?.end ?? blob.size, blob.size)
    this.#hash = this.#at === 0 && this.#end === blob.size ? createSha256() : null
  }

  /** The content being read. */
  get blob(): StoredBlob {
    return this.#blob
  }

  /** The next bytes, at most one part; null at the end. DATA_LOSS when they are missing, short or not those written. */
  async next(): Promise<Uint8Array | null> {
    if (this.#at >= this.#end) return null
    const part = Math.floor(this.#at / PART_SIZE)
    const start = this.#at - part * PART_SIZE
    const end = Math.min(PART_SIZE, this.#end - part * PART_SIZE)
    const whole = start === 0 && end === Math.min(PART_SIZE, this.#blob.size - part * PART_SIZE)
    const key = partKey(this.#blob.name, part)
    const bytes = await this.#blobs.get(key, ...(whole ? [] : [{ start, end }]))
    if (bytes === null) throw this.#loss(`part ${part + 1} of ${this.#blob.parts} is missing`)
    if (bytes.length !== end - start)
      throw this.#loss(
        `part ${part + 1} of ${this.#blob.parts} has not the length it was stored with`,
      )
    this.#at += bytes.length
    this.#verify(bytes)
    return bytes
  }

  #verify(bytes: Uint8Array): void {
    if (this.#hash === null) return
    this.#hash.update(bytes)
    if (this.#at === this.#end && this.#hash.hex() !== this.#blob.hash)
      throw this.#loss('its SHA-256 is not that of what was written')
  }

  #loss(reason: string): TrackletError {
    return new TrackletError(
      'DATA_LOSS',
      `Artifact ${JSON.stringify(this.#path)} is damaged: ${reason}. Log it again, or restore the store from a copy.`,
    )
  }
}

function checkRange({ start, end }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end) return
  throw new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `Invalid range [${start}, ${end}): start and end must be integers with 0 <= start <= end.`,
  )
}

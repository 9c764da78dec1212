import type { StorageAdapter } from '../adapter.js'
import { TrackletError, toTrackletError } from '../errors.js'
import type { Command } from './commands.js'
import { loadImage } from './image.js'
import type { Manifest } from './manifest.js'
import { decodeManifest } from './manifest.js'
import { decodeRecord, findRecord, recordHeader } from './record.js'
import type { RecoveryReport } from './store.js'

/** The newest checkpoint that can be read whole. */
export interface Found {
  readonly manifest: Manifest | null
  /** The manifest before it, which must stay readable as the fallback. */
  readonly previous: Manifest | null
  readonly image: Uint8Array | null
  /** What was wrong with newer ones. */
  readonly problems: readonly string[]
}

/** Finds the newest manifest whose checksums hold, with its image. DATA_LOSS where there are some and none holds. */
export async function findCheckpoint(adapter: StorageAdapter): Promise<Found> {
  const stored = await adapter.manifests()
  const problems: string[] = []
  for (const [index, bytes] of stored.entries()) {
    try {
      const manifest = decodeManifest(bytes)
      const image = await loadImage(adapter, manifest.image)
      return { manifest, previous: readable(stored[index + 1]), image, problems }
    } catch (error) {
      const failure = toTrackletError(error)
      if (failure.errorCode !== 'DATA_LOSS') throw failure
      problems.push(failure.message)
    }
  }
  if (stored.length === 0) return { manifest: null, previous: null, image: null, problems }
  throw new TrackletError(
    'DATA_LOSS',
    `No checkpoint of the store at ${adapter.uri} can be read: ${problems.join(' ')} Nothing was changed; restore the folder from a backup.`,
  )
}

function readable(bytes: Uint8Array | undefined): Manifest | null {
  if (!bytes) return null
  try {
    return decodeManifest(bytes)
  } catch {
    return null
  }
}

/** What `replay` found, and where the journal goes on. */
export interface Replayed {
  /** The last record that was applied. */
  readonly seq: number
  readonly records: number
  readonly cutBytes: number
  /** False where the rest must not be written over: damage in the middle, or a newer format. */
  readonly writable: boolean
  readonly problems: readonly string[]
}

/**
 * Applies the records after `seq`, in order, to the first bad one. A bad last one is a torn tail: it was never
 * acknowledged and is cut. Good records behind a bad one mean damage: the store is to be read only, unless
 * `salvage` says to go on with those that can still be applied. So does a journal that ends before `through`, the last
 * record that the checkpoint relies on.
 */
export async function replay(
  adapter: StorageAdapter,
  after: number,
  apply: (commands: readonly Command[], seq: number) => void,
  options: { salvage: boolean; through: number },
): Promise<Replayed> {
  const replayer = new Replayer(after, apply, options)
  for await (const item of adapter.records(after)) if (!replayer.take(item)) break
  return replayer.finish()
}

class Replayer {
  #seq: number
  readonly #apply: (commands: readonly Command[], seq: number) => void
  readonly #salvage: boolean
  readonly #through: number
  #records = 0
  #bad: Uint8Array | null = null
  #writable = true
  readonly #problems: string[] = []

  constructor(
    after: number,
    apply: (commands: readonly Command[], seq: number) => void,
    options: { salvage: boolean; through: number },
  ) {
    this.#seq = after
    this.#apply = apply
    this.#salvage = options.salvage
    this.#through = options.through
  }

  /** False when nothing more should be read. */
  take(item: Uint8Array): boolean {
    if (this.#bad) {
      this.#reportDamage(this.#bad.byteLength)
      this.#bad = null
      if (!this.#salvage) return this.#stop()
    }
    const decoded = decodeRecord(item)
    if (!decoded.ok) return decoded.reason === 'newer' ? this.#refuseNewer() : this.#remember(item)
    const { seq, commands } = decoded.record
    if (seq <= this.#seq) return true
    if (seq > this.#seq + 1) {
      this.#problems.push(`The journal lacks records ${this.#seq + 1} to ${seq - 1}.`)
      if (!this.#salvage) return this.#stop()
    }
    return this.#applyRecord(seq, commands)
  }

  finish(): Replayed {
    const cutBytes = this.#bad?.byteLength ?? 0
    if (cutBytes > 0 && this.#seq >= this.#through) {
      this.#problems.push(
        `An unfinished record of ${cutBytes} bytes was cut from the journal's end; it had not been acknowledged.`,
      )
    }
    if (this.#seq < this.#through) this.#reportMissing()
    return {
      seq: Math.max(this.#seq, this.#through),
      records: this.#records,
      cutBytes,
      writable: this.#writable,
      problems: this.#problems,
    }
  }

  #reportMissing(): void {
    this.#problems.push(
      `The journal lacks records ${this.#seq + 1} to ${this.#through}, on which the last checkpoint relies.`,
    )
    if (!this.#salvage) this.#writable = false
  }

  #applyRecord(seq: number, commands: readonly Command[]): boolean {
    try {
      this.#apply(commands, seq)
    } catch (error) {
      this.#problems.push(`Record ${seq} cannot be applied: ${toTrackletError(error).message}`)
      if (!this.#salvage) return this.#stop()
    }
    this.#seq = seq
    this.#records++
    return true
  }

  /** An item that is no record: the torn tail if it is the last and hides no record, else damage. */
  #remember(item: Uint8Array): boolean {
    const next = findRecord(item, 1)
    if (next === null) {
      this.#bad = item
      return true
    }
    this.#reportDamage(next)
    if (!this.#salvage) return this.#stop()
    const end = next + (recordHeader(item, next)?.totalLength ?? item.byteLength)
    if (!this.take(item.subarray(next, end))) return false
    return end >= item.byteLength || this.take(item.subarray(end))
  }

  #reportDamage(bytes: number): void {
    this.#problems.push(
      `The journal is damaged after record ${this.#seq}: ${bytes} bytes cannot be read, with records behind them.`,
    )
  }

  #refuseNewer(): boolean {
    this.#problems.push(
      'The journal was written by a newer tracklet. Update tracklet to write to this store.',
    )
    return this.#stop()
  }

  #stop(): boolean {
    this.#writable = false
    return false
  }
}

/** The report that `storage()` shows. */
export function reportOf(found: Found, replayed: Replayed): RecoveryReport {
  const problems = [...found.problems, ...replayed.problems]
  const fresh = found.manifest === null && replayed.records === 0
  let state: RecoveryReport['state'] = fresh ? 'new' : replayed.records > 0 ? 'replayed' : 'clean'
  if (replayed.cutBytes > 0) state = 'torn-tail'
  if (found.problems.length > 0) state = 'fallback'
  if (!replayed.writable) state = 'damaged'
  return { state, records: replayed.records, cutBytes: replayed.cutBytes, problems }
}

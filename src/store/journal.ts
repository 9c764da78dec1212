import type { Durability, StorageAdapter } from '../adapter.js'
import { type TrackletError, toTrackletError } from '../errors.js'
import type { Command } from './commands.js'
import { encodeRecord } from './record.js'

/** A group is closed past this many bytes, far below a record's limit of 64 MiB. */
const GROUP_BYTES = 8 * 1024 * 1024
/** A point takes 20 bytes in a record, seldom more. */
const POINT_BYTES = 20
/** Past this many waiting bytes an adapter that can append at once does: a loop that never yields must not outrun it. */
const WAITING_BYTES = 1024 * 1024

interface Group {
  seq: number
  commands: Command[]
  bytes: number
  record: Uint8Array | null
}

/**
 * Group commit: commands are gathered into records and appended in order, one append in flight.
 * Who waits commits at once; what arrives during a commit rides in the next.
 *
 * When the storage is full the records are kept and the next commit tries again. After any other failure the
 * journal is dead: it refuses with the same error for ever, since what was stored is no longer known.
 */
export class Journal {
  readonly #adapter: StorageAdapter
  readonly #epoch: number
  #seq: number
  #open: Group | null = null
  readonly #queue: Group[] = []
  #gathering: Promise<void> | null = null
  #draining: Promise<void> | null = null
  #stored: number
  #dead: TrackletError | null = null
  #bytes = 0
  #pointBytes = 0

  /** `after` is the seq of the last record that is already there. */
  constructor(adapter: StorageAdapter, epoch: number, after: number) {
    this.#adapter = adapter
    this.#epoch = epoch
    this.#seq = after
    this.#stored = after
  }

  /** The error that made the journal useless, if any. */
  get failure(): TrackletError | null {
    return this.#dead
  }

  /** Bytes of records appended since the store was opened. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many of them are points, about. */
  get pointBytes(): number {
    return this.#pointBytes
  }

  /** Takes the commands of one write; they will be in one record. */
  add(commands: readonly Command[]): void {
    if (this.#open === null) this.#open = { seq: ++this.#seq, commands: [], bytes: 0, record: null }
    for (const command of commands) {
      this.#open.commands.push(command)
      if (command.t === 'points') this.#pointBytes += command.series.length * POINT_BYTES
      this.#open.bytes += command.t === 'points' ? command.series.length * POINT_BYTES : 256
    }
    if (this.#open.bytes >= GROUP_BYTES) this.cut()
    if (this.#open === null || this.#open.bytes >= WAITING_BYTES) this.#appendEarly()
  }

  #appendEarly(): void {
    if (this.#dead || !this.#adapter.appendSync) return
    try {
      this.#appendAll()
    } catch {
      // The commit that covers this write meets the same failure and reports it.
    }
  }

  /** Closes the group that is being gathered; gives the seq of the last record so far. Synchronous. */
  cut(): number {
    if (this.#open) this.#queue.push(this.#open)
    this.#open = null
    return this.#seq
  }

  /** Resolves when everything added before the call is stored. */
  async commit(durability: Durability = 'default'): Promise<void> {
    if (this.#dead) throw this.#dead
    const upTo = this.#seq
    if (durability === 'strict') return this.#commitStrict()
    if (this.#stored >= upTo) return
    this.#gathering ??= Promise.resolve().then(() => {
      this.#gathering = null
      return this.#drain()
    })
    await this.#gathering
    while (this.#stored < upTo) await this.#drain()
  }

  async #commitStrict(): Promise<void> {
    const upTo = this.#seq
    while (this.#stored < upTo) await this.#drain()
    try {
      await this.#adapter.sync()
    } catch (error) {
      throw this.#fail(error)
    }
  }

  /** Appends everything before it returns; false where the adapter cannot. */
  commitSync(): boolean {
    if (this.#adapter.appendSync === undefined) return false
    if (this.#dead) throw this.#dead
    this.#appendAll()
    return true
  }

  #drain(): Promise<void> {
    this.#draining ??= this.#append().finally(() => {
      this.#draining = null
    })
    return this.#draining
  }

  async #append(): Promise<void> {
    if (this.#dead) throw this.#dead
    if (this.#adapter.appendSync) return this.#appendAll()
    this.cut()
    for (let group = this.#queue[0]; group; group = this.#queue[0]) {
      const record = this.#encode(group)
      try {
        await this.#adapter.append(group.seq, record, { durability: 'default' })
      } catch (error) {
        throw this.#fail(error)
      }
      this.#done(group, record)
    }
  }

  #appendAll(): void {
    this.cut()
    for (let group = this.#queue[0]; group; group = this.#queue[0]) {
      const record = this.#encode(group)
      try {
        this.#adapter.appendSync?.(group.seq, record)
      } catch (error) {
        throw this.#fail(error)
      }
      this.#done(group, record)
    }
  }

  #encode(group: Group): Uint8Array {
    group.record ??= encodeRecord({ epoch: this.#epoch, seq: group.seq, commands: group.commands })
    return group.record
  }

  #done(group: Group, record: Uint8Array): void {
    this.#queue.shift()
    this.#stored = group.seq
    this.#bytes += record.byteLength
  }

  #fail(error: unknown): TrackletError {
    const failure = toTrackletError(error)
    if (failure.errorCode !== 'RESOURCE_EXHAUSTED') this.#dead = failure
    return failure
  }
}

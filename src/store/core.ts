import type { StorageAdapter } from '../adapter.js'
import { TrackletError, toTrackletError } from '../errors.js'
import type { SeriesStore } from '../series/series-store.js'
import { apply } from './apply.js'
import type { Catalog } from './catalog/catalog.js'
import type { Frames } from './analysis/frames.js'
import type { SavedFrames } from './analysis/saved-frames.js'
import { Checkpointer, type CheckpointOptions } from './checkpoint.js'
import type { Command, Counters, Plan, PointsCommand, Surroundings } from './commands.js'
import type { Database } from './database.js'
import { Feed } from './feed.js'
import { Journal } from './journal.js'
import type { GarbageBlob, Manifest } from './manifest.js'
import type { RecoveryReport } from './store.js'
import { sweepOrphans } from './sweep.js'
import { unref } from '../util/unref.js'

/** A checkpoint is due at this many bytes of commands or of unsealed points in the journal. */
const COMMAND_BYTES = 16 * 1024 * 1024
const POINT_BYTES = 64 * 1024 * 1024
/** An idle store writes one when at least this much waits in the journal. */
const IDLE_BYTES = 256 * 1024
const IDLE_MS = 5_000

/** The state and where it lives, as recovery hands it over. */
export interface CoreParts {
  readonly adapter: StorageAdapter
  readonly epoch: number
  readonly db: Database
  readonly catalog: Catalog
  readonly series: SeriesStore
  readonly counters: Counters
  readonly frames: Frames
  readonly saved: SavedFrames
  readonly surroundings: Surroundings
  readonly current: Manifest | null
  readonly previous: Manifest | null
  /** The last record in the journal. */
  readonly seq: number
  readonly recovery: RecoveryReport
  readonly writable: boolean
  /** Artifact blobs that lost their last reference during replay. */
  readonly dropped: readonly GarbageBlob[]
}

/** The one door through which everything is written: plan, apply, journal, feed; and what keeps it small. */
export class Core {
  readonly parts: CoreParts
  readonly journal: Journal
  readonly feed: Feed
  /** Names of artifact blobs that are being written or read: not in the state, but no orphans. */
  blobsInUse: () => ReadonlySet<string> = () => new Set()
  /** Keys of segments that an import has put and no record names yet. */
  segmentsInUse: () => readonly string[] = () => []
  /** Drops what is being written and no record names yet, as far as that can be deleted. */
  discardUnfinished: () => Promise<void> = async () => undefined
  readonly #checkpointer: Checkpointer
  #checkpointing: Promise<void> | null = null
  #idle: ReturnType<typeof setTimeout> | null = null
  #lastWrite = 0
  #changed = false
  #swept = false
  #closed = false
  #closing: Promise<void> | null = null
  #background: TrackletError | null = null

  constructor(parts: CoreParts) {
    this.parts = parts
    this.journal = new Journal(parts.adapter, parts.epoch, parts.seq)
    this.#checkpointer = new Checkpointer(
      { ...parts, journal: this.journal, clients: {} },
      { ...parts, imageStale: parts.recovery.state !== 'clean' },
    )
    this.#checkpointer.noteDropped(parts.dropped)
    const { catalog } = parts
    this.feed = new Feed({
      runId: (run) => catalog.runIdOf(run),
      experimentId: (experiment) => catalog.experimentIdOf(experiment),
      experimentOf: (runId) => catalog.experimentOfRun(runId),
      series: (series) => catalog.seriesName(series),
    })
    this.#changed = parts.recovery.state !== 'clean' && parts.recovery.state !== 'new'
  }

  /** Whether writes are accepted. */
  get writable(): boolean {
    return this.parts.writable && this.journal.failure === null && !this.#closed
  }

  /** Why the last checkpoint in the background failed, if it did. */
  get backgroundFailure(): TrackletError | null {
    return this.#background
  }

  /** Bytes of the image at the last checkpoint. */
  get imageBytes(): number {
    return this.#checkpointer.imageBytes
  }

  /** Plans and applies in this very turn; the promise settles when the record is stored. */
  write<T>(make: () => Plan<T>): Promise<T> {
    try {
      const result = this.writeNow(make)
      return this.journal.commit().then(() => result)
    } catch (error) {
      return Promise.reject(toTrackletError(error))
    }
  }

  /** The synchronous half of `write`: applied and in the journal's tail when it returns. */
  writeNow<T>(make: () => Plan<T>): T {
    this.assertWritable()
    const plan = make()
    if (plan.commands.length > 0) this.#apply(plan.commands)
    return plan.result()
  }

  /** Reads in this very turn. */
  read<T>(make: () => T): Promise<T> {
    try {
      this.assertOpen()
      return Promise.resolve(make())
    } catch (error) {
      return Promise.reject(toTrackletError(error))
    }
  }

  /** Throws INVALID_STATE once the store is closed. */
  assertOpen(): void {
    if (this.#closed)
      throw new TrackletError('INVALID_STATE', 'The tracker is closed. Open it again to go on.')
  }

  /** Bytes of records since the last checkpoint. */
  get journalBytes(): number {
    return this.#checkpointer.pendingBytes
  }

  /** A key that no segment has had. */
  nextSegmentKey(): string {
    return this.#checkpointer.nextSegmentKey()
  }

  /** Writes a checkpoint now; joins one that is being written. */
  checkpoint(options: CheckpointOptions = { renewImage: false, saveFrames: false }): Promise<void> {
    this.#checkpointing ??= this.#runCheckpoint(options).finally(() => {
      this.#checkpointing = null
    })
    return this.#checkpointing
  }

  /** Strict flush, checkpoint, lock released. Closing twice is harmless. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    try {
      if (this.writable) {
        await this.journal.commit('strict')
        await this.#checkpointing?.catch(() => undefined)
        const changed = this.#changed || this.#checkpointer.imageBehind
        if (changed || this.parts.saved.isWorthSaving)
          await this.checkpoint({ renewImage: changed, saveFrames: true })
      }
    } finally {
      const { writable } = this
      this.#closed = true
      if (this.#idle !== null) clearTimeout(this.#idle)
      this.feed.close()
      // A journal that failed may hold a record which names it. What stays is swept at the next opening's first checkpoint.
      if (writable) await this.discardUnfinished()
      await this.parts.adapter.close()
      this.parts.db.close()
    }
  }

  /** Throws INVALID_STATE where nothing can be written. */
  assertWritable(): void {
    this.assertOpen()
    const failure = this.journal.failure
    if (failure) {
      throw new TrackletError('INVALID_STATE', `The store is read-only: ${failure.message}`, {
        cause: failure,
      })
    }
    if (!this.parts.writable) {
      const why = this.parts.recovery.problems.join(' ')
      throw new TrackletError(
        'INVALID_STATE',
        `The store is read-only. ${why} Open it with { salvage: true } to keep what can be read.`,
      )
    }
  }

  #apply(commands: readonly Command[]): void {
    const { db, series, counters } = this.parts
    const applied = apply(db, series, counters, commands)
    this.journal.add(commands)
    this.#changed = true
    this.#checkpointer.noteDropped(applied.droppedBlobs)
    this.parts.frames.touch(applied.runs)
    this.parts.saved.touch(applied.runs)
    this.feed.note({ ...applied, points: commands.filter(isPoints) })
    this.#schedule()
  }

  #schedule(): void {
    const { series } = this.parts
    const commandBytes = this.journalBytes - series.tailPoints * 20
    if (commandBytes >= COMMAND_BYTES || series.tailBytes >= POINT_BYTES)
      this.#checkpointInBackground()
    else this.#whenIdle()
  }

  /** Waits until nothing was written for a while, so that a steady stream is not cut into many small segments. */
  #whenIdle(): void {
    this.#lastWrite = Date.now()
    if (this.#idle === null) this.#armIdle(IDLE_MS)
  }

  #armIdle(delay: number): void {
    this.#idle = setTimeout(() => {
      this.#idle = null
      const left = this.#lastWrite + IDLE_MS - Date.now()
      if (left > 0) this.#armIdle(left)
      else if (this.journalBytes >= IDLE_BYTES) {
        this.#checkpointInBackground({ renewImage: false, saveFrames: true })
      }
    }, delay)
    unref(this.#idle)
  }

  #checkpointInBackground(options?: CheckpointOptions): void {
    if (this.#checkpointing || !this.writable) return
    this.checkpoint(options).then(
      () => {
        this.#background = null
      },
      (error: unknown) => {
        this.#background = toTrackletError(error)
      },
    )
  }

  async #runCheckpoint(options: CheckpointOptions): Promise<void> {
    this.assertWritable()
    this.#changed = false
    try {
      await this.#checkpointer.run(options)
      await this.#checkpointer.merge()
    } catch (error) {
      this.#changed = true
      throw error
    }
    if (!this.#swept) await this.#sweep()
  }

  async #sweep(): Promise<void> {
    this.#swept = true
    await sweepOrphans(this.parts.adapter, () => {
      const { keys, garbage } = this.#checkpointer.named()
      const blobs = new Set([
        ...this.parts.catalog.artifacts.blobNames(),
        ...garbage,
        ...this.blobsInUse(),
      ])
      const segments = this.parts.series.segments.map(({ key }) => key)
      return { keys: new Set([...keys, ...segments, ...this.segmentsInUse()]), blobs }
    })
  }
}

function isPoints(command: Command): command is PointsCommand {
  return command.t === 'points'
}

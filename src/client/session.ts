import type { FileAccess } from '../artifacts/file-access.js'
import { bytesToHex } from '../entities/ids.js'
import { validateMetricKey } from '../entities/validate.js'
import { TrackletError, toTrackletError } from '../errors.js'
import type { ImportAccess } from '../import/import-access.js'
import type { LocalStore, Store } from '../store/store.js'
import { Batcher } from './batcher.js'
import type { ChangeIterator } from './watch.js'

/** How a tracker over a store is made. */
export interface TrackerOptions {
  /** Tags that every new run begins with, such as `mlflow.user` and `mlflow.source.name`. */
  readonly context?: Readonly<Record<string, string>>
  /** Bytes of logged data that may wait to be stored before a log call is refused; 256 MiB by default. */
  readonly maxBufferedBytes?: number
  /** Whether the store cuts too long params and tags (the default) or refuses them. */
  readonly truncateLongValues?: boolean
  /** How paths on this platform's disk are read and written; without it such paths are refused. */
  readonly files?: FileAccess
  /** How imports reach files on this platform; without it they take what is in memory. */
  readonly imports?: ImportAccess
  /** Called once when the tracker is closed, before its store is. */
  readonly onClose?: () => void
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024

/** What a tracker, its client and its run handles share: the store, the order of writes, and what went wrong. */
export class Session {
  readonly batcher: Batcher
  readonly context: Readonly<Record<string, string>>
  readonly files: FileAccess | undefined
  readonly imports: ImportAccess | undefined
  /** Names this client among the writers of a store, so that runs it leaves behind can be told apart. */
  readonly owner = bytesToHex(crypto.getRandomValues(new Uint8Array(16)))
  /** Whether long params and tags are cut. */
  readonly truncate: boolean
  /** Subscriptions that end with the tracker. */
  readonly watches = new Set<ChangeIterator>()
  /** The experiment of runs that name none. */
  experimentId = '0'
  readonly #store: Store
  readonly #onClose: () => void
  readonly #onError: (error: TrackletError) => void
  readonly #failures: TrackletError[] = []
  #closing: Promise<void> | null = null

  /** `onError` is told of writes that were refused in the background. */
  constructor(store: Store, options: TrackerOptions, onError: (error: TrackletError) => void) {
    this.#store = store
    this.#onError = onError
    this.context = options.context ?? {}
    this.files = options.files
    this.imports = options.imports
    this.truncate = options.truncateLongValues ?? true
    this.#onClose = options.onClose ?? (() => undefined)
    const maxBytes = options.maxBufferedBytes ?? DEFAULT_MAX_BYTES
    this.batcher = new Batcher(store, { maxBytes, checkMetricKey: validateMetricKey, onError })
  }

  /** The store, with everything that was buffered sent before: a tracker reads its own writes. */
  get store(): Store {
    this.assertOpen()
    this.batcher.sendNow()
    return this.#store
  }

  /** Throws INVALID_STATE once the tracker is closed. */
  assertOpen(): void {
    if (this.#closing !== null)
      throw new TrackletError('INVALID_STATE', 'The tracker is closed. Open it again to go on.')
  }

  /** Notes a failure that no caller waits for: told at once as an event, and thrown by the next `throwRefusals`. */
  report(error: unknown): void {
    const failure = toTrackletError(error)
    this.#failures.push(failure)
    this.#onError(failure)
  }

  /** Throws what went wrong in the background since the last call, if anything did. */
  throwRefusals(): void {
    const [failure] = this.#failures.splice(0)
    const refused = this.batcher.takeRefusals()
    if (refused !== null) throw refused
    if (failure !== undefined) throw failure
  }

  /** Everything logged so far in the store's journal when it returns; false where the store cannot. */
  commitSync(): boolean {
    if (this.#closing !== null) return false
    this.batcher.sendNow()
    const local = this.#store as Partial<LocalStore>
    return local.commitSync?.() ?? false
  }

  /** Writes and closes all; throws afterwards what the store refused and nobody was told. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const watch of [...this.watches]) watch.end()
    this.batcher.stop()
    await this.batcher.settle()
    const failures: unknown[] = []
    await this.#store
      .flush({ durability: 'strict' })
      .catch((error: unknown) => failures.push(error))
    this.#onClose()
    await this.#store.close().catch((error: unknown) => failures.push(error))
    this.throwRefusals()
    if (failures.length > 0) throw toTrackletError(failures[0])
  }
}

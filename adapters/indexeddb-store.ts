import type { UseStore } from 'idb-keyval'
import { toTrackletError, TrackletError } from '../src/errors.js'

const OBJECT_STORE = 'data'
const LAYOUT_VERSION = 1
const OPEN_TIMEOUT_MS = 15_000
const RETRY_DELAYS_MS = [0, 20, 80, 320]

/** What a dropped connection looks like, by the name of the error; browsers drop one at any time. */
const CONNECTION_LOST: ReadonlySet<string> = new Set([
  'InvalidStateError',
  'UnknownError',
  'AbortError',
  'TransactionInactiveError',
])

/**
 * A database of one object store, for the functions of idb-keyval. A connection that the browser has
 * dropped is opened again and the transaction repeated, so transactions must be safe to repeat.
 */
export class IndexedDbConnection {
  readonly #name: string
  readonly #create: boolean
  #database: Promise<IDBDatabase> | null = null
  #hasExisted = false
  #closed = false

  /** `create: false` refuses a database that does not exist (RESOURCE_DOES_NOT_EXIST). */
  constructor(name: string, options: { create: boolean }) {
    this.#name = name
    this.#create = options.create
  }

  /** Transactions of the given durability, in the form that idb-keyval's functions take. */
  useStore(durability: IDBTransactionDurability): UseStore {
    return (mode, callback) => this.#repeated(() => this.#transact(mode, durability, callback))
  }

  /** Closes for good; transactions under way still finish. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#drop()
  }

  async #drop(): Promise<void> {
    const database = this.#database
    this.#database = null
    if (database !== null) (await database.catch(() => null))?.close()
  }

  async #repeated<T>(attempt: () => Promise<T>): Promise<T> {
    for (const delay of RETRY_DELAYS_MS) {
      try {
        return await attempt()
      } catch (error) {
        if (!isConnectionLost(error)) throw translated(error, this.#name)
        await this.#drop()
        await new Promise((resolve) => setTimeout(resolve, delay))
      }
    }
    return await attempt().catch((error: unknown) => {
      throw translated(error, this.#name)
    })
  }

  async #transact<T>(
    mode: IDBTransactionMode,
    durability: IDBTransactionDurability,
    callback: (store: IDBObjectStore) => T | PromiseLike<T>,
  ): Promise<T> {
    const database = await this.#open()
    const transaction = database.transaction(OBJECT_STORE, mode, { durability })
    let failure: unknown = null
    transaction.addEventListener('error', (event) => {
      failure ??= event.target instanceof IDBRequest ? event.target.error : null
    })
    try {
      return await callback(transaction.objectStore(OBJECT_STORE))
    } catch (error) {
      // idb-keyval rejects with null when a request fails before its transaction is aborted.
      const cause = error ?? failure ?? transaction.error
      throw cause instanceof Error ? cause : new DOMException('Aborted', 'AbortError')
    }
  }

  #open(): Promise<IDBDatabase> {
    if (this.#closed)
      throw new TrackletError('INVALID_STATE', `The connection to "${this.#name}" is closed.`)
    this.#database ??= this.#connect().catch((error: unknown) => {
      this.#database = null
      throw error
    })
    return this.#database
  }

  async #connect(): Promise<IDBDatabase> {
    const database = await openDatabase(this.#name, this.#create && !this.#hasExisted)
    if (database === null) throw this.#hasExisted ? deleted(this.#name) : missing(this.#name)
    this.#hasExisted = true
    const drop = (): void => {
      this.#database = null
    }
    database.onclose = drop
    database.onversionchange = () => {
      database.close()
      drop()
    }
    return database
  }
}

/** Deletes the database of that name. RESOURCE_CONFLICT where another connection to it stays open. */
export function deleteDatabase(name: string): Promise<void> {
  return settleInTime<void>(
    new TrackletError(
      'RESOURCE_CONFLICT',
      `The IndexedDB database "${name}" cannot be deleted while another tab uses it; close that tab.`,
    ),
    (resolve, reject) => {
      const request = indexedDbFactory().deleteDatabase(name)
      request.onsuccess = () => resolve()
      request.onerror = () => reject(translated(request.error, name))
    },
  )
}

/** Null where there is none and none may be made. */
function openDatabase(name: string, create: boolean): Promise<IDBDatabase | null> {
  let late = false
  const stuck = new TrackletError(
    'TEMPORARILY_UNAVAILABLE',
    `IndexedDB did not open "${name}" in ${OPEN_TIMEOUT_MS} ms; close other tabs of this site, or restart the browser.`,
  )
  const opened = settleInTime<IDBDatabase | null>(stuck, (resolve, reject) => {
    const request = indexedDbFactory().open(name, LAYOUT_VERSION)
    let absent = false
    request.onupgradeneeded = () => {
      absent = !create
      if (create) request.result.createObjectStore(OBJECT_STORE)
      else request.transaction?.abort()
    }
    request.onsuccess = () => {
      if (late) request.result.close()
      resolve(request.result)
    }
    request.onerror = () => (absent ? resolve(null) : reject(request.error))
  })
  opened.catch((error: unknown) => {
    late = error === stuck
  })
  return opened
}

function settleInTime<T>(
  timeout: TrackletError,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(timeout), OPEN_TIMEOUT_MS)
    new Promise<T>(start).finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}

function indexedDbFactory(): IDBFactory {
  const factory = (globalThis as { indexedDB?: IDBFactory }).indexedDB
  if (factory) return factory
  throw new TrackletError(
    'NOT_IMPLEMENTED',
    "There is no IndexedDB here; open 'memory:' instead, and export what must be kept.",
  )
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof DOMException && CONNECTION_LOST.has(error.name)
}

function missing(name: string): TrackletError {
  return new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is no IndexedDB database "${name}" in this browser profile.`,
  )
}

function deleted(name: string): TrackletError {
  return new TrackletError(
    'DATA_LOSS',
    `The browser or another tab has deleted the IndexedDB database "${name}"; open it again to begin a new one.`,
  )
}

function translated(error: unknown, name: string): TrackletError {
  const kind = error instanceof DOMException ? error.name : ''
  if (kind === 'QuotaExceededError')
    return new TrackletError(
      'RESOURCE_EXHAUSTED',
      `The browser's storage quota is used up while writing "${name}"; delete or export runs, then flush again.`,
      { cause: error },
    )
  if (kind === 'SecurityError' || kind === 'NotAllowedError')
    return new TrackletError(
      'PERMISSION_DENIED',
      `The browser denies IndexedDB to this page (private window, blocked cookies or a sandboxed frame); open 'memory:' instead.`,
      { cause: error },
    )
  if (kind === 'VersionError')
    return new TrackletError(
      'INVALID_STATE',
      `"${name}" was written by a newer version of tracklet; update this one.`,
      { cause: error },
    )
  return toTrackletError(error)
}

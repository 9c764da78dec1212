import { promisifyRequest, set, type UseStore } from 'idb-keyval'
import type { Durability, StorageAdapter } from '../src/adapter.js'
import { TrackletError } from '../src/errors.js'
import { deleteBlobs, getBlob, listBlobs, ownBytes, putBlob } from './indexeddb-blobs.js'
import { takeLease, takeWebLock, type Release } from './indexeddb-lock.js'
import { deleteDatabase, IndexedDbConnection } from './indexeddb-store.js'

const HEAD = 'head'
const JOURNAL = 'j/'
const MANIFEST = 'm/'
const LAST = '\uffff'
const BATCH_BYTES = 4 << 20
const MAX_BATCH = 256

/** The one row that every commit reads: who may write, and which manifest counts. */
interface Head {
  readonly epoch: number
  readonly generation: number
}

/** What an open adapter holds. */
interface Opening {
  readonly connection: IndexedDbConnection
  readonly release: Release
  readonly epoch: number
  generation: number
  /** Settles when what an earlier writer left beyond this writer's first record is gone. */
  firstAppend: Promise<void> | null
}

/**
 * A store in the IndexedDB database `tracklet:<name>` of this origin; for pages and workers.
 * Journal records lie under `j/<seq>`, manifests under `m/<generation>`, blobs as `indexeddb-blobs.ts` has them, and
 * every transaction that writes first compares `head`'s epoch with its own.
 */
export function indexedDbAdapter(name: string): StorageAdapter {
  if (name === '')
    throw new TrackletError(
      'INVALID_PARAMETER_VALUE',
      "An IndexedDB store needs a name: 'idb:name'.",
    )
  return new IndexedDbAdapter(name)
}

class IndexedDbAdapter implements StorageAdapter {
  readonly uri: string
  readonly #database: string
  #opening: Opening | null = null

  constructor(name: string) {
    this.uri = `idb:${name}`
    this.#database = `tracklet:${name}`
  }

  async open(options: { create: boolean; lockTimeoutMs: number }): Promise<{ epoch: number }> {
    if (this.#opening) throw new TrackletError('INVALID_STATE', `"${this.uri}" is open already.`)
    const connection = new IndexedDbConnection(this.#database, options)
    let release: Release | null = null
    try {
      release = await this.#lock(connection, options.lockTimeoutMs)
      const head = await raiseEpoch(connection.useStore('strict'), options.create, this.uri)
      this.#opening = { connection, release, ...head, firstAppend: null }
      return { epoch: head.epoch }
    } catch (error) {
      await release?.()
      await connection.close()
      throw error
    }
  }

  async append(
    seq: number,
    record: Uint8Array,
    options: { durability: Durability },
  ): Promise<void> {
    const opening = this.#open()
    const write = (more: (store: IDBObjectStore) => void): Promise<void> =>
      this.#fenced(options.durability)('readwrite', (store) => {
        store.put(ownBytes(record), journalKey(seq))
        more(store)
        return promisifyRequest(store.transaction)
      })
    if (opening.firstAppend === null) {
      opening.firstAppend = write((store) => store.delete(journalAfter(seq)))
      return opening.firstAppend.catch((error: unknown) => {
        opening.firstAppend = null
        throw error
      })
    }
    await opening.firstAppend
    await write(() => undefined)
  }

  async sync(): Promise<void> {
    const { epoch, generation } = this.#open()
    // A strict transaction forces out what earlier, relaxed ones of the same database left in buffers.
    await set(HEAD, { epoch, generation } satisfies Head, this.#fenced('strict'))
  }

  async *records(after: number): AsyncIterable<Uint8Array> {
    let range = journalAfter(after)
    for (let count = 1; ;) {
      const { keys, values } = await this.#read((store) => readBatch(store, range, count))
      yield* values
      const last = keys.at(-1)
      if (last === undefined) return
      range = IDBKeyRange.bound(last, JOURNAL + LAST, true)
      const bytes = values.reduce((sum, value) => sum + value.byteLength, 0)
      count = bytes > BATCH_BYTES ? Math.max(1, count >> 1) : Math.min(MAX_BATCH, count * 2)
    }
  }

  async trim(seq: number): Promise<void> {
    const range = IDBKeyRange.bound(JOURNAL, journalKey(seq))
    await this.#change((store) => store.delete(range))
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#change((store) => putBlob(store, key, bytes))
  }

  async get(key: string, range?: { start: number; end: number }): Promise<Uint8Array | null> {
    return this.#read((store) => getBlob(store, key, range))
  }

  async list(prefix: string): Promise<string[]> {
    return this.#read((store) => listBlobs(store, prefix))
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.#change((store) => deleteBlobs(store, keys))
  }

  async flip(manifest: Uint8Array): Promise<void> {
    const opening = this.#open()
    const generation = opening.generation + 1
    await this.#fenced('strict')('readwrite', (store) => {
      store.put(ownBytes(manifest), manifestKey(generation))
      store.put({ epoch: opening.epoch, generation } satisfies Head, HEAD)
      if (generation > 2)
        store.delete(IDBKeyRange.bound(manifestKey(0), manifestKey(generation - 2)))
      return promisifyRequest(store.transaction)
    })
    opening.generation = generation
  }

  async manifests(): Promise<Uint8Array[]> {
    const range = IDBKeyRange.bound(MANIFEST, MANIFEST + LAST)
    const oldestFirst = await this.#read((store) =>
      promisifyRequest<Uint8Array[]>(store.getAll(range)),
    )
    return oldestFirst.reverse()
  }

  async usage(): Promise<{ bytes: number; quota?: number }> {
    const storage = (navigator as { storage?: StorageManager }).storage
    if (!storage?.estimate) return { bytes: 0 }
    const { usage = 0, quota } = await storage.estimate()
    return quota === undefined ? { bytes: usage } : { bytes: usage, quota }
  }

  async close(): Promise<void> {
    const opening = this.#opening
    this.#opening = null
    if (!opening) return
    try {
      await opening.release()
    } finally {
      await opening.connection.close()
    }
  }

  async destroy(): Promise<void> {
    if (!this.#opening) await this.open({ create: true, lockTimeoutMs: 0 })
    const { connection, release } = this.#open()
    // One more fenced commit, so that a writer of an older epoch cannot delete its successor's data.
    await this.sync()
    this.#opening = null
    await connection.close()
    await deleteDatabase(this.#database)
    await release().catch(() => undefined)
  }

  #lock(connection: IndexedDbConnection, timeoutMs: number): Promise<Release> {
    const locks = (navigator as { locks?: LockManager }).locks
    return locks
      ? takeWebLock(locks, this.#database, timeoutMs)
      : takeLease(connection.useStore('relaxed'), this.#database, timeoutMs)
  }

  #open(): Opening {
    if (this.#opening) return this.#opening
    throw new TrackletError('INVALID_STATE', `"${this.uri}" is not open.`)
  }

  #read<T>(work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    return this.#open().connection.useStore('default')('readonly', work)
  }

  /** One fenced transaction of all requests that `ask` makes. */
  #change(ask: (store: IDBObjectStore) => unknown): Promise<void> {
    return this.#fenced('default')('readwrite', (store) => {
      ask(store)
      return promisifyRequest(store.transaction)
    })
  }

  /** Transactions that go through only while `head` still names this writer's epoch. */
  #fenced(durability: Durability): UseStore {
    const { connection, epoch } = this.#open()
    const useStore = connection.useStore(durability === 'strict' ? 'strict' : 'relaxed')
    return (mode, callback) =>
      useStore(mode, (store) =>
        afterHead(store, (head) => {
          assertEpoch(head, epoch, this.uri)
          return callback(store)
        }),
      )
  }
}

/** Runs `next` in the same transaction, right after the head is read; aborts it if `next` throws. */
function afterHead<T>(
  store: IDBObjectStore,
  next: (head: Head | undefined) => T | PromiseLike<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request: IDBRequest<Head | undefined> = store.get(HEAD)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      try {
        resolve(next(request.result))
      } catch (error) {
        reject(error)
        abort(store.transaction)
      }
    }
  })
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort()
  } catch {
    // It throws when the browser has ended the transaction already, which is as good.
  }
}

function assertEpoch(head: Head | undefined, epoch: number, uri: string): void {
  if (head?.epoch === epoch) return
  if (!head)
    throw new TrackletError(
      'DATA_LOSS',
      `The browser or another tab has deleted "${uri}"; open it again to begin a new one.`,
    )
  throw new TrackletError(
    'INVALID_STATE',
    `This writer of "${uri}" is fenced: another one took over (epoch ${head.epoch} after ${epoch}); open it again.`,
  )
}

function raiseEpoch(useStore: UseStore, create: boolean, uri: string): Promise<Head> {
  return useStore('readwrite', (store) =>
    afterHead(store, async (head) => {
      if (!head && !create)
        throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `There is no store "${uri}" here.`)
      const raised = { epoch: (head?.epoch ?? 0) + 1, generation: head?.generation ?? 0 }
      store.put(raised, HEAD)
      await promisifyRequest(store.transaction)
      return raised
    }),
  )
}

async function readBatch(
  store: IDBObjectStore,
  range: IDBKeyRange,
  count: number,
): Promise<{ keys: IDBValidKey[]; values: Uint8Array[] }> {
  const [keys, values] = await Promise.all([
    promisifyRequest(store.getAllKeys(range, count)),
    promisifyRequest<Uint8Array[]>(store.getAll(range, count)),
  ])
  return { keys, values }
}

function journalKey(seq: number): string {
  return JOURNAL + String(seq).padStart(16, '0')
}

function journalAfter(seq: number): IDBKeyRange {
  return IDBKeyRange.bound(journalKey(seq), JOURNAL + LAST, true)
}

function manifestKey(generation: number): string {
  return MANIFEST + String(generation).padStart(16, '0')
}

/** How far a write must have come before it is acknowledged. */
export type Durability =
  /** Survives the death of the process or tab. */
  | 'default'
  /** Survives power loss too, as far as the platform honours it (fdatasync, strict IndexedDB). */
  | 'strict'

/**
 * A platform's storage: the only port through which the engine touches anything durable.
 *
 * Three kinds of data live behind it: a journal of records in the order of `seq`, immutable blobs by key,
 * and one manifest, the only mutable cell. One writer at a time: `open` takes a lock and makes a new epoch
 * durable; every later mutation of the journal or manifest is fenced by that epoch.
 *
 * Every method throws `TrackletError`: INVALID_STATE "fenced" once another writer holds a newer epoch,
 * RESOURCE_EXHAUSTED when the storage is full, PERMISSION_DENIED when it cannot be written,
 * RESOURCE_CONFLICT when the lock is held, INTERNAL_ERROR with the platform's error as cause otherwise.
 */
export interface StorageAdapter {
  /** Where the data are, for people: `memory:`, `file:/runs/.tracklet`, `idb:name`. */
  readonly uri: string

  /**
   * Takes the lock and makes epoch + 1 durable before it resolves.
   * `create: false` refuses a store that does not exist yet (RESOURCE_DOES_NOT_EXIST).
   * Waits up to `lockTimeoutMs` for a holder to go, then RESOURCE_CONFLICT naming the holder.
   */
  open(options: { create: boolean; lockTimeoutMs: number }): Promise<{ epoch: number }>

  /** Stores a record under `seq`. Appending the same bytes under the same seq again is harmless. */
  append(seq: number, record: Uint8Array, options: { durability: Durability }): Promise<void>

  /** The same with default durability, done when it returns; only where the platform can (filesystem, memory). */
  appendSync?(seq: number, record: Uint8Array): void

  /** Makes every record appended so far as durable as `strict`. */
  sync(): Promise<void>

  /**
   * What the journal holds from seq `after + 1` on, in order. Each item is one record, framed by its header;
   * a stretch that cannot be framed is yielded whole, as one item, and the caller judges it.
   * What a fenced writer left behind a newer epoch's first record is not yielded.
   */
  records(after: number): AsyncIterable<Uint8Array>

  /** Forgets records up to and including `seq`; may keep some of them. */
  trim(seq: number): Promise<void>

  /** Stores an immutable blob, whole or not at all. Nothing refers to it until a manifest or command names it. */
  put(key: string, bytes: Uint8Array): Promise<void>

  /** A blob, or the bytes [start, end) of it; null where there is none. A range past the end is cut. */
  get(key: string, range?: { start: number; end: number }): Promise<Uint8Array | null>

  /** The keys of all blobs that begin with `prefix`, sorted. */
  list(prefix: string): Promise<string[]>

  /** Deletes blobs; a missing one is no error. */
  delete(keys: readonly string[]): Promise<void>

  /** Replaces the manifest: atomic, strict, fenced. The one it replaces is kept as the fallback. */
  flip(manifest: Uint8Array): Promise<void>

  /** The current manifest and the one before it, newest first; empty in a new store. */
  manifests(): Promise<Uint8Array[]>

  /** Bytes in use, and the quota where the platform tells one. */
  usage(): Promise<{ bytes: number; quota?: number }>

  /** Releases the lock and every handle. Harmless when not open. */
  close(): Promise<void>

  /** Closes, then deletes the store and all in it. */
  destroy(): Promise<void>
}

import type { Durability } from '../adapter.js'
import type { AnalysisStore } from './analysis-store.js'
import type { ArtifactStore } from './artifact-store.js'
import type { ChangeFeed } from './change-feed.js'
import type { ExportStore } from './export-store.js'
import type { ImportStore } from './import-store.js'
import type { LoggedModelStore } from './logged-model-store.js'
import type { ModelRegistryStore } from './model-registry-store.js'
import type { TraceStore } from './trace-store.js'
import type { TrackingStore } from './tracking-store.js'

/** What opening a store found. */
export interface RecoveryReport {
  /** `clean`: closed properly. `replayed`: records after the last checkpoint. The others lost or doubt something. */
  readonly state: 'new' | 'clean' | 'replayed' | 'torn-tail' | 'fallback' | 'damaged'
  /** Records replayed after the checkpoint. */
  readonly records: number
  /** Bytes of an unfinished record that were cut from the journal's end. */
  readonly cutBytes: number
  /** What is wrong, in sentences for people; empty when nothing is. */
  readonly problems: readonly string[]
}

/** What the store holds and what it costs. */
export interface StorageInfo {
  readonly uri: string
  /** Bytes in use by the store, and the platform's quota where it tells one. */
  readonly bytes: number
  readonly quota: number | null
  /** Bytes of the SQLite image; past `imageWarnBytes` opening and checkpoints get slow. */
  readonly imageBytes: number
  readonly journalBytes: number
  readonly seriesBytes: number
  readonly artifactBytes: number
  readonly experiments: number
  readonly runs: number
  readonly series: number
  readonly points: number
  /** False once the store is read-only: fenced, damaged, of a newer format, or its storage failed. */
  readonly writable: boolean
  readonly warnings: readonly string[]
  readonly recovery: RecoveryReport
}

/** Durability and the end of things. */
export interface Lifecycle {
  /** Resolves when everything issued before is stored; rejects if any of it could not be. */
  flush(options?: { durability?: Durability }): Promise<void>
  /** Writes the changed parts of the state, so that the journal can be dropped. Done by itself when due. */
  checkpoint(): Promise<void>
  storage(): Promise<StorageInfo>
  /** Flushes strictly, checkpoints, releases the lock. */
  close(): Promise<void>
}

/** A tracklet is something that implements these ports: the engine, a worker's proxy, a remote server's client. */
export interface Store
  extends
    TrackingStore,
    ModelRegistryStore,
    LoggedModelStore,
    TraceStore,
    AnalysisStore,
    ArtifactStore,
    ImportStore,
    ExportStore,
    ChangeFeed,
    Lifecycle {}

/** A store in this very process: it can also be written without waiting, as at the exit of a process. */
export interface LocalStore extends Store {
  /** Appends all that was accepted so far to the journal before it returns; false where the adapter cannot. */
  commitSync(): boolean
}

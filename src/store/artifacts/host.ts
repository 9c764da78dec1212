import type { StorageAdapter } from '../../adapter.js'
import type { FileUse } from '../catalog/artifact-owner.js'

/** Length of every part of a stored file but its last, in bytes. An empty file has no part. */
export const PART_SIZE = 1 << 20

/** A file's content, as the state names it. */
export interface StoredBlob {
  /** The parts lie at `partKey(name, 0)` to `partKey(name, parts - 1)`. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly parts: number
  /** SHA-256 of the whole, lower-case hex. */
  readonly hash: string
}

/** What `ArtifactRepository` needs of the engine. Everything but `put` and `remove` answers at once, from memory. */
export interface ArtifactHost {
  readonly blobs: Pick<StorageAdapter, 'put' | 'get' | 'delete' | 'list'>
  /** A run's internal id. Throws as MLflow does for an unknown run, and on `write` for a deleted one. */
  runFor(runId: string, use: FileUse): number
  /** The file at exactly this path. */
  artifact(run: number, path: string): StoredBlob | null
  /** All files at or below a directory, sorted by path; '' is the root. */
  under(run: number, dir: string): readonly { readonly path: string; readonly size: number }[]
  blobByHash(hash: string, size: number): { readonly id: number; readonly name: string } | null
  /** Makes the path name a blob, known or new. Visible at once; resolves when the journal has it. */
  put(run: number, path: string, blob: { readonly id: number } | StoredBlob): Promise<void>
  /** Forgets these files; resolves when the journal has it. */
  remove(run: number, paths: readonly string[]): Promise<void>
  /** A random name that no blob has had. */
  freshName(): string
}

/** The blob key of part `n` (from 0) of the content called `name`. */
export function partKey(name: string, n: number): string {
  return `blobs/${name}/${n}`
}

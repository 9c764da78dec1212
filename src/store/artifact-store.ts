import type { FileInfo } from '../entities/file-info.js'

/** A file that is being read. */
export interface OpenArtifact {
  readonly handle: number
  /** Bytes of the whole file. */
  readonly size: number
  /** Names the content: another content has another name. Where the store can tell. */
  readonly etag?: string
  /** When the content was written, in epoch milliseconds; only where files are kept as they are. */
  readonly modified?: number
}

/**
 * Files of runs, of logged models and of traces; `runId` may also be the id of one of those. Bytes move in parts of at most 1 MiB, which may be transferred.
 * Paths are relative, with `/`; anything that could leave the run's folder is INVALID_PARAMETER_VALUE.
 */
export interface ArtifactStore {
  /** Entries directly below `path` (the root when absent), by path; none for a file or a missing path. */
  listArtifacts(runId: string, path?: string): Promise<readonly FileInfo[]>
  /** Begins a file; gives a handle. Nothing is visible before `finishWrite`. */
  openWrite(runId: string, path: string): Promise<number>
  /** Adds bytes at the end. */
  write(handle: number, bytes: Uint8Array): Promise<void>
  /** Makes the file visible, replacing one of the same path; equal content is stored once. */
  finishWrite(handle: number): Promise<void>
  /** Drops what was written. */
  abortWrite(handle: number): Promise<void>
  /** Begins to read; RESOURCE_DOES_NOT_EXIST for a missing file. `range` is [start, end) in bytes. */
  openRead(
    runId: string,
    path: string,
    range?: { start: number; end: number },
  ): Promise<OpenArtifact>
  /** The next bytes, at most 1 MiB; null at the end, which also closes the handle. */
  read(handle: number): Promise<Uint8Array | null>
  closeRead(handle: number): Promise<void>
  /** Deletes a file, or a directory with all below it; a missing path is no error. The whole root when absent. */
  deleteArtifacts(runId: string, path?: string): Promise<void>
}

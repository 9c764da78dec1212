import type { Plan } from '../commands.js'
import { artifactOwner, type FileUse } from './artifact-owner.js'
import * as artifacts from './artifacts.js'
import type { ArtifactEntry, Blob, NewBlob } from './artifacts.js'
import type { CatalogState } from './state.js'

/** The catalog of artifacts: which blob is which file's. Plans and errors are as in `Catalog`. */
export class CatalogArtifacts {
  readonly #state: CatalogState

  constructor(state: CatalogState) {
    this.#state = state
  }

  /** The internal id of the run, logged model or trace that keeps files under an id. */
  artifactOwner(id: string, use: FileUse): number {
    return artifactOwner(this.#state, id, use)
  }

  /** `run` is an internal id of a run, or of a logged model or trace; `path` safe and relative; a number is a known blob's id. */
  planPutArtifact(run: number, path: string, blob: number | NewBlob): Plan<void> {
    return artifacts.planPutArtifact(this.#state, run, path, blob)
  }

  /** Forgets these files of a run; one that is not there is no error. */
  planDeleteArtifacts(run: number, paths: readonly string[]): Plan<void> {
    return artifacts.planDeleteArtifacts(this.#state, run, paths)
  }

  /** A stored blob of this content; null where there is none. */
  findBlob(hash: string, size: number): Blob | null {
    return artifacts.findBlob(this.#state, hash, size)
  }

  /** The blob of a run's file; null where there is none. */
  artifact(run: number, path: string): Blob | null {
    return artifacts.artifact(this.#state, run, path)
  }

  /** All files below a directory, however deep, by path; the root is ''. */
  artifactsUnder(run: number, dir: string): ArtifactEntry[] {
    return artifacts.artifactsUnder(this.#state, run, dir)
  }

  /** The names of all blobs that the catalog knows, for garbage collection. */
  blobNames(): string[] {
    return artifacts.blobNames(this.#state)
  }

  /** Bytes of all artifacts; equal files count once. */
  artifactBytes(): number {
    return artifacts.artifactBytes(this.#state)
  }
}

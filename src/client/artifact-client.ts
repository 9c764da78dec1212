import type { FigureSource } from '../artifacts/figure.js'
import type { ImageSource } from '../artifacts/image-encoding.js'
import type { ImageTarget } from '../artifacts/image.js'
import type { ArtifactSource } from '../artifacts/source.js'
import type { Table, TableData } from '../artifacts/table-data.js'
import type { DirectoryHandleLike } from '../artifacts/write.js'
import type { FileInfo } from '../entities/file-info.js'
import {
  RunArtifacts,
  type LogArtifactOptions,
  type ReadOptions,
  type WriteOptions,
} from './run-artifacts.js'
import type { Session } from './session.js'

/** The part of the client that moves files. */
export class ArtifactClient {
  protected readonly session: Session

  /** Made by a tracker. */
  constructor(session: Session) {
    this.session = session
  }

  /** Stores a text as a UTF-8 file. */
  async logText(
    runId: string,
    text: string,
    artifactFile: string,
    options?: WriteOptions,
  ): Promise<void> {
    await this.#of(runId).logText(text, artifactFile, options)
  }

  /** Stores a value as JSON, or as YAML where the name ends in `.yml` or `.yaml`. */
  async logDict(
    runId: string,
    value: unknown,
    artifactFile: string,
    options?: WriteOptions,
  ): Promise<void> {
    await this.#of(runId).logDict(value, artifactFile, options)
  }

  /** Stores an image and gives its path; see `ActiveRun.logImage`. */
  async logImage(
    runId: string,
    image: ImageSource,
    target: ImageTarget,
    options?: WriteOptions,
  ): Promise<string> {
    return this.#of(runId).logImage(image, target, options)
  }

  /** Stores a figure (canvas, SVG, Plotly) in the format that the name's extension says. */
  async logFigure(
    runId: string,
    figure: FigureSource,
    artifactFile: string,
    options?: WriteOptions,
  ): Promise<void> {
    await this.#of(runId).logFigure(figure, artifactFile, options)
  }

  /** Stores a table as `.json`; rows logged again to one file are appended. */
  async logTable(
    runId: string,
    data: TableData,
    artifactFile: string,
    options?: WriteOptions,
  ): Promise<void> {
    await this.#of(runId).logTable(data, artifactFile, options)
  }

  /** The rows that these runs, or all runs of an experiment, logged to a table, with what `extraColumns` names. */
  async loadTable(
    from: { readonly runIds: readonly string[] } | { readonly experimentIds: readonly string[] },
    artifactFile: string,
    options?: WriteOptions & { readonly extraColumns?: readonly string[] },
  ): Promise<Table> {
    const { store } = this.session
    const { loadTable } = await import('../artifacts/table.js')
    return loadTable(store, from, artifactFile, options)
  }

  /** Stores one file; see `ActiveRun.logArtifact` for where. */
  async logArtifact(
    runId: string,
    source: ArtifactSource,
    artifactPath?: string,
    options?: LogArtifactOptions,
  ): Promise<void> {
    await this.#of(runId).logArtifact(source, artifactPath, options)
  }

  /** Stores a directory with all below it. */
  async logArtifacts(
    runId: string,
    directory: string | DirectoryHandleLike,
    artifactPath?: string,
    options?: WriteOptions,
  ): Promise<void> {
    await this.#of(runId).logArtifacts(directory, artifactPath, options)
  }

  /** Entries directly below `path` (the root when absent), by path. */
  async listArtifacts(runId: string, path?: string): Promise<readonly FileInfo[]> {
    return this.#of(runId).list(path)
  }

  /** A file, whole. RESOURCE_DOES_NOT_EXIST where there is none. */
  async openArtifact(runId: string, path: string, options?: ReadOptions): Promise<Blob> {
    return this.#of(runId).open(path, options)
  }

  /** A file as a stream, read as it is asked for; its errors are the stream's. */
  readArtifact(runId: string, path: string, options?: ReadOptions): ReadableStream<Uint8Array> {
    return this.#of(runId).read(path, options)
  }

  /** Deletes a file, or a directory with all below it; all files of the run when no path is given. */
  async deleteArtifacts(runId: string, path?: string): Promise<void> {
    await this.#of(runId).delete(path)
  }

  /**
   * Copies a file, or a directory with all below it (all files of the run for ''), into a local directory, and
   * gives the local path of it. NOT_IMPLEMENTED where the platform has no files: use `readArtifact` there.
   */
  async downloadArtifacts(
    runId: string,
    path: string,
    directory: string,
    options?: WriteOptions,
  ): Promise<string> {
    return this.#of(runId).download(path, directory, options)
  }

  #of(runId: string): RunArtifacts {
    return new RunArtifacts(this.session, runId)
  }
}

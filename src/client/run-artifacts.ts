import type { FigureSource } from '../artifacts/figure.js'
import type { ImageSource } from '../artifacts/image-encoding.js'
import type { ImageTarget } from '../artifacts/image.js'
import { readArtifact, readArtifactBytes } from '../artifacts/read.js'
import {
  requireFiles,
  sourceName,
  sourceToPieces,
  type ArtifactSource,
  type TransferOptions,
} from '../artifacts/source.js'
import type { TableData } from '../artifacts/table-data.js'
import { writeArtifact, writeDirectory, type DirectoryHandleLike } from '../artifacts/write.js'
import type { FileInfo } from '../entities/file-info.js'
import { invalid } from '../entities/invalid.js'
import { TrackletError, throwIfAborted } from '../errors.js'
import type { Session } from './session.js'

/** Options of what writes files. */
export interface WriteOptions {
  /** Aborting it rejects with CANCELLED and leaves nothing behind. */
  readonly signal?: AbortSignal
}

/** Options of what reads files. */
export interface ReadOptions {
  readonly signal?: AbortSignal
  /** Only the bytes [start, end). */
  readonly range?: { readonly start: number; readonly end: number }
}

/** Options of `logArtifact`. */
export interface LogArtifactOptions extends WriteOptions {
  /** The file's name, in place of that which the source brings with it. */
  readonly name?: string
}

/**
 * The files of one run, for its handle and for the client. Every awaited call sends first what was logged before.
 */
export class RunArtifacts {
  readonly #session: Session
  readonly #runId: string

  constructor(session: Session, runId: string) {
    this.#session = session
    this.#runId = runId
  }

  /** Stores a text, as UTF-8. */
  async logText(text: string, path: string, options?: WriteOptions): Promise<void> {
    if (typeof text !== 'string') throw invalid('logText stores a text. For bytes use logArtifact.')
    await this.#write(path, new TextEncoder().encode(text), options)
  }

  /** Stores a value as JSON, or as YAML where the path ends so. */
  async logDict(value: unknown, path: string, options?: WriteOptions): Promise<void> {
    const { dictToBytes } = await import('../artifacts/dict.js')
    await this.#write(path, dictToBytes(value, path), options)
  }

  /** Stores an image, as one file or as a step of a series; gives its path. */
  async logImage(
    image: ImageSource,
    target: ImageTarget,
    options: WriteOptions = {},
  ): Promise<string> {
    const { store } = this.#session
    const { logImage } = await import('../artifacts/image.js')
    return logImage(store, this.#runId, image, target, options)
  }

  /** Stores a figure in the format that the path's extension names. */
  async logFigure(figure: FigureSource, path: string, options: WriteOptions = {}): Promise<void> {
    const { store } = this.#session
    const { logFigure } = await import('../artifacts/figure.js')
    await logFigure(store, this.#runId, figure, path, options)
  }

  /** Stores a table, or appends to the one that is there. */
  async logTable(data: TableData, path: string, options: WriteOptions = {}): Promise<void> {
    const { store } = this.#session
    const { logTable } = await import('../artifacts/table.js')
    await logTable(store, this.#runId, data, path, options)
  }

  /**
   * Stores one file. A source with a name (a local path, a File, a file handle, or `options.name`) goes into the
   * directory `artifactPath`; one without (bytes, a Blob, a stream) is stored at `artifactPath` itself.
   */
  async logArtifact(
    source: ArtifactSource,
    artifactPath?: string,
    options: LogArtifactOptions = {},
  ): Promise<void> {
    if (source === undefined || source === null)
      throw invalid('logArtifact needs a source: ' + SOURCES)
    await this.#write(targetOf(source, artifactPath, options.name), source, options)
  }

  /** Stores a directory with all below it. */
  async logArtifacts(
    directory: string | DirectoryHandleLike,
    artifactPath?: string,
    options?: WriteOptions,
  ): Promise<void> {
    const { store } = this.#session
    await writeDirectory(store, this.#runId, directory, artifactPath, this.#transfer(options))
  }

  /** Entries directly below `path`. */
  list(path?: string): Promise<readonly FileInfo[]> {
    return this.#attempt((store) => store.listArtifacts(this.#runId, path))
  }

  /** A file's bytes as a stream; its errors are the stream's. */
  read(path: string, options: ReadOptions = {}): ReadableStream<Uint8Array> {
    throwIfAborted(options.signal)
    const { store } = this.#session
    const stream = readArtifact(store, this.#runId, path, options.range)
    return options.signal === undefined ? stream : abortable(stream, options.signal)
  }

  /** A file, whole. */
  async open(path: string, options: ReadOptions = {}): Promise<Blob> {
    const { store } = this.#session
    return new Blob([await readArtifactBytes(store, this.#runId, path, options)])
  }

  /** Copies a file, or all files below a directory, into a local directory; gives the local path. */
  async download(path: string, directory: string, options: WriteOptions = {}): Promise<string> {
    const { store, files } = this.#session
    const access = requireFiles(files)
    const found: string[] = []
    for await (const file of filesBelow(store, this.#runId, path)) {
      throwIfAborted(options.signal)
      const content = readArtifact(store, this.#runId, file)
      await access.writeFile(
        `${directory}/${file}`,
        sourceToPieces(content, { signal: options.signal }),
      )
      found.push(file)
    }
    if (found.length === 0 && path !== '')
      throw new TrackletError(
        'RESOURCE_DOES_NOT_EXIST',
        `Run ${this.#runId} has no artifact '${path}'.`,
      )
    return path === '' ? directory : `${directory}/${path}`
  }

  /** Deletes a file, or a directory with all below it; all files of the run when no path is given. */
  delete(path?: string): Promise<void> {
    return this.#attempt((store) => store.deleteArtifacts(this.#runId, path))
  }

  async #attempt<T>(action: (store: Session['store']) => Promise<T>): Promise<T> {
    return action(this.#session.store)
  }

  async #write(path: string, source: ArtifactSource, options?: WriteOptions): Promise<void> {
    const { store } = this.#session
    await writeArtifact(store, this.#runId, path, source, this.#transfer(options))
  }

  #transfer(options: WriteOptions = {}): TransferOptions {
    return { signal: options.signal, files: this.#session.files }
  }
}

const SOURCES = 'a local path (Node), bytes, a Blob, a File or a stream.'

function targetOf(
  source: ArtifactSource,
  artifactPath: string | undefined,
  given?: string,
): string {
  const name = given ?? sourceName(source)
  if (name !== null && name !== undefined)
    return artifactPath === undefined || artifactPath === '' ? name : `${artifactPath}/${name}`
  if (artifactPath !== undefined && artifactPath !== '') return artifactPath
  throw invalid('This source has no name of its own: give the path to store it at.')
}

/** The file at `path`, or those below the directory `path`. */
async function* filesBelow(
  store: Session['store'],
  runId: string,
  path: string,
): AsyncGenerator<string> {
  const entries = await store.listArtifacts(runId, path === '' ? undefined : path)
  if (entries.length === 0 && path !== '' && (await isFile(store, runId, path))) yield path
  for (const entry of entries) {
    if (entry.isDir) yield* filesBelow(store, runId, entry.path)
    else yield entry.path
  }
}

async function isFile(store: Session['store'], runId: string, path: string): Promise<boolean> {
  const parent = path.split('/').slice(0, -1).join('/')
  const siblings = await store.listArtifacts(runId, parent === '' ? undefined : parent)
  return siblings.some((entry) => !entry.isDir && entry.path === path)
}

/** The same stream, failing with CANCELLED at the next read after the signal is aborted. */
function abortable(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      if (signal.aborted) await reader.cancel()
      throwIfAborted(signal)
      const next = await reader.read()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
    cancel: (reason) => reader.cancel(reason),
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}

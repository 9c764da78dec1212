import type { ArtifactStore } from '../store/artifact-store.js'
import { TrackletError, throwIfAborted } from '../errors.js'
import { artifactPathBelow, type ArtifactPath } from '../entities/artifact-path.js'
import {
  requireFiles,
  sourceToPieces,
  type ArtifactSource,
  type FileHandleLike,
  type TransferOptions,
} from './source.js'

/** The part of a browser's FileSystemDirectoryHandle that is used. */
export interface DirectoryHandleLike {
  readonly kind: 'directory'
  readonly name: string
  values(): AsyncIterable<FileHandleLike | DirectoryHandleLike>
}

/**
 * Stores one file at `path`, the whole path with its name, replacing what is there. Streams: a few MiB are
 * held however long the source. When the source, the store or the signal fails, nothing is stored.
 */
export async function writeArtifact(
  store: ArtifactStore,
  runId: string,
  path: string,
  source: ArtifactSource,
  options: TransferOptions = {},
): Promise<void> {
  throwIfAborted(options.signal)
  const handle = await store.openWrite(runId, path)
  try {
    for await (const piece of sourceToPieces(source, options)) await store.write(handle, piece)
    throwIfAborted(options.signal)
  } catch (error) {
    // The first error is the one to tell; a failed write has already closed its handle.
    await store.abortWrite(handle).catch(() => undefined)
    throw error
  }
  await store.finishWrite(handle)
}

/**
 * Stores a directory's files below `artifactPath` (the root by default), in the order of their paths, and gives
 * the paths stored. `directory` is a local path or a browser's directory handle. Empty directories leave no trace;
 * an error leaves the files stored before it.
 */
export async function writeDirectory(
  store: ArtifactStore,
  runId: string,
  directory: string | DirectoryHandleLike,
  artifactPath?: string,
  options: TransferOptions = {},
): Promise<readonly ArtifactPath[]> {
  const written: ArtifactPath[] = []
  for await (const { path, open } of filesOf(directory, options)) {
    const target = artifactPathBelow(artifactPath, path)
    await writeArtifact(store, runId, target, await open(), options)
    written.push(target)
  }
  return written
}

interface FoundFile {
  readonly path: string
  open(): Promise<ArtifactSource>
}

async function* filesOf(
  directory: string | DirectoryHandleLike,
  { files, signal }: TransferOptions,
): AsyncGenerator<FoundFile> {
  throwIfAborted(signal)
  if (typeof directory === 'string') {
    for await (const file of requireFiles(files).walk(directory))
      yield { path: file.path, open: async () => (await file.open()).stream() }
  } else if (typeof directory?.values === 'function') {
    yield* filesOfHandle(directory, '')
  } else {
    throw new TrackletError(
      'INVALID_PARAMETER_VALUE',
      'A directory is a local path or a FileSystemDirectoryHandle.',
    )
  }
}

async function* filesOfHandle(
  handle: DirectoryHandleLike,
  prefix: string,
): AsyncGenerator<FoundFile> {
  const entries: (FileHandleLike | DirectoryHandleLike)[] = []
  for await (const entry of handle.values()) entries.push(entry)
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = prefix + entry.name
    if (entry.kind === 'directory') yield* filesOfHandle(entry, `${path}/`)
    else yield { path, open: async () => entry }
  }
}

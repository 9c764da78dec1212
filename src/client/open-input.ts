import { invalid } from '../entities/invalid.js'
import { fileInTree, findDatabase } from '../mlflow-db/find-database.js'
import { isSqlite } from '../mlflow-db/foreign-database.js'
import type { PlaceInTree } from '../mlflow-db/find-database.js'
import { openDatabase } from '../mlflow-db/open-database.js'
import { mlrunsSource } from '../mlruns/read/mlruns-source.js'
import { blobSource } from '../import/byte-source.js'
import type { ByteSource } from '../import/byte-source.js'
import { openZip } from '../zip/zip-tree.js'
import type { ZipLimits } from '../zip/zip-tree.js'
import { directoryHandleTree } from '../import/directory-handle-tree.js'
import type { FileTree } from '../import/file-tree.js'
import type { ImportAccess } from '../import/import-access.js'
import type { Doubt, ImportSource } from '../import/source.js'

/**
 * What can be imported: a database of MLflow's, such as `mlflow.db`; an `mlruns` folder, or a folder with a database and
 * `mlruns` or `mlartifacts` beside it; a zip of one of these.
 */
export type ImportInput =
  string | Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | FileSystemDirectoryHandle

/** A folder with artifacts, or a zip of one: a path, a Blob, a directory handle. */
export type ArtifactsInput = string | Blob | FileSystemDirectoryHandle

/** How an input is opened. */
export interface OpenOptions {
  readonly limits?: ZipLimits
  /** Where a database's artifacts are; what lies beside it by default. */
  readonly artifacts?: ArtifactsInput
}

/**
 * What an input holds, as a source. INVALID_PARAMETER_VALUE for what is nothing of MLflow's, DATA_LOSS for what is
 * damaged, RESOURCE_EXHAUSTED for an archive past the limits and a database past 1 GiB, RESOURCE_CONFLICT for a database
 * that is being written.
 */
export async function openInput(
  input: ImportInput,
  access: ImportAccess,
  options: OpenOptions,
  doubt: Doubt,
): Promise<ImportSource> {
  const opened = await open(input, access)
  if (!('list' in opened) && (await closingOnError(opened, () => isSqlite(opened))))
    return openFile(opened, input, { access, options, doubt })
  const tree = 'list' in opened ? opened : await openBytes(opened, options.limits)
  const found = await closingOnError(tree, () => findDatabase(tree))
  if (found !== null) return openInTree(found, { access, options, doubt })
  return closingOnError(tree, async () => {
    if (options.artifacts !== undefined)
      throw invalid('`artifacts` is for databases: this holds none.')
    return mlrunsSource(tree, doubt)
  })
}

interface Opening {
  readonly access: ImportAccess
  readonly options: OpenOptions
  readonly doubt: Doubt
}

async function openInTree(
  place: PlaceInTree,
  { access, options, doubt }: Opening,
): Promise<ImportSource> {
  const [bytes, artifacts] = await closingOnError(place.tree, async () => [
    await fileInTree(place),
    await openArtifacts(options, access),
  ])
  return openDatabase({ bytes, place, artifacts }, () => access.sqlite(), doubt)
}

/** A database that is a file by itself: on disk, there may be artifacts beside it. */
async function openFile(
  bytes: ByteSource,
  input: ImportInput,
  { access, options, doubt }: Opening,
): Promise<ImportSource> {
  const [folder, artifacts] = await closingOnError(bytes, async () => [
    typeof input === 'string' ? await access.openFolderOf?.(input) : undefined,
    await openArtifacts(options, access),
  ])
  const place = folder ? { ...folder, folder: '' } : null
  return openDatabase({ bytes, place, artifacts }, () => access.sqlite(), doubt)
}

async function openArtifacts(
  { artifacts, limits }: OpenOptions,
  access: ImportAccess,
): Promise<FileTree | null> {
  if (artifacts === undefined) return null
  const opened = await open(artifacts, access)
  return 'list' in opened ? opened : openBytes(opened, limits)
}

async function closingOnError<const T>(
  opened: { close(): Promise<void> },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function open(input: ImportInput, access: ImportAccess): Promise<ByteSource | FileTree> {
  if (typeof input === 'string') {
    if (access.openPath === undefined)
      throw invalid('Paths cannot be read here: give a Blob, a stream or a directory handle.')
    return access.openPath(input)
  }
  if (input instanceof Blob) return blobSource(input)
  if (input instanceof Uint8Array) return blobSource(new Blob([input]))
  if (input instanceof ReadableStream) return access.keep(input)
  if (typeof input === 'object' && input !== null && 'getDirectoryHandle' in input)
    return directoryHandleTree(input)
  throw invalid('An import takes a path, a Blob, bytes, a stream or a directory handle.')
}

async function openBytes(source: ByteSource, limits: ZipLimits | undefined): Promise<FileTree> {
  const start = await source.read(0, Math.min(4, source.size))
  if (start[0] === 0x50 && start[1] === 0x4b) return openZip(source, limits)
  await source.close()
  throw invalid(
    'This is neither a zip file, nor a database, nor a folder: give an `mlflow.db`, an `mlruns` folder or a zip of it.',
  )
}

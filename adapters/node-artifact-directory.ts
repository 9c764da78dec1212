import { randomBytes } from 'node:crypto'
import { constants, rmSync } from 'node:fs'
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { toArtifactDirectory, toArtifactPath } from '../src/entities/artifact-path.js'
import type { FileInfo } from '../src/entities/file-info.js'
import { invalid } from '../src/entities/invalid.js'
import { TrackletError } from '../src/errors.js'
import type { ArtifactStore, OpenArtifact } from '../src/store/artifact-store.js'
import {
  isAbsent,
  translated,
  translateError,
  type DirectoryRoot,
} from './node-artifact-directory-root.js'

/** What files that are being written are called, as in MLflow (mlflow/store/artifact/local_artifact_repo.py). */
const DRAFT = '.artifact.uploading.'
const LONGEST_PIECE = 1 << 20
/** A draft that is older, in milliseconds, was left behind by a process that died. */
const OLD_DRAFT_MS = 24 * 3600 * 1000
// A pipe must not hold up who opens it, and a link that has come meanwhile is not followed.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** The folder below the root that keeps the files of an id. Throws what the store of the id throws. */
export type FolderOf = (id: string, use: 'read' | 'write') => Promise<string>

interface OpenWrite {
  /** Below the root. */
  readonly path: string
  readonly draft: string
  readonly file: FileHandle
  queue: Promise<void>
  failed: boolean
}

interface OpenRead {
  readonly path: string
  readonly file: FileHandle
  at: number
  readonly end: number
  queue: Promise<unknown>
}

/**
 * Artifacts as plain files of a folder, in the folder that `folderOf` gives for each id. A file is written beside the
 * others and takes its name when it is whole; nothing outside of the root is read, written or deleted.
 */
export class ArtifactDirectory implements ArtifactStore {
  readonly #root: DirectoryRoot
  readonly #folderOf: FolderOf
  readonly #writes = new Map<number, OpenWrite>()
  readonly #reads = new Map<number, OpenRead>()
  #lastHandle = 0

  constructor(root: DirectoryRoot, folderOf: FolderOf) {
    this.#root = root
    this.#folderOf = folderOf
  }

  async listArtifacts(id: string, path?: string): Promise<readonly FileInfo[]> {
    const dir = toArtifactDirectory(path)
    const place = join2(await this.#folderOf(id, 'read'), dir)
    const real = await this.#root.find(place)
    if (real === null) return []
    const names = await namesIn(real, place)
    const entries = await Promise.all(
      names.map((name) => this.#entry(join2(place, name), join2(dir, name))),
    )
    return entries.filter((entry) => entry !== null).sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  async openWrite(id: string, path: string): Promise<number> {
    const place = join2(await this.#folderOf(id, 'write'), toArtifactPath(path))
    if (basename(place).startsWith(DRAFT))
      throw invalid(
        `Invalid artifact file name: '${basename(place)}'. Artifact names starting with '${DRAFT}' are reserved.`,
      )
    await this.#root.place(place, { make: false })
    // At the root, so that a write that is given up leaves no empty folders behind.
    const draft = join(this.#root.path, `${DRAFT}${randomBytes(16).toString('hex')}`)
    const file = await translated(place, () => open(draft, 'wx'))
    const handle = ++this.#lastHandle
    this.#writes.set(handle, { path: place, draft, file, queue: Promise.resolve(), failed: false })
    return handle
  }

  async write(handle: number, bytes: Uint8Array): Promise<void> {
    const write = this.#writes.get(handle)
    if (write === undefined) throw unknownHandle(handle)
    const written = write.queue.then(async () => {
      if (write.failed) throw unknownHandle(handle)
      try {
        await write.file.writeFile(bytes)
      } catch (error) {
        write.failed = true
        this.#writes.delete(handle)
        await discard(write)
        throw translateError(write.path, error)
      }
    })
    write.queue = written.catch(() => undefined)
    await written
  }

  async finishWrite(handle: number): Promise<void> {
    const write = this.#taken(handle)
    await write.queue
    if (write.failed) throw unknownHandle(handle)
    try {
      await write.file.datasync()
      await write.file.close()
      await rename(write.draft, await this.#root.place(write.path, { make: true }))
    } catch (error) {
      await discard(write)
      throw translateError(write.path, error)
    }
  }

  async abortWrite(handle: number): Promise<void> {
    const write = this.#taken(handle)
    await write.queue
    if (!write.failed) await discard(write)
  }

  async openRead(
    id: string,
    path: string,
    range?: { start: number; end: number },
  ): Promise<OpenArtifact> {
    const checked = toArtifactPath(path)
    if (range !== undefined) checkRange(range)
    const place = join2(await this.#folderOf(id, 'read'), checked)
    const real = await this.#root.find(place)
    const found = real === null ? null : await openFile(real, place)
    if (found === null)
      throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${checked}'`)
    const { file, size, etag, modified } = found
    const [at, end] = [Math.min(range?.start ?? 0, size), Math.min(range?.end ?? size, size)]
    const handle = ++this.#lastHandle
    this.#reads.set(handle, { path: place, file, at, end, queue: Promise.resolve() })
    return { handle, size, etag, modified }
  }

  async read(handle: number): Promise<Uint8Array | null> {
    const reading = this.#reads.get(handle)
    if (reading === undefined) throw unknownHandle(handle)
    const next = reading.queue.then(() => nextPiece(reading))
    reading.queue = next.catch(() => undefined)
    try {
      const bytes = await next
      if (bytes === null) await this.closeRead(handle)
      return bytes
    } catch (error) {
      await this.closeRead(handle)
      throw translateError(reading.path, error)
    }
  }

  async closeRead(handle: number): Promise<void> {
    const reading = this.#reads.get(handle)
    this.#reads.delete(handle)
    if (reading === undefined) return
    await reading.queue
    await reading.file.close()
  }

  async deleteArtifacts(id: string, path?: string): Promise<void> {
    const place = join2(await this.#folderOf(id, 'write'), toArtifactDirectory(path))
    if (place === '') throw invalid('Invalid path')
    const slash = place.lastIndexOf('/')
    const folder = await this.#root.find(place.slice(0, Math.max(0, slash)))
    // A link goes itself, and what it leads to stays.
    if (folder === null) return
    try {
      await rm(join(folder, place.slice(slash + 1)), { recursive: true, force: true })
    } catch (error) {
      if (!isAbsent(error)) throw translateError(place, error)
    }
  }

  /** Gives up every file that is being written or read. */
  async closeAll(): Promise<void> {
    await Promise.all([
      ...[...this.#writes.keys()].map((handle) => this.abortWrite(handle)),
      ...[...this.#reads.keys()].map((handle) => this.closeRead(handle)),
    ])
  }

  /** Removes what is being written, at the last moment of a process. */
  discardSync(): void {
    for (const { draft } of this.#writes.values()) rmSync(draft, { force: true })
  }

  /** Removes what processes that died have left half written. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#root.path)) {
      if (!name.startsWith(DRAFT)) continue
      const path = join(this.#root.path, name)
      const found = await stat(path).catch(() => null)
      if (found !== null && Date.now() - found.mtimeMs > OLD_DRAFT_MS)
        await rm(path, { force: true })
    }
  }

  #taken(handle: number): OpenWrite {
    const write = this.#writes.get(handle)
    if (write === undefined) throw unknownHandle(handle)
    this.#writes.delete(handle)
    return write
  }

  /** Null for what is neither a file nor a folder, is being written, has gone, or leads outside. */
  async #entry(place: string, path: string): Promise<FileInfo | null> {
    if (basename(place).startsWith(DRAFT)) return null
    try {
      const real = await this.#root.find(place)
      const found = real === null ? null : await stat(real)
      if (found?.isDirectory()) return { path, isDir: true, fileSize: null }
      return found?.isFile() ? { path, isDir: false, fileSize: found.size } : null
    } catch {
      return null
    }
  }
}

function join2(folder: string, path: string): string {
  return folder === '' || path === '' ? folder + path : `${folder}/${path}`
}

async function namesIn(real: string, place: string): Promise<readonly string[]> {
  try {
    return await readdir(real)
  } catch (error) {
    if (isAbsent(error)) return []
    throw translateError(place, error)
  }
}

/** Null for what is no plain file. */
async function openFile(
  real: string,
  place: string,
): Promise<{ file: FileHandle; size: number; etag: string; modified: number } | null> {
  return translated(place, async () => {
    const file = await open(real, READ_FLAGS).catch((error: unknown) => {
      if (isAbsent(error)) return null
      throw error
    })
    if (file === null) return null
    const found = await file.stat({ bigint: true })
    if (!found.isFile()) {
      await file.close()
      return null
    }
    const { size, ino, mtimeNs, mtimeMs } = found
    const etag = [ino, mtimeNs, size].map((part) => part.toString(16)).join('-')
    return { file, size: Number(size), etag, modified: Number(mtimeMs) }
  })
}

async function nextPiece(reading: OpenRead): Promise<Uint8Array | null> {
  const length = Math.min(LONGEST_PIECE, reading.end - reading.at)
  if (length === 0) return null
  const piece = new Uint8Array(length)
  const { bytesRead } = await reading.file.read(piece, 0, length, reading.at)
  if (bytesRead === 0)
    throw new TrackletError(
      'DATA_LOSS',
      `Artifact ${JSON.stringify(reading.path)} was cut short while it was read.`,
    )
  reading.at += bytesRead
  return bytesRead === length ? piece : piece.slice(0, bytesRead)
}

async function discard({ file, draft }: OpenWrite): Promise<void> {
  await file.close().catch(() => undefined)
  await rm(draft, { force: true })
}

function checkRange({ start, end }: { start: number; end: number }): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end) return
  throw invalid(
    `Invalid range [${start}, ${end}): start and end must be integers with 0 <= start <= end.`,
  )
}

function unknownHandle(handle: number): TrackletError {
  return invalid(
    `No open artifact has the handle ${handle}: it was never opened, or has been finished, aborted or closed, or has failed.`,
  )
}

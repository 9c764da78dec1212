import type { FileInfo } from '../../entities/file-info.js'
import { TrackletError } from '../../errors.js'
import type { ArtifactStore, OpenArtifact } from '../artifact-store.js'
import type { FileUse } from '../catalog/artifact-owner.js'
import type { ArtifactHost, StoredBlob } from './host.js'
import {
  toArtifactDirectory,
  toArtifactPath,
  type ArtifactPath,
} from '../../entities/artifact-path.js'
import { PartReader, type ByteRange } from './part-reader.js'
import { PartWriter } from './part-writer.js'

interface OpenWrite {
  readonly runId: string
  readonly path: ArtifactPath
  readonly writer: PartWriter
  /** The end of the calls made so far, which are served in order. */
  queue: Promise<void>
  failed: boolean
}

/** How files are looked for to read them. */
type ReadUse = Exclude<FileUse, 'write'>

interface OpenRead {
  readonly runId: string
  readonly use: ReadUse
  readonly path: ArtifactPath
  readonly reader: PartReader
  queue: Promise<unknown>
}

/**
 * Files of runs over blobs: content is stored in parts under a fresh name, equal content once, and the command
 * that makes a path name it comes last. A file that fails or is aborted leaves nothing behind.
 */
export class ArtifactRepository implements ArtifactStore {
  readonly #host: ArtifactHost
  readonly #writes = new Map<number, OpenWrite>()
  readonly #finishing = new Set<string>()
  readonly #reads = new Map<number, OpenRead>()
  #lastHandle = 0

  /** `host` is the state that the repository reads and changes. */
  constructor(host: ArtifactHost) {
    this.#host = host
  }

  /** Names of contents that open reads and writes use, which must not be collected yet. */
  inUse(): ReadonlySet<string> {
    const names = new Set(this.#finishing)
    for (const { writer } of this.#writes.values()) names.add(writer.name)
    for (const { reader } of this.#reads.values()) names.add(reader.blob.name)
    return names
  }

  /** Aborts every open write and forgets every open read, as the store closes. */
  async closeAll(): Promise<void> {
    this.#reads.clear()
    await Promise.all([...this.#writes.keys()].map((handle) => this.abortWrite(handle)))
  }

  async listArtifacts(
    runId: string,
    path?: string,
    use: ReadUse = 'read',
  ): Promise<readonly FileInfo[]> {
    const dir = toArtifactDirectory(path)
    const files = this.#host.under(this.#host.runFor(runId, use), dir)
    const prefix = dir === '' ? 0 : dir.length + 1
    const entries = new Map<string, FileInfo>()
    for (const file of files) {
      if (file.path === dir) continue
      const slash = file.path.indexOf('/', prefix)
      if (slash < 0) entries.set(file.path, { path: file.path, isDir: false, fileSize: file.size })
      else entries.set(file.path.slice(0, slash), directory(file.path.slice(0, slash)))
    }
    return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  async openWrite(runId: string, path: string): Promise<number> {
    const checked = toArtifactPath(path)
    this.#refuseCollision(this.#host.runFor(runId, 'write'), checked)
    const writer = new PartWriter(this.#host.blobs, this.#host.freshName())
    const handle = ++this.#lastHandle
    const queue = Promise.resolve()
    this.#writes.set(handle, { runId, path: checked, writer, queue, failed: false })
    return handle
  }

  async write(handle: number, bytes: Uint8Array): Promise<void> {
    const write = this.#openWrite(handle)
    const written = write.queue.then(async () => {
      if (write.failed) throw unknownHandle(handle)
      try {
        await write.writer.write(bytes)
      } catch (error) {
        write.failed = true
        this.#writes.delete(handle)
        await discard(write)
        throw error
      }
    })
    write.queue = settled(written)
    await written
  }

  async finishWrite(handle: number): Promise<void> {
    const write = this.#openWrite(handle)
    this.#writes.delete(handle)
    this.#finishing.add(write.writer.name)
    try {
      await write.queue
      if (write.failed) throw unknownHandle(handle)
      await this.#finish(write)
    } finally {
      this.#finishing.delete(write.writer.name)
    }
  }

  async abortWrite(handle: number): Promise<void> {
    const write = this.#openWrite(handle)
    this.#writes.delete(handle)
    await write.queue
    await write.writer.discard()
  }

  async openRead(
    runId: string,
    path: string,
    range?: ByteRange,
    use: ReadUse = 'read',
  ): Promise<OpenArtifact> {
    const checked = toArtifactPath(path)
    const blob = this.#host.artifact(this.#host.runFor(runId, use), checked)
    if (blob === null)
      throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${checked}'`)
    const reader = new PartReader(this.#host.blobs, blob, checked, range)
    const handle = ++this.#lastHandle
    this.#reads.set(handle, { runId, use, path: checked, reader, queue: Promise.resolve() })
    return { handle, size: blob.size, etag: blob.hash }
  }

  async read(handle: number): Promise<Uint8Array | null> {
    const open = this.#reads.get(handle)
    if (open === undefined) throw unknownHandle(handle)
    const next = open.queue.then(() => open.reader.next())
    open.queue = settled(next)
    try {
      const bytes = await next
      if (bytes === null) this.#reads.delete(handle)
      return bytes
    } catch (error) {
      this.#reads.delete(handle)
      throw this.#replaced(open) ?? error
    }
  }

  async closeRead(handle: number): Promise<void> {
    this.#reads.delete(handle)
  }

  async deleteArtifacts(runId: string, path?: string): Promise<void> {
    const dir = toArtifactDirectory(path)
    const run = this.#host.runFor(runId, 'write')
    const paths = this.#host.under(run, dir).map((file) => file.path)
    if (paths.length > 0) await this.#host.remove(run, paths)
  }

  async #finish(write: OpenWrite): Promise<void> {
    let stored: Promise<void>
    let blob: StoredBlob
    let equal: { readonly id: number } | null
    try {
      blob = write.writer.seal()
      if (this.#host.blobByHash(blob.hash, blob.size) === null) await write.writer.flush()
      const run = this.#host.runFor(write.runId, 'write')
      this.#refuseCollision(run, write.path)
      // Asked again, because equal content may have come while the last part was stored; no await may follow.
      equal = this.#host.blobByHash(blob.hash, blob.size)
      stored = this.#host.put(run, write.path, equal === null ? blob : { id: equal.id })
    } catch (error) {
      await discard(write)
      throw error
    }
    // A put that rejects may still have reached the disk: its parts are left for the collector, which knows.
    await stored
    if (equal !== null) await discard(write)
  }

  #openWrite(handle: number): OpenWrite {
    const write = this.#writes.get(handle)
    if (write === undefined) throw unknownHandle(handle)
    return write
  }

  #refuseCollision(run: number, path: ArtifactPath): void {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash)
      if (this.#host.artifact(run, parent) !== null)
        throw collision(path, `${JSON.stringify(parent)} is a file`)
    }
    if (this.#host.under(run, path).some((file) => file.path !== path))
      throw collision(path, 'a directory of that name holds files')
  }

  #replaced({ runId, use, path, reader }: OpenRead): TrackletError | null {
    try {
      const now = this.#host.artifact(this.#host.runFor(runId, use), path)
      if (now?.name === reader.blob.name) return null
    } catch {
      // The run is gone, and its files with it.
    }
    return new TrackletError(
      'ABORTED',
      `Artifact ${JSON.stringify(path)} was replaced or deleted while it was read. Read it again.`,
    )
  }
}

function directory(path: string): FileInfo {
  return { path, isDir: true, fileSize: null }
}

function settled(promise: Promise<unknown>): Promise<void> {
  return promise.then(
    () => undefined,
    () => undefined,
  )
}

/** Best effort: what cannot be deleted now is not named by anything and is collected later. */
async function discard({ writer }: OpenWrite): Promise<void> {
  await settled(writer.discard())
}

function unknownHandle(handle: number): TrackletError {
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `No open artifact has the handle ${handle}: it was never opened, or has been finished, aborted or closed, or has failed.`,
  )
}

function collision(path: string, reason: string): TrackletError {
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `Artifact ${JSON.stringify(path)} cannot be written: ${reason}. Choose another path, or delete that first.`,
  )
}

// A store as a folder of files, laid out in src/store/FORMAT.md.
import fs from 'node:fs'
import { join, resolve } from 'node:path'
import type { Durability, StorageAdapter } from '../src/adapter.js'
import { TrackletError } from '../src/errors.js'
import { deleteBlobs, getBlob, listBlobs, putBlob } from './filesystem-blobs.js'
import { FilesystemFence } from './filesystem-fence.js'
import {
  renameChecked,
  storageError,
  syncFolder,
  systemCode,
  writeTemporary,
} from './filesystem-files.js'
import { FilesystemJournal } from './filesystem-journal.js'
import type { DirectoryLock } from './filesystem-lock.js'
import { openFolder } from './filesystem-opening.js'
import {
  BLOB_FOLDERS,
  currentName,
  encodeCurrent,
  epochOf,
  isOwnName,
  manifestName,
  MANIFEST_FILE,
} from './filesystem-state.js'

export { unlockDirectory, type LockHolder } from './filesystem-lock.js'

interface Opening {
  readonly lock: DirectoryLock
  readonly epoch: number
  readonly journal: FilesystemJournal
  readonly fence: FilesystemFence
  manifests: readonly string[]
  flips: number
}

/**
 * A store in the folder `dir`, made with `open({ create: true })` where it is missing or empty. One process at a time
 * may have it open. For local disks: network file systems keep neither its locks nor its promises.
 */
export function filesystemAdapter(dir: string): StorageAdapter {
  return new FilesystemAdapter(resolve(dir))
}

class FilesystemAdapter implements StorageAdapter {
  readonly uri: string
  readonly #dir: string
  #opening: Opening | null = null
  #busy = false

  constructor(dir: string) {
    this.uri = `file:${dir}`
    this.#dir = dir
  }

  async open(options: { create: boolean; lockTimeoutMs: number }): Promise<{ epoch: number }> {
    if (this.#opening || this.#busy)
      throw new TrackletError('INVALID_STATE', `"${this.uri}" is open already; close it first.`)
    this.#busy = true
    try {
      const folder = await openFolder(this.#dir, options)
      this.#opening = {
        ...folder,
        journal: new FilesystemJournal(this.#dir, folder.epoch),
        fence: new FilesystemFence(this.#dir, folder.epoch),
        flips: 0,
      }
      return { epoch: folder.epoch }
    } catch (error) {
      throw storageError(error, this.#dir)
    } finally {
      this.#busy = false
    }
  }

  async append(
    seq: number,
    record: Uint8Array,
    options: { durability: Durability },
  ): Promise<void> {
    this.appendSync(seq, record)
    if (options.durability === 'strict') await this.sync()
  }

  appendSync(seq: number, record: Uint8Array): void {
    const opening = this.#open()
    opening.fence.refuse()
    opening.journal.append(seq, record)
    opening.fence.check()
  }

  async sync(): Promise<void> {
    const opening = this.#open()
    opening.fence.check()
    await this.#translated(() => opening.journal.sync())
    opening.fence.check()
  }

  async *records(after: number): AsyncIterable<Uint8Array> {
    try {
      yield* this.#open().journal.records(after)
    } catch (error) {
      throw storageError(error, this.#dir)
    }
  }

  async trim(seq: number): Promise<void> {
    const opening = this.#open()
    opening.fence.check()
    await this.#translated(() => opening.journal.trim(seq))
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const opening = this.#open()
    const check = (): void => opening.fence.check()
    check()
    await this.#translated(() => putBlob(this.#dir, key, bytes, check))
  }

  async get(key: string, range?: { start: number; end: number }): Promise<Uint8Array | null> {
    this.#open()
    return this.#translated(() => getBlob(this.#dir, key, range))
  }

  async list(prefix: string): Promise<string[]> {
    this.#open()
    return this.#translated(() => listBlobs(this.#dir, prefix))
  }

  async delete(keys: readonly string[]): Promise<void> {
    this.#open().fence.check()
    await this.#translated(() => deleteBlobs(this.#dir, keys))
  }

  async flip(manifest: Uint8Array): Promise<void> {
    const opening = this.#open()
    opening.fence.check()
    await this.#translated(() => this.#flip(opening, manifest))
  }

  async manifests(): Promise<Uint8Array[]> {
    const { manifests } = this.#open()
    return this.#translated(() => Promise.all(manifests.map((name) => this.#readManifest(name))))
  }

  async usage(): Promise<{ bytes: number }> {
    this.#open()
    const own = fs.readdirSync(this.#dir).filter(isOwnName)
    const paths = [...own, ...(await this.list(''))].map((name) => join(this.#dir, name))
    const stats = paths.map((path) => fs.statSync(path, { throwIfNoEntry: false }))
    return { bytes: stats.reduce((sum, stat) => sum + (stat?.isFile() ? stat.size : 0), 0) }
  }

  async close(): Promise<void> {
    const opening = this.#opening
    this.#opening = null
    if (!opening) return
    await opening.journal.close()
    await this.#translated(() => opening.lock.release())
  }

  async destroy(): Promise<void> {
    if (!this.#opening) {
      if (!fs.existsSync(this.#dir)) return
      await this.open({ create: true, lockTimeoutMs: 0 })
    }
    const opening = this.#open()
    opening.fence.check()
    await this.#translated(() => this.#destroy(opening))
  }

  async #flip(opening: Opening, manifest: Uint8Array): Promise<void> {
    const name = manifestName(opening.epoch, ++opening.flips)
    await this.#install(opening, manifest, name)
    const manifests = [name, ...opening.manifests.slice(0, 1)]
    const current = encodeCurrent({ epoch: opening.epoch, manifests })
    await this.#install(opening, current, currentName(opening.epoch))
    opening.manifests = manifests
    opening.journal.rotate()
    for (const old of fs.readdirSync(this.#dir))
      if (MANIFEST_FILE.test(old) && epochOf(old) <= opening.epoch && !manifests.includes(old))
        fs.rmSync(join(this.#dir, old), { force: true })
  }

  async #install(opening: Opening, bytes: Uint8Array, name: string): Promise<void> {
    const temporary = await writeTemporary(this.#dir, bytes)
    const before = (): void => opening.fence.check()
    const after = (): void => opening.fence.checkFolder()
    try {
      await renameChecked(temporary, join(this.#dir, name), before, after)
    } catch (error) {
      fs.rmSync(temporary, { force: true })
      throw error
    }
    await syncFolder(this.#dir)
  }

  /** A manifest that cannot be found is an empty one, which no reader accepts, so that the one before it is tried. */
  async #readManifest(name: string): Promise<Uint8Array> {
    try {
      return new Uint8Array(await fs.promises.readFile(join(this.#dir, name)))
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return new Uint8Array(0)
      throw error
    }
  }

  async #destroy(opening: Opening): Promise<void> {
    await opening.journal.close()
    for (const folder of BLOB_FOLDERS) {
      await deleteBlobs(this.#dir, await listBlobs(this.#dir, `${folder}/`))
      await fs.promises.rmdir(join(this.#dir, folder)).catch(() => undefined)
    }
    this.#opening = null
    this.#removeOwnFiles((name) => !name.toLowerCase().startsWith('lock'))
    await opening.lock.release()
    this.#removeOwnFiles(() => true)
    // Other people's files keep the folder.
    await fs.promises.rmdir(this.#dir).catch(() => undefined)
  }

  #removeOwnFiles(which: (name: string) => boolean): void {
    for (const name of fs.readdirSync(this.#dir))
      if (isOwnName(name) && !BLOB_FOLDERS.includes(name) && which(name))
        fs.rmSync(join(this.#dir, name), { force: true })
  }

  #open(): Opening {
    if (this.#opening) return this.#opening
    throw new TrackletError('INVALID_STATE', `"${this.uri}" is not open; call open() first.`)
  }

  async #translated<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw storageError(error, this.#dir)
    }
  }
}

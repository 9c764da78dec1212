// A store as a folder of files, laid out in src/store/FORMAT.md.
import fs from 'node:fs'
import { join, resolve } from 'node:path'
import type { Durability, StorageAdapter } from '../src/adapter.js'
import { TrackletError } from '../src/errors.js'
import { deleteBlobs, getBlob, listBlobs, putBlob } from './filesystem-blobs.js'
import {
  createExclusively,
  makeFolder,
  renameChecked,
  storageError,
  syncFolder,
  systemCode,
  TEMPORARY,
  writeTemporary,
} from './filesystem-files.js'
import { FilesystemJournal } from './filesystem-journal.js'
import { lockDirectory, type DirectoryLock } from './filesystem-lock.js'
import {
  BLOB_FOLDERS,
  currentFiles,
  currentName,
  encodeCurrent,
  epochOf,
  holdsStore,
  isOwnName,
  manifestName,
  MANIFEST_FILE,
  readState,
} from './filesystem-state.js'

export { unlockDirectory, type LockHolder } from './filesystem-lock.js'

const LOCK_TRIES = 3

interface Opening {
  readonly lock: DirectoryLock
  readonly epoch: number
  readonly journal: FilesystemJournal
  /** This epoch's CURRENT file, which stays while nobody has a newer one, and the next one's, which comes then. */
  readonly current: string
  readonly successor: string
  manifests: readonly string[]
  flips: number
  fenced: boolean
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
      const lock = await this.#lock(options)
      try {
        this.#opening = await this.#enter(lock, options.create)
      } catch (error) {
        await lock.release()
        throw error
      }
      return { epoch: this.#opening.epoch }
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
    this.#refuseFenced(opening)
    opening.journal.append(seq, record)
    this.#fence(opening)
  }

  async sync(): Promise<void> {
    const opening = this.#open()
    this.#fence(opening)
    await this.#translated(() => opening.journal.sync())
    this.#fence(opening)
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
    this.#fence(opening)
    await this.#translated(() => opening.journal.trim(seq))
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const opening = this.#open()
    const check = (): void => this.#fence(opening)
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
    this.#fence(this.#open())
    await this.#translated(() => deleteBlobs(this.#dir, keys))
  }

  async flip(manifest: Uint8Array): Promise<void> {
    const opening = this.#open()
    this.#fence(opening)
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
    this.#fence(opening)
    await this.#translated(() => this.#destroy(opening))
  }

  async #lock(options: { create: boolean; lockTimeoutMs: number }): Promise<DirectoryLock> {
    for (let attempt = 1; ; attempt++) {
      await this.#prepare(options.create)
      try {
        return await lockDirectory(this.#dir, options.lockTimeoutMs)
      } catch (error) {
        // The holder that was waited for has destroyed the folder.
        if (systemCode(error) !== 'ENOENT' || attempt === LOCK_TRIES) throw error
      }
    }
  }

  async #prepare(create: boolean): Promise<void> {
    if (holdsStore(this.#dir)) return
    if (!create)
      throw new TrackletError(
        'RESOURCE_DOES_NOT_EXIST',
        `There is no store at "${this.#dir}"; open it with create: true to make one.`,
      )
    await makeFolder(this.#dir)
  }

  /** Makes the next epoch durable; every older writer is fenced from here on. */
  async #enter(lock: DirectoryLock, create: boolean): Promise<Opening> {
    await this.#prepare(create)
    const { epoch: last, manifests } = readState(this.#dir)
    let epoch = last + 1
    // A taken number belongs to one who lost the lock while it was opening.
    while (!this.#claim(epoch, manifests)) epoch++
    await syncFolder(this.#dir)
    this.#tidy(epoch)
    return {
      lock,
      epoch,
      journal: new FilesystemJournal(this.#dir, epoch),
      current: join(this.#dir, currentName(epoch)),
      successor: join(this.#dir, currentName(epoch + 1)),
      manifests,
      flips: 0,
      fenced: false,
    }
  }

  #claim(epoch: number, manifests: readonly string[]): boolean {
    const bytes = encodeCurrent({ epoch, manifests })
    return createExclusively(this.#dir, currentName(epoch), bytes)
  }

  /** Oldest first: an old writer that still sees its own CURRENT file must see its successor's, too. */
  #tidy(epoch: number): void {
    const names = fs.readdirSync(this.#dir)
    const old = currentFiles(names).filter((name) => epochOf(name) < epoch)
    const temporary = names.filter((name) => TEMPORARY.test(name))
    for (const name of [...old, ...temporary]) fs.rmSync(join(this.#dir, name), { force: true })
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
    const before = (): void => this.#fence(opening)
    const after = (): void => this.#fenceByFolder(opening)
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

  #fence(opening: Opening): void {
    if (!fs.existsSync(opening.current) || fs.existsSync(opening.successor)) opening.fenced = true
    this.#refuseFenced(opening)
  }

  /** After this writer made its CURRENT file anew the file proves nothing; no file of a newer epoch does. */
  #fenceByFolder(opening: Opening): void {
    const newest = currentFiles(fs.readdirSync(this.#dir)).at(-1) ?? ''
    if (epochOf(newest) !== opening.epoch) opening.fenced = true
    this.#refuseFenced(opening)
  }

  #refuseFenced(opening: Opening): void {
    if (!opening.fenced) return
    throw new TrackletError(
      'INVALID_STATE',
      `This writer of "${this.uri}" is fenced: another one took the store over, or its folder was removed. Close it and open it again.`,
    )
  }

  async #translated<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw storageError(error, this.#dir)
    }
  }
}

// Files: src/store/FORMAT.md, "Journal files".
import fs from 'node:fs'
import { join } from 'node:path'
import { TrackletError } from '../src/errors.js'
import { storageError, syncFolder, systemCode, writeFully } from './filesystem-files.js'
import { framesOf, lastSeqOf, readWhole, type JournalFile } from './filesystem-frames.js'

/** Names of journal files. */
export const JOURNAL_FILE = /^journal-(\d{10})-(\d{6})-(\d{16})$/

const FILE_BYTES = 16 * 1024 * 1024
const UNSYNCED_BYTES = 64 * 1024 * 1024
const COPIES_BYTES = 256 * 1024

interface Unsynced {
  readonly seq: number
  readonly bytes: Uint8Array
}

interface OpenFile {
  readonly fd: number
  readonly path: string
  size: number
  /** Whether its name in the folder is durable. */
  entrySynced: boolean
  unsynced: Unsynced[]
}

/** The journal of one writer in a folder, and what earlier writers left there. */
export class FilesystemJournal {
  readonly #dir: string
  readonly #epoch: number
  #part = 0
  #lastSeq = 0
  #file: OpenFile | null = null
  /** Full files with records that are not durable yet. */
  #retired: OpenFile[] = []
  #unsyncedBytes = 0
  readonly #copies = new Copies()
  #queuedSync: Promise<void> | null = null
  #lastSync: Promise<void> = Promise.resolve()
  #broken: TrackletError | null = null

  constructor(dir: string, epoch: number) {
    this.#dir = dir
    this.#epoch = epoch
  }

  /** Writes a record at the journal's end before it returns; safe from the death of the process. */
  append(seq: number, record: Uint8Array): void {
    if (this.#broken) throw this.#broken
    if (seq <= this.#lastSeq) return this.#confirm(seq, record)
    if (this.#unsyncedBytes + record.length > UNSYNCED_BYTES) this.#syncNow()
    try {
      const file = this.#writable(seq)
      this.#write(file, record)
      // A copy: should fdatasync fail, these bytes are the only ones that are known to be good.
      file.unsynced.push({ seq, bytes: this.#copies.add(record) })
      this.#unsyncedBytes += record.length
      this.#lastSeq = seq
    } catch (error) {
      throw storageError(error, this.#dir)
    }
  }

  /** Makes durable what was appended before the call. */
  sync(): Promise<void> {
    if (this.#queuedSync) return this.#queuedSync
    const run = this.#lastSync.then(() => {
      this.#queuedSync = null
      return this.#syncAll()
    })
    this.#queuedSync = run
    this.#lastSync = run.catch(() => undefined)
    return run
  }

  /** The next record begins a new file. */
  rotate(): void {
    if (!this.#file) return
    this.#retired.push(this.#file)
    this.#file = null
    // A failure stays in `#broken`, where the next append meets it.
    this.sync().catch(() => undefined)
  }

  /** Every framed record after `after`, and every stretch that cannot be framed, in order. */
  async *records(after: number): AsyncIterable<Uint8Array> {
    let last = after
    for (const file of this.#list()) {
      if (file.limit - 1 <= last) continue
      for (const { seq, bytes } of framesOf(await readWhole(file.path), file, last)) {
        if (seq !== null) last = seq
        yield bytes
      }
    }
  }

  /** Removes files whose records are all <= seq, the oldest first, never the one that is being written. */
  trim(seq: number): void {
    for (const file of this.#openFiles()) this.#forget(file, seq)
    for (const file of this.#list()) {
      if (file.path === this.#file?.path) return
      if (file.limit - 1 > seq && lastSeqOf(fs.readFileSync(file.path), file) > seq) return
      fs.rmSync(file.path, { force: true })
    }
  }

  /** Lets go of every file. */
  async close(): Promise<void> {
    await this.#lastSync
    for (const file of this.#openFiles()) fs.closeSync(file.fd)
    this.#retired = []
    this.#file = null
  }

  #writable(seq: number): OpenFile {
    if (this.#file && this.#file.size >= FILE_BYTES) this.rotate()
    return (this.#file ??= this.#create(seq))
  }

  #create(firstSeq: number): OpenFile {
    const name = journalName(this.#epoch, ++this.#part, firstSeq)
    const path = join(this.#dir, name)
    return { fd: fs.openSync(path, 'wx'), path, size: 0, entrySynced: false, unsynced: [] }
  }

  #write(file: OpenFile, bytes: Uint8Array): void {
    try {
      writeFully(file.fd, bytes, file.size)
      file.size += bytes.length
    } catch (error) {
      this.#cut(file)
      throw error
    }
  }

  /** Takes a torn piece off; where even that fails, the next record begins a new file, which makes the piece void. */
  #cut(file: OpenFile): void {
    try {
      fs.ftruncateSync(file.fd, file.size)
    } catch {
      if (file === this.#file) this.rotate()
    }
  }

  #confirm(seq: number, record: Uint8Array): void {
    for (const file of this.#list()) {
      for (const frame of framesOf(fs.readFileSync(file.path), file, seq - 1)) {
        if (frame.seq !== seq) continue
        if (Buffer.compare(frame.bytes, record) === 0) return
      }
    }
    throw new TrackletError(
      'INVALID_STATE',
      `Record ${seq} of "${this.#dir}" cannot be stored: the journal has gone on to ${this.#lastSeq} without these bytes.`,
    )
  }

  async #syncAll(): Promise<void> {
    if (this.#broken) throw this.#broken
    try {
      for (const file of this.#openFiles()) await this.#syncFile(file)
    } catch (error) {
      await this.#rescue(error)
    }
    this.#closeRetired()
  }

  async #syncFile(file: OpenFile): Promise<void> {
    const upTo = file.unsynced.at(-1)?.seq
    if (upTo === undefined) return
    await fdatasync(file.fd)
    if (!file.entrySynced) await syncFolder(this.#dir)
    file.entrySynced = true
    this.#forget(file, upTo)
  }

  /** The same without letting anything happen meanwhile, where too many bytes wait for a sync that nobody asked for. */
  #syncNow(): void {
    try {
      for (const file of this.#openFiles()) fs.fdatasyncSync(file.fd)
    } catch (error) {
      this.#syncRewritten(error)
    }
    for (const file of this.#openFiles()) this.#forget(file, Infinity)
  }

  async #rescue(cause: unknown): Promise<void> {
    try {
      const file = this.#rewrite()
      if (file) await this.#syncFile(file)
    } catch (error) {
      throw this.#break(cause, error)
    }
  }

  #syncRewritten(cause: unknown): void {
    try {
      const file = this.#rewrite()
      if (file) fs.fdatasyncSync(file.fd)
    } catch (error) {
      throw this.#break(cause, error)
    }
  }

  /**
   * After a failed fsync the system may have dropped the pages and report success the next time, so the files are
   * given up and their unsynced records go to a new one.
   */
  #rewrite(): OpenFile | null {
    const files = this.#openFiles()
    const unsynced = files.flatMap((file) => file.unsynced)
    for (const file of files) fs.closeSync(file.fd)
    this.#retired = []
    this.#file = null
    const [first] = unsynced
    if (!first) return null
    const file = this.#create(first.seq)
    this.#file = file
    for (const record of unsynced) this.#write(file, record.bytes)
    file.unsynced = unsynced
    return file
  }

  #break(first: unknown, second: unknown): TrackletError {
    this.#broken = new TrackletError(
      'INTERNAL_ERROR',
      `The disk of "${this.#dir}" failed twice to make records durable (${systemCode(first)}, ${systemCode(second)}). ` +
        'Check the disk, then open the store again.',
      { cause: second },
    )
    return this.#broken
  }

  #openFiles(): OpenFile[] {
    return this.#file ? [...this.#retired, this.#file] : [...this.#retired]
  }

  #forget(file: OpenFile, upTo: number): void {
    for (const { seq, bytes } of file.unsynced) if (seq <= upTo) this.#unsyncedBytes -= bytes.length
    file.unsynced = file.unsynced.filter((record) => record.seq > upTo)
  }

  #closeRetired(): void {
    const done = this.#retired.filter((file) => file.unsynced.length === 0)
    for (const file of done) fs.closeSync(file.fd)
    this.#retired = this.#retired.filter((file) => file.unsynced.length > 0)
  }

  #list(): JournalFile[] {
    const names = fs.readdirSync(this.#dir).filter((name) => JOURNAL_FILE.test(name))
    let limit = Infinity
    return names
      .sort()
      .reverse()
      .map((name) => {
        const [, epoch, , firstSeq] = JOURNAL_FILE.exec(name) ?? []
        const path = join(this.#dir, name)
        const file = { path, epoch: Number(epoch), firstSeq: Number(firstSeq), limit }
        limit = Math.min(limit, file.firstSeq)
        return file
      })
      .reverse()
  }
}

/** Copies of bytes, many in one buffer: an allocation for each costs more than the write that it guards. */
class Copies {
  #buffer = new Uint8Array(0)
  #used = 0

  add(bytes: Uint8Array): Uint8Array {
    if (bytes.length > COPIES_BYTES / 4) return new Uint8Array(bytes)
    if (this.#used + bytes.length > this.#buffer.length) {
      this.#buffer = new Uint8Array(COPIES_BYTES)
      this.#used = 0
    }
    const copy = this.#buffer.subarray(this.#used, this.#used + bytes.length)
    copy.set(bytes)
    this.#used += bytes.length
    return copy
  }
}

function journalName(epoch: number, part: number, firstSeq: number): string {
  const digits = (n: number, width: number): string => String(n).padStart(width, '0')
  return `journal-${digits(epoch, 10)}-${digits(part, 6)}-${digits(firstSeq, 16)}`
}

function fdatasync(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()))
  })
}

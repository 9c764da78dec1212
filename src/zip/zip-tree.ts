import { invalid } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import type { FileTree, TreeEntry } from '../import/file-tree.js'
import type { ByteSource } from '../import/byte-source.js'
import { readDirectory } from './directory.js'
import type { ZipEntryRecord } from './directory.js'
import { toEntryPath } from './entry-path.js'
import { oddNames } from './odd-names.js'
import { windowed } from './window.js'
import { readContent } from './zip-content.js'

/** What is taken of an archive; past it, an archive is refused before anything is unpacked. */
export interface ZipLimits {
  /** Files and folders, those too that only paths name; 2,000,000 by default. */
  readonly maxEntries?: number
  /** Bytes when unpacked; 1 TiB by default. */
  readonly maxBytes?: number
  /** How many times its own size an archive may have when unpacked, past 256 MiB; 200 by default. */
  readonly maxRatio?: number
}

const MAX_ENTRIES = 2_000_000
const MAX_BYTES = 2 ** 40
const MAX_RATIO = 200
/** What unpacks to less than this is no danger. */
const HARMLESS = 256 * 2 ** 20

interface Folder {
  readonly folders: Map<string, Folder>
  readonly files: Map<string, ZipEntryRecord>
}

/**
 * A zip file as a tree; its content is read only when asked for. Links, paths that lead elsewhere, encrypted entries,
 * other methods and names that come twice are left out, with a reason; names that not every disk can hold are taken, and
 * told of beside them. DATA_LOSS where the file is damaged, RESOURCE_EXHAUSTED where it would be larger than the limits.
 * `source` is closed with it, and on failure.
 */
export async function openZip(source: ByteSource, limits: ZipLimits = {}): Promise<FileTree> {
  try {
    for (const [name, limit] of Object.entries(limits)) checkLimit(name, limit)
    const maxEntries = limits.maxEntries ?? MAX_ENTRIES
    const records = await readDirectory(source, maxEntries)
    checkSizes(records, source.size, limits)
    return new ZipTree(source, records, maxEntries)
  } catch (error) {
    await source.close()
    throw error
  }
}

class ZipTree implements FileTree {
  readonly leftOut: { path: string; reason: string }[] = []
  readonly #source: ByteSource
  readonly #root: Folder = newFolder()
  /** Folders that may still be made. */
  #left: number

  constructor(source: ByteSource, records: readonly ZipEntryRecord[], maxFolders: number) {
    this.#source = windowed(source)
    this.#left = maxFolders
    for (const record of records) {
      const entry = toEntryPath(record)
      if ('reason' in entry) this.leftOut.push(entry)
      else this.#place(entry.path, entry.isDir ? null : record)
    }
    for (const odd of oddNames(this.#root)) this.leftOut.push(odd)
  }

  async list(path: string): Promise<readonly TreeEntry[]> {
    const folder = this.#folder(path)
    if (folder === null) return []
    const folders = Array.from(folder.folders.keys(), (name) => ({ name, isDir: true, size: 0 }))
    const files = Array.from(folder.files, ([name, { size }]) => ({ name, isDir: false, size }))
    return [...folders, ...files].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async *parts(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const slash = path.lastIndexOf('/')
    const folder = this.#folder(slash < 0 ? '' : path.slice(0, slash))
    const record = folder?.files.get(path.slice(slash + 1))
    if (record === undefined)
      throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `No such file in the zip file: '${path}'`)
    yield* readContent(this.#source, record, path)
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  #folder(path: string): Folder | null {
    let folder: Folder | undefined = this.#root
    if (path !== '') for (const name of path.split('/')) folder = folder?.folders.get(name)
    return folder ?? null
  }

  /** Puts a file, or a folder where `record` is null, below the folders that its path names. */
  #place(path: string, record: ZipEntryRecord | null): void {
    const names = path.split('/')
    const last = record === null ? null : names.pop()!
    let folder = this.#root
    for (const name of names) {
      if (folder.files.has(name)) return this.#leaveOut(path, 'A file lies where its folder is.')
      const next = folder.folders.get(name) ?? this.#newFolder()
      folder.folders.set(name, next)
      folder = next
    }
    if (last === null || record === null) return
    if (folder.files.has(last)) return this.#leaveOut(path, 'Another entry has the same path.')
    if (folder.folders.has(last)) return this.#leaveOut(path, 'A folder has the same path.')
    folder.files.set(last, record)
  }

  /** A path of a few bytes may name many folders. */
  #newFolder(): Folder {
    if (this.#left-- > 0) return newFolder()
    throw new TrackletError(
      'RESOURCE_EXHAUSTED',
      'The zip file has more folders than are taken. Raise `limits.maxEntries` if you trust it.',
    )
  }

  #leaveOut(path: string, reason: string): void {
    this.leftOut.push({ path, reason })
  }
}

function newFolder(): Folder {
  return { folders: new Map(), files: new Map() }
}

function checkLimit(name: string, limit: unknown): void {
  if (limit === undefined || (typeof limit === 'number' && limit >= 0)) return
  throw invalid(`\`limits.${name}\` takes a number from 0; it was ${String(limit)}.`)
}

function checkSizes(
  records: readonly ZipEntryRecord[],
  archiveBytes: number,
  { maxBytes = MAX_BYTES, maxRatio = MAX_RATIO }: ZipLimits,
): void {
  const bytes = records.reduce((sum, { size }) => sum + size, 0)
  if (bytes > maxBytes)
    throw new TrackletError(
      'RESOURCE_EXHAUSTED',
      `The zip file unpacks to ${bytes} bytes; at most ${maxBytes} are taken. Raise \`limits.maxBytes\` if you trust it.`,
    )
  if (bytes > HARMLESS && bytes > maxRatio * archiveBytes)
    throw new TrackletError(
      'RESOURCE_EXHAUSTED',
      `The zip file unpacks to ${Math.round(bytes / archiveBytes)} times its size; at most ${maxRatio} times are taken. ` +
        'Raise `limits.maxRatio` if you trust it.',
    )
}

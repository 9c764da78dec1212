import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, lstat, readdir, realpath, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { invalid } from '../src/entities/invalid.js'
import { TrackletError, toTrackletError } from '../src/errors.js'
import type { FileTree, TreeEntry } from '../src/import/file-tree.js'
import type { ImportAccess } from '../src/import/import-access.js'
import { loadSqlite } from '../src/store/database.js'
import type { ByteSource } from '../src/import/byte-source.js'

const CHUNK = 256 * 1024
/** The latter two are not on every system. */
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants as Readonly<
  Record<'O_RDONLY', number> & Partial<Record<'O_NOFOLLOW' | 'O_NONBLOCK', number>>
>

/** Imports from this machine's disk; streams are kept in a file of the system's temporary folder meanwhile. */
export function nodeImports(): ImportAccess {
  return { openPath, openFolderOf, keep, sqlite: () => loadSqlite() }
}

async function openPath(path: string): Promise<ByteSource | FileTree> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return folderTree(await realpath(path))
    if (found.isFile()) return fileSource(await open(path, 'r'), found.size)
  } catch (error) {
    throw unreadable(path, error)
  }
  throw new TrackletError('INVALID_PARAMETER_VALUE', `'${path}' is neither a file nor a folder.`)
}

async function openFolderOf(path: string): Promise<{ tree: FileTree; name: string }> {
  try {
    const real = await realpath(path)
    return { tree: folderTree(dirname(real)), name: basename(real) }
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function keep(stream: ReadableStream<Uint8Array>): Promise<ByteSource> {
  const path = join(tmpdir(), `tracklet-${randomBytes(8).toString('hex')}.zip`)
  try {
    const source = fileSource(...(await write(path, stream)))
    return { ...source, close: () => source.close().finally(() => rm(path, { force: true })) }
  } catch (error) {
    // Whoever sends need not go on; a stream that has failed, or ended, does not mind.
    await stream.cancel(error).catch(() => undefined)
    await rm(path, { force: true })
    throw toTrackletError(error)
  }
}

/** The file, still open, and its size in bytes. */
async function write(
  path: string,
  stream: ReadableStream<Uint8Array>,
): Promise<[file: FileHandle, size: number]> {
  const file = await open(path, 'wx+', 0o600)
  try {
    let size = 0
    for await (const bytes of stream as AsyncIterable<unknown>) {
      if (!(bytes instanceof Uint8Array)) throw invalid('A stream to import gives Uint8Arrays.')
      await file.writeFile(bytes)
      size += bytes.length
    }
    return [file, size]
  } catch (error) {
    await file.close()
    throw error
  }
}

function fileSource(file: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start)
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at)
        if (bytesRead === 0)
          throw new TrackletError('DATA_LOSS', 'The file became shorter while it was read.')
        at += bytesRead
      }
      return bytes
    },
    close: () => file.close(),
  }
}

/** A folder of the disk. Links are left out: what they lead to is not the folder's. */
function folderTree(root: string): FileTree {
  const leftOut = new LeftOut()
  return {
    leftOut: leftOut.all,
    async list(path) {
      const entries: TreeEntry[] = []
      for (const name of await namesIn(root, path)) {
        const inner = path === '' ? name : `${path}/${name}`
        const found = await lstat(join(root, inner)).catch(() => null)
        if (found === null) leftOut.add(inner, 'It is gone, or its name is not UTF-8.')
        else if (found.isDirectory() || found.isFile())
          entries.push({ name, isDir: found.isDirectory(), size: found.size })
        else leftOut.add(inner, 'It is a link or no plain file.')
      }
      return entries
    },
    async *parts(path) {
      try {
        const place = await placeIn(root, path)
        // Without waiting for whoever writes to a FIFO.
        const file = await open(place, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0))
        yield* file.createReadStream({ highWaterMark: CHUNK })
      } catch (error) {
        throw error instanceof TrackletError ? error : unreadable(path, error)
      }
    },
    close: async () => undefined,
  }
}

/** Nothing for what is no folder. */
async function namesIn(root: string, path: string): Promise<string[]> {
  try {
    return (await readdir(await placeIn(root, path))).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error instanceof TrackletError ? error : unreadable(path, error)
  }
}

/** Where a file or folder is; PERMISSION_DENIED where it has become a link since it was listed, or is no plain file. */
async function placeIn(root: string, path: string): Promise<string> {
  const place = join(root, path)
  const found = await lstat(place)
  const isPlain = found.isDirectory() || found.isFile()
  if (isPlain && (await realpath(place)) === place) return place
  throw new TrackletError('PERMISSION_DENIED', `'${path}' is a link, or is not in the folder.`)
}

/** What a folder leaves out, each once however often it is listed. */
class LeftOut {
  readonly all: { readonly path: string; readonly reason: string }[] = []
  readonly #known = new Set<string>()

  add(path: string, reason: string): void {
    if (this.#known.has(path)) return
    this.#known.add(path)
    this.all.push({ path, reason })
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function unreadable(path: string, error: unknown): TrackletError {
  const code = isMissing(error) ? 'RESOURCE_DOES_NOT_EXIST' : 'PERMISSION_DENIED'
  const { message } = error as Error
  return new TrackletError(code, `'${path}' cannot be read: ${message}`, { cause: error })
}

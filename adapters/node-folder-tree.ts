import fs from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { TrackletError } from '../src/errors.js'
import { joinPath } from '../src/import/file-tree.js'
import type { FileTree, TreeEntry } from '../src/import/file-tree.js'

const CHUNK = 256 * 1024
/** Milliseconds that files are read for before others have a turn. */
const TURN = 10
/** The latter two are not on every system. */
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants as Readonly<
  Record<'O_RDONLY', number> & Partial<Record<'O_NOFOLLOW' | 'O_NONBLOCK', number>>
>
/** Without waiting for whoever writes to a FIFO. */
const PLAIN = O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0)

/**
 * A folder of the disk, by its real path. Links are left out: what they lead to is not the folder's.
 *
 * A tree of runs is very many small files: asking for each through the thread pool costs several times what reading them
 * does, so they are read here and now, a few milliseconds at a time.
 */
export function folderTree(root: string): FileTree {
  const leftOut = new LeftOut()
  const turns = new Turns()
  return {
    leftOut: leftOut.all,
    async list(path) {
      await turns.next()
      const entries: TreeEntry[] = []
      for (const name of namesIn(root, path)) {
        const inner = joinPath(path, name)
        const found = statOf(join(root, inner))
        if (found === null) leftOut.add(inner, 'It is gone, or its name is not UTF-8.')
        else if (found.isDirectory() || found.isFile())
          entries.push({ name, isDir: found.isDirectory(), size: found.size })
        else leftOut.add(inner, 'It is a link or no plain file.')
      }
      return entries
    },
    async *parts(path) {
      await turns.next()
      try {
        const file = fs.openSync(placeIn(root, path), PLAIN)
        const whole = smallContent(file)
        if (whole !== null) yield whole
        else yield* fs.createReadStream('', { fd: file, highWaterMark: CHUNK })
      } catch (error) {
        throw error instanceof TrackletError ? error : unreadable(path, error)
      }
    },
    close: async () => undefined,
  }
}

/** The TrackletError for a file or folder that cannot be read. */
export function unreadable(path: string, error: unknown): TrackletError {
  const code = isMissing(error) ? 'RESOURCE_DOES_NOT_EXIST' : 'PERMISSION_DENIED'
  const { message } = error as Error
  return new TrackletError(code, `'${path}' cannot be read: ${message}`, { cause: error })
}

/** The bytes of a small file, which is closed then; null for a large one, which stays open. */
function smallContent(file: number): Uint8Array | null {
  let isOpen = false
  try {
    const { size } = fs.fstatSync(file)
    isOpen = size > CHUNK
    if (isOpen) return null
    const bytes = new Uint8Array(size)
    return bytes.subarray(0, fs.readSync(file, bytes, 0, size, 0))
  } finally {
    if (!isOpen) fs.closeSync(file)
  }
}

/** Nothing for what is no folder. */
function namesIn(root: string, path: string): string[] {
  try {
    return fs.readdirSync(placeIn(root, path)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error instanceof TrackletError ? error : unreadable(path, error)
  }
}

/** Where a file or folder is; PERMISSION_DENIED where it has become a link since it was listed, or is no plain file. */
function placeIn(root: string, path: string): string {
  const place = join(root, path)
  const found = fs.lstatSync(place)
  const isPlain = found.isDirectory() || found.isFile()
  if (isPlain && fs.realpathSync.native(place) === place) return place
  throw new TrackletError('PERMISSION_DENIED', `'${path}' is a link, or is not in the folder.`)
}

function statOf(place: string): fs.Stats | null {
  try {
    return fs.lstatSync(place)
  } catch {
    return null
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** Lets others have a turn, timers and signals among them. */
class Turns {
  #began = performance.now()

  async next(): Promise<void> {
    if (performance.now() - this.#began < TURN) return
    await setImmediate()
    this.#began = performance.now()
  }
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

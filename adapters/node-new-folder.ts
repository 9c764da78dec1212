import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { NameRefused, type NewFolder } from '../src/artifacts/file-access.js'
import { refusal, translated } from './node-file-errors.js'
import { lastName } from '../src/util/last-name.js'

/** What a name means a device by, or cannot hold, on Windows; some of it is taken there silently for something else. */
const NOT_ON_WINDOWS = /[<>:"|?*\\\x00-\x1f]|[ .]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** Makes a folder, or takes an empty one; see `FileAccess.openNewFolder`. */
export async function openNewFolder(path: string): Promise<NewFolder> {
  const root = resolve(path)
  const made = await translated(path, () => mkdir(root, { recursive: true }))
  if (made === undefined && (await translated(path, () => readdir(root))).length > 0)
    throw refusal(path, 'a folder that is not empty; give a new one')
  return new NodeNewFolder(root, made ?? null)
}

class NodeNewFolder implements NewFolder {
  readonly #root: string
  /** The topmost folder that was made for it; null where it was there. */
  readonly #made: string | null
  /** Folders made in it, so that one which is there under another name is told apart. */
  readonly #folders = new Set<string>([''])

  constructor(root: string, made: string | null) {
    this.#root = root
    this.#made = made
  }

  async makeFolder(path: string): Promise<void> {
    if (this.#folders.has(path)) return
    await this.makeFolder(parentOf(path))
    await this.#attempt(path, (place) => mkdir(place))
    this.#folders.add(path)
  }

  async writeFile(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    await this.makeFolder(parentOf(path))
    const file = await this.#attempt(path, (place) => open(place, 'wx'))
    try {
      for await (const bytes of content) await translated(path, () => file.writeFile(bytes))
    } finally {
      await file.close()
    }
  }

  async discard(): Promise<void> {
    if (this.#made !== null) return rm(this.#made, { recursive: true, force: true })
    for (const name of await readdir(this.#root))
      await rm(join(this.#root, name), { recursive: true, force: true })
  }

  /** Makes something new, so that the file system itself tells what it takes for one name. */
  async #attempt<T>(path: string, make: (place: string) => Promise<T>): Promise<T> {
    const name = lastName(path)
    if (process.platform === 'win32' && NOT_ON_WINDOWS.test(name))
      throw new NameRefused(`Windows takes no file of the name '${name}'`)
    const place = join(this.#root, path)
    try {
      return await make(place)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST')
        throw new NameRefused('this file system takes its name for that of another file here')
      if (code === 'ENAMETOOLONG' || code === 'EILSEQ')
        throw new NameRefused('this file system takes no such name')
      return translated(place, () => Promise.reject(error as Error))
    }
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

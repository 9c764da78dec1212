import { NameRefused, type NewFolder } from '../artifacts/file-access.js'
import { invalid } from '../entities/invalid.js'

/** A page's directory, which must be empty, as a folder to fill. INVALID_PARAMETER_VALUE where it is not. */
export async function directoryHandleFolder(root: FileSystemDirectoryHandle): Promise<NewFolder> {
  for await (const name of root.keys())
    throw invalid(
      `The directory '${root.name}' is not empty, it holds '${name}': give an empty one.`,
    )
  return new DirectoryHandleFolder(root)
}

class DirectoryHandleFolder implements NewFolder {
  readonly #root: FileSystemDirectoryHandle
  readonly #folders: Map<string, FileSystemDirectoryHandle>

  constructor(root: FileSystemDirectoryHandle) {
    this.#root = root
    this.#folders = new Map([['', root]])
  }

  async makeFolder(path: string): Promise<void> {
    await this.#folder(path)
  }

  async writeFile(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const [parent, name] = split(path)
    const folder = await this.#folder(parent)
    await refuseTaken(folder, name)
    const file = await naming(() => folder.getFileHandle(name, { create: true }))
    const writable = await file.createWritable()
    try {
      for await (const bytes of content) await writable.write(bytes as Uint8Array<ArrayBuffer>)
    } catch (error) {
      await writable.abort()
      throw error
    }
    await writable.close()
  }

  async discard(): Promise<void> {
    for await (const name of this.#root.keys())
      await this.#root.removeEntry(name, { recursive: true })
  }

  async #folder(path: string): Promise<FileSystemDirectoryHandle> {
    const known = this.#folders.get(path)
    if (known !== undefined) return known
    const [parent, name] = split(path)
    const above = await this.#folder(parent)
    await refuseTaken(above, name)
    const folder = await naming(() => above.getDirectoryHandle(name, { create: true }))
    this.#folders.set(path, folder)
    return folder
  }
}

function split(path: string): readonly [parent: string, name: string] {
  const end = path.lastIndexOf('/')
  return [path.slice(0, Math.max(0, end)), path.slice(end + 1)]
}

/** Creating would give what is there, under a name that the file system takes for this one. */
async function refuseTaken(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  const isTaken = await naming(() => folder.getFileHandle(name)).then(
    () => true,
    (error: unknown) => {
      if (isNamed(error, 'NotFoundError')) return false
      if (isNamed(error, 'TypeMismatchError')) return true
      throw error
    },
  )
  if (isTaken)
    throw new NameRefused('this file system takes its name for that of another file here')
}

/** A browser refuses some names with a TypeError. */
async function naming<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TypeError) throw new NameRefused('this browser takes no such name')
    throw error
  }
}

function isNamed(error: unknown, name: string): boolean {
  return (error as Error | null)?.name === name
}

import { describe, expect, it } from 'vitest'
import { NameRefused } from '../../../src/artifacts/file-access.js'
import { createTracker } from '../../../src/client/tracker.js'
import { directoryHandleFolder } from '../../../src/mlruns/directory-handle-folder.js'
import { emptyRun, experiment, fakeStore } from './fake-store.js'

/** A page's directory in memory, which takes names that differ only in case for one, and none that ends with a point. */
class Directory {
  readonly kind = 'directory'
  readonly name = 'chosen'
  readonly entries = new Map<string, Directory | File>()

  async *keys(): AsyncGenerator<string> {
    yield* [...this.entries.keys()]
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<Directory> {
    const found = this.#find(name)
    if (found instanceof Directory) return found
    if (found !== undefined) throw new DOMException('a file', 'TypeMismatchError')
    if (!create) throw new DOMException('none', 'NotFoundError')
    const made = new Directory()
    this.entries.set(name, made)
    return made
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<File> {
    const found = this.#find(name)
    if (found instanceof File) return found
    if (found !== undefined) throw new DOMException('a directory', 'TypeMismatchError')
    if (!create) throw new DOMException('none', 'NotFoundError')
    const made = new File()
    this.entries.set(name, made)
    return made
  }

  async removeEntry(name: string): Promise<void> {
    this.entries.delete(name)
  }

  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle
  }

  paths(prefix = ''): string[] {
    return [...this.entries].flatMap(([name, entry]) => {
      if (entry instanceof File) return [`${prefix}${name}=${entry.text}`]
      return [`${prefix}${name}/`, ...entry.paths(`${prefix}${name}/`)]
    })
  }

  #find(name: string): Directory | File | undefined {
    if (name.endsWith('.')) throw new TypeError('Name is not allowed.')
    for (const [own, entry] of this.entries)
      if (own.toLowerCase() === name.toLowerCase()) return entry
    return undefined
  }
}

class File {
  readonly kind = 'file'
  text: string | null = null

  async createWritable() {
    let draft = ''
    return {
      write: async (bytes: Uint8Array) => void (draft += new TextDecoder().decode(bytes)),
      close: async () => void (this.text = draft),
      abort: async () => undefined,
    }
  }
}

async function* content(text: string): AsyncGenerator<Uint8Array> {
  for (const letter of text) yield new TextEncoder().encode(letter)
}

describe('a directory handle as a folder', () => {
  it('is filled with files and folders, those above made too', async () => {
    const root = new Directory()
    const folder = await directoryHandleFolder(root.handle)
    await folder.writeFile('a/b/c', content('text'))
    await folder.makeFolder('a/b')
    await folder.makeFolder('e')
    expect(root.paths()).toEqual(['a/', 'a/b/', 'a/b/c=text', 'e/'])
  })

  it('tells names that the platform takes for others, or not at all', async () => {
    const folder = await directoryHandleFolder(new Directory().handle)
    await folder.writeFile('A/b', content('1'))
    for (const path of ['a/c', 'A/B', 'A/b/c', 'A/x.'])
      await expect(folder.writeFile(path, content('2'))).rejects.toThrow(NameRefused)
    await expect(folder.makeFolder('a')).rejects.toThrow(NameRefused)
  })

  it('must be empty', async () => {
    const root = new Directory()
    await root.getFileHandle('mine', { create: true })
    await expect(directoryHandleFolder(root.handle)).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
    })
    expect(root.paths()).toEqual(['mine=null'])
  })

  it('takes an export, and is empty again where that fails', async () => {
    const params = { P: '1', p: '2' }
    const { store } = fakeStore([experiment('0')], [{ run: emptyRun('r', '0', { params }) }])
    const root = new Directory()
    const tracker = createTracker(store)
    const report = await tracker.exportTo(root.handle)
    expect(root.paths()).toContain('mlruns/0/r/params/P=1')
    expect(report.skipped.map(({ name }) => name)).toEqual(['mlruns/0/r/params/p'])
    const other = new Directory()
    await expect(tracker.exportTo(other.handle, { runIds: ['gone'] })).rejects.toThrow()
    expect(other.paths()).toEqual([])
  })
})

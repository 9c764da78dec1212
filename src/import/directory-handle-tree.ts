import { TrackletError } from '../errors.js'
import type { FileTree, TreeEntry } from './file-tree.js'

const PIECE = 1024 * 1024

/** A folder that the user of a page has chosen, as a tree. */
export function directoryHandleTree(root: FileSystemDirectoryHandle): FileTree {
  return {
    leftOut: [],
    async list(path) {
      const folder = await folderAt(root, path)
      if (folder === null) return []
      const entries: TreeEntry[] = []
      for await (const [name, handle] of folder.entries())
        entries.push({ name, isDir: handle.kind === 'directory', size: await sizeOf(handle) })
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async *parts(path) {
      const slash = path.lastIndexOf('/')
      const folder = await folderAt(root, slash < 0 ? '' : path.slice(0, slash))
      const handle = await folder?.getFileHandle(path.slice(slash + 1)).catch(() => null)
      if (handle == null)
        throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `No such file in the folder: '${path}'`)
      const file = await handle.getFile()
      for (let at = 0; at < file.size; at += PIECE)
        yield new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer())
    },
    close: async () => undefined,
  }
}

async function folderAt(
  root: FileSystemDirectoryHandle,
  path: string,
): Promise<FileSystemDirectoryHandle | null> {
  let folder = root
  if (path === '') return folder
  for (const name of path.split('/')) {
    const next = await folder.getDirectoryHandle(name).catch(() => null)
    if (next === null) return null
    folder = next
  }
  return folder
}

async function sizeOf(handle: FileSystemHandle): Promise<number> {
  return handle.kind === 'file' ? (await (handle as FileSystemFileHandle).getFile()).size : 0
}

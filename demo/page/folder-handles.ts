/** What an import reads of a folder and of a file: the part of the browser's handles that all browsers can give. */
interface Folder extends Pick<
  FileSystemDirectoryHandle,
  'kind' | 'name' | 'getDirectoryHandle' | 'getFileHandle'
> {
  entries(): AsyncIterable<[string, FileSystemHandle]>
}
type Leaf = Pick<FileSystemFileHandle, 'kind' | 'name' | 'getFile'>
type Node = Folder | Leaf

/** A folder with these files and folders in it, by name. */
export function folderOf(
  name: string,
  children: ReadonlyMap<string, FileSystemHandle>,
): FileSystemDirectoryHandle {
  return asFolder(lazyFolder(name, async () => children))
}

/** A file as a handle, for a folder to have it. */
export function fileToHandle(file: File): FileSystemFileHandle {
  return asFile({ kind: 'file', name: file.name, getFile: async () => file })
}

/** A folder that was dropped; it is read when it is asked for, each folder once. */
export function entryToHandle(entry: FileSystemEntry): FileSystemHandle {
  if (isFolderEntry(entry)) return asFolder(lazyFolder(entry.name, () => childrenOf(entry)))
  const { name } = entry
  const getFile = (): Promise<File> =>
    new Promise((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
  return asFile({ kind: 'file', name, getFile })
}

/** The folder that a file input for folders has given, from the paths of its files. */
export function filesToFolder(files: Iterable<File>): FileSystemDirectoryHandle {
  const root = new Map<string, FileSystemHandle>()
  const folders = new Map<string, Map<string, FileSystemHandle>>([['', root]])
  let name = ''
  for (const file of files) {
    const [top = '', ...names] = file.webkitRelativePath.split('/')
    name = top
    childrenAt(names.slice(0, -1), folders).set(file.name, fileToHandle(file))
  }
  return folderOf(name, root)
}

function childrenAt(
  names: readonly string[],
  folders: Map<string, Map<string, FileSystemHandle>>,
): Map<string, FileSystemHandle> {
  const path = names.join('/')
  const known = folders.get(path)
  if (known) return known
  const children = new Map<string, FileSystemHandle>()
  folders.set(path, children)
  const name = names.at(-1) ?? ''
  childrenAt(names.slice(0, -1), folders).set(name, folderOf(name, children))
  return children
}

function lazyFolder(
  name: string,
  read: () => Promise<ReadonlyMap<string, FileSystemHandle>>,
): Folder {
  let reading: Promise<ReadonlyMap<string, FileSystemHandle>> | undefined
  const children = (): Promise<ReadonlyMap<string, FileSystemHandle>> => (reading ??= read())
  const child = async (childName: string, kind: FileSystemHandleKind): Promise<Node> => {
    const found = (await children()).get(childName)
    if (found?.kind === kind) return found as unknown as Node
    throw new DOMException(`There is no ${kind} "${childName}" in "${name}".`, 'NotFoundError')
  }
  return {
    kind: 'directory',
    name,
    async *entries() {
      yield* await children()
    },
    getDirectoryHandle: async (childName) =>
      asFolder((await child(childName, 'directory')) as Folder),
    getFileHandle: async (childName) => asFile((await child(childName, 'file')) as Leaf),
  }
}

async function childrenOf(
  folder: FileSystemDirectoryEntry,
): Promise<ReadonlyMap<string, FileSystemHandle>> {
  const reader = folder.createReader()
  const children = new Map<string, FileSystemHandle>()
  for (;;) {
    // A reader gives its entries in parts; an empty one is the last.
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (part.length === 0) return children
    for (const entry of part) children.set(entry.name, entryToHandle(entry))
  }
}

function isFolderEntry(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}

/** Imports only read, and ask for nothing else of a handle. */
function asFolder(folder: Folder): FileSystemDirectoryHandle {
  return folder as unknown as FileSystemDirectoryHandle
}

function asFile(file: Leaf): FileSystemFileHandle {
  return file as FileSystemFileHandle
}

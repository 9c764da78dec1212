/** A file or a folder of a tree. */
export interface TreeEntry {
  /** Its own name, without those of the folders above. */
  readonly name: string
  readonly isDir: boolean
  /** Bytes; 0 for a folder. */
  readonly size: number
}

/**
 * A folder with all below it, wherever it is: in a zip, on disk, in a page. Paths have `/` and are relative to the
 * tree's root, which is ''. What could lead elsewhere (links, `..`, drive letters, names of devices) is not in it.
 */
export interface FileTree {
  /** What is directly in a folder, by name; nothing for what is no folder. */
  list(path: string): Promise<readonly TreeEntry[]>
  /**
   * The content of a file, in parts. DATA_LOSS where it is damaged, RESOURCE_EXHAUSTED past a limit,
   * RESOURCE_DOES_NOT_EXIST where there is none.
   */
  parts(path: string): AsyncIterable<Uint8Array>
  /** What the tree leaves out or takes under an odd name, and why; complete once everything was listed. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[]
  /** Lets go of what is held open. */
  close(): Promise<void>
}

/** The path of what has a name in a folder; the folder's own for ''. */
export function joinPath(folder: string, name: string): string {
  if (name === '') return folder
  return folder === '' ? name : `${folder}/${name}`
}

/** Whether there is a file of a name among what is in a folder. */
export function hasFile(entries: readonly TreeEntry[], name: string): boolean {
  return entries.some((entry) => entry.name === name && !entry.isDir)
}

/** The most bytes of a text that is read whole: a meta.yaml, a param, a tag. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024

/** A file outside the store that can be read. */
export interface OpenFile {
  /** Bytes. */
  readonly size: number
  /** Its base name. */
  readonly name: string
  /** The content from the start; ending the iteration early closes the file. */
  stream(): AsyncIterable<Uint8Array>
}

/** A file found below a directory. */
export interface WalkedFile {
  /** Relative to the directory, with `/`. */
  readonly path: string
  open(): Promise<OpenFile>
}

/** Why a file or folder cannot have a name where it is to be made. */
export class NameRefused extends Error {}

/**
 * A folder outside the store that is being filled. Paths are below it, with `/`; the folders above are made too.
 * NameRefused where the platform has no such names, or takes one for that of another thing that was made there.
 */
export interface NewFolder {
  makeFolder(path: string): Promise<void>
  writeFile(path: string, content: AsyncIterable<Uint8Array>): Promise<void>
  /** Removes all that was made. */
  discard(): Promise<void>
}

/** The platform's own files, by path, where it has them: how local paths get into and out of artifacts. */
export interface FileAccess {
  /** INVALID_PARAMETER_VALUE for what is no plain file, RESOURCE_DOES_NOT_EXIST for what is not there. */
  openFile(path: string): Promise<OpenFile>
  /** All files below `directory`, links followed, in the order of their paths; errors as `openFile`, and for a cycle of links. */
  walk(directory: string): AsyncIterable<WalkedFile>
  /** Writes a file whole or not at all, making the directories above it. */
  writeFile(path: string, content: AsyncIterable<Uint8Array>): Promise<void>
  /** A folder that is new or empty; INVALID_PARAMETER_VALUE for any other path. */
  openNewFolder?(path: string): Promise<NewFolder>
}

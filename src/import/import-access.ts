import type { Sqlite } from '../store/database.js'
import type { ByteSource } from './byte-source.js'
import type { FileTree } from './file-tree.js'

/** How an import reaches what is outside of it on this platform. */
export interface ImportAccess {
  /** A file or a folder on this machine's disk. Where there is none such, paths are refused. */
  openPath?(path: string): Promise<ByteSource | FileTree>
  /** The folder that a file on disk lies in, and the file's name there. */
  openFolderOf?(path: string): Promise<{ readonly tree: FileTree; readonly name: string }>
  /** A stream, kept somewhere so that it can be read anywhere. */
  keep(stream: ReadableStream<Uint8Array>): Promise<ByteSource>
  /** SQLite, loaded now. */
  sqlite(): Promise<Sqlite>
}

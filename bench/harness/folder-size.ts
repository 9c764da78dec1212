import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of all files below a folder: what they hold, and what they take in blocks of the disk. */
export interface FolderSize {
  readonly bytes: number
  readonly onDisk: number
}

/** Sizes of the files below `folder`. */
export async function folderSize(folder: string): Promise<FolderSize> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const stats = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name))))
  return {
    bytes: stats.reduce((sum, { size }) => sum + size, 0),
    onDisk: stats.reduce((sum, { blocks }) => sum + blocks * 512, 0),
  }
}

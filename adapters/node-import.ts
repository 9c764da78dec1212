import { randomBytes } from 'node:crypto'
import { open, realpath, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { invalid } from '../src/entities/invalid.js'
import { TrackletError, toTrackletError } from '../src/errors.js'
import type { FileTree } from '../src/import/file-tree.js'
import type { ImportAccess } from '../src/import/import-access.js'
import { loadSqlite } from '../src/store/database.js'
import type { ByteSource } from '../src/import/byte-source.js'
import { folderTree, unreadable } from './node-folder-tree.js'

/** Imports from this machine's disk; streams are kept in a file of the system's temporary folder meanwhile. */
export function nodeImports(): ImportAccess {
  return { openPath, openFolderOf, keep, sqlite: () => loadSqlite() }
}

async function openPath(path: string): Promise<ByteSource | FileTree> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return folderTree(await realpath(path))
    if (found.isFile()) return fileSource(await open(path, 'r'), found.size)
  } catch (error) {
    throw unreadable(path, error)
  }
  throw new TrackletError('INVALID_PARAMETER_VALUE', `'${path}' is neither a file nor a folder.`)
}

async function openFolderOf(path: string): Promise<{ tree: FileTree; name: string }> {
  try {
    const real = await realpath(path)
    return { tree: folderTree(dirname(real)), name: basename(real) }
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function keep(stream: ReadableStream<Uint8Array>): Promise<ByteSource> {
  const path = join(tmpdir(), `tracklet-${randomBytes(8).toString('hex')}.zip`)
  try {
    const source = fileSource(...(await write(path, stream)))
    return { ...source, close: () => source.close().finally(() => rm(path, { force: true })) }
  } catch (error) {
    // Whoever sends need not go on; a stream that has failed, or ended, does not mind.
    await stream.cancel(error).catch(() => undefined)
    await rm(path, { force: true })
    throw toTrackletError(error)
  }
}

/** The file, still open, and its size in bytes. */
async function write(
  path: string,
  stream: ReadableStream<Uint8Array>,
): Promise<[file: FileHandle, size: number]> {
  const file = await open(path, 'wx+', 0o600)
  try {
    let size = 0
    for await (const bytes of stream as AsyncIterable<unknown>) {
      if (!(bytes instanceof Uint8Array)) throw invalid('A stream to import gives Uint8Arrays.')
      await file.writeFile(bytes)
      size += bytes.length
    }
    return [file, size]
  } catch (error) {
    await file.close()
    throw error
  }
}

function fileSource(file: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start)
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at)
        if (bytesRead === 0)
          throw new TrackletError('DATA_LOSS', 'The file became shorter while it was read.')
        at += bytesRead
      }
      return bytes
    },
    close: () => file.close(),
  }
}

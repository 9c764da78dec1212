import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { TrackletError } from '../src/errors.js'
import {
  makeFolder,
  renameChecked,
  syncFolder,
  systemCode,
  writeTemporary,
} from './filesystem-files.js'
import { BLOB_FOLDERS } from './filesystem-state.js'

const KEY = new RegExp(
  `^(${BLOB_FOLDERS.join('|')})(/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?)+$`,
)
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])
const TRIES = 5

/** The path of a blob. INVALID_PARAMETER_VALUE for a key that could lead anywhere else. */
function blobPath(dir: string, key: string): string {
  if (KEY.test(key)) return join(dir, ...key.split('/'))
  throw new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `"${key}" is no blob's key: it must begin with one of ${BLOB_FOLDERS.join(', ')}, and go on with parts of letters, digits, ".", "_" and "-".`,
  )
}

/** Stores a blob, whole and durable; `check` runs right before it gets its name. */
export async function putBlob(
  dir: string,
  key: string,
  bytes: Uint8Array,
  check: () => void,
): Promise<void> {
  const path = blobPath(dir, key)
  const temporary = await writeTemporary(dir, bytes)
  try {
    for (let attempt = 1; ; attempt++) {
      await makeFolder(dirname(path))
      try {
        await renameChecked(temporary, path, check)
        break
      } catch (error) {
        // A deletion took the folder away, since it had been empty.
        if (systemCode(error) !== 'ENOENT' || attempt === TRIES) throw error
      }
    }
  } catch (error) {
    await fs.promises.rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** A blob, or a range of it; null where there is none. */
export async function getBlob(
  dir: string,
  key: string,
  range?: { start: number; end: number },
): Promise<Uint8Array | null> {
  try {
    const path = blobPath(dir, key)
    const small = range !== undefined && range.end - range.start <= SYNCHRONOUS_BYTES
    return small ? getSync(path, range) : await getAsync(path, range)
  } catch (error) {
    if (ABSENT.has(systemCode(error))) return null
    throw error
  }
}

/** Up to this length reading takes less time than handing the work to another thread. */
const SYNCHRONOUS_BYTES = 256 * 1024

function getSync(path: string, range: { start: number; end: number }): Uint8Array {
  const fd = fs.openSync(path, 'r')
  try {
    const { start, length } = within(range, fs.fstatSync(fd).size)
    const bytes = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const read = fs.readSync(fd, bytes, done, length - done, start + done)
      if (read === 0) break
      done += read
    }
    return bytes.subarray(0, done)
  } finally {
    fs.closeSync(fd)
  }
}

async function getAsync(path: string, range?: { start: number; end: number }): Promise<Uint8Array> {
  const file = await fs.promises.open(path, 'r')
  try {
    const { start, length } = within(range, (await file.stat()).size)
    return await readExactly(file, start, length)
  } finally {
    await file.close()
  }
}

function within(
  range: { start: number; end: number } | undefined,
  size: number,
): { start: number; length: number } {
  const start = Math.min(range?.start ?? 0, size)
  return { start, length: Math.max(0, Math.min(range?.end ?? size, size) - start) }
}

/** The keys of all blobs that begin with `prefix`, sorted. */
export async function listBlobs(dir: string, prefix: string): Promise<string[]> {
  const slash = prefix.lastIndexOf('/')
  const base = prefix.slice(0, Math.max(0, slash))
  if (slash > 0 && !BLOB_FOLDERS.includes(base) && !KEY.test(base)) return []
  const roots = slash > 0 ? [base] : BLOB_FOLDERS
  const keys: string[] = []
  for (const root of roots) await walk(dir, root, keys)
  return keys.filter((key) => key.startsWith(prefix)).sort()
}

/** Deletes blobs, and the folders that this leaves empty. */
export async function deleteBlobs(dir: string, keys: readonly string[]): Promise<void> {
  const folders = new Set<string>()
  for (const key of keys) {
    const path = blobPath(dir, key)
    try {
      await fs.promises.unlink(path)
      if (key.split('/').length > 2) folders.add(dirname(path))
    } catch (error) {
      if (!ABSENT.has(systemCode(error))) throw error
    }
  }
  // One that is not empty stays.
  for (const folder of folders) await fs.promises.rmdir(folder).catch(() => undefined)
}

async function readExactly(
  file: fs.promises.FileHandle,
  start: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done)
    if (bytesRead === 0) return bytes.slice(0, done)
    done += bytesRead
  }
  // Reading a folder fails, but nothing was read where nothing was asked for.
  if (length === 0 && (await file.stat()).isDirectory())
    throw Object.assign(new Error('is a folder'), { code: 'EISDIR' })
  return bytes
}

async function walk(dir: string, folder: string, keys: string[]): Promise<void> {
  let entries: fs.Dirent[]
  try {
    entries = await fs.promises.readdir(join(dir, ...folder.split('/')), { withFileTypes: true })
  } catch (error) {
    if (ABSENT.has(systemCode(error))) return
    throw error
  }
  for (const entry of entries) {
    const key = `${folder}/${entry.name}`
    if (entry.isDirectory()) await walk(dir, key, keys)
    else if (KEY.test(key)) keys.push(key)
  }
}

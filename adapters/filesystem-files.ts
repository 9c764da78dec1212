import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { TrackletError } from '../src/errors.js'

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const REFUSED = new Set(['EROFS', 'EACCES', 'EPERM'])
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])
const BUSY = new Set(['EPERM', 'EACCES', 'EBUSY'])
const BUSY_TRIES = 6

/** Names of files that are being written; what a crash leaves of them means nothing. */
export const TEMPORARY = /^tmp-[0-9a-f]{16}$/

/** A path in the folder `dir` for a file that is renamed or linked to its name once it is whole. */
function temporaryPath(dir: string): string {
  return join(dir, `tmp-${randomBytes(8).toString('hex')}`)
}

/** The system's code of an error, such as ENOENT; '' where it has none. */
export function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** A failure of the file system in the store at `dir`, with MLflow's code and what to do about it. */
export function storageError(error: unknown, dir: string): TrackletError {
  if (error instanceof TrackletError) return error
  const code = systemCode(error)
  const cause = { cause: error }
  if (FULL.has(code))
    return new TrackletError(
      'RESOURCE_EXHAUSTED',
      `There is no space left for the store at "${dir}" (${code}). Free some and flush again; what was stored is safe.`,
      cause,
    )
  if (REFUSED.has(code))
    return new TrackletError(
      'PERMISSION_DENIED',
      `The store at "${dir}" cannot be written (${code}). Give this user the right to write there, or choose another folder.`,
      cause,
    )
  if (code === 'ENOTDIR')
    return new TrackletError(
      'INVALID_PARAMETER_VALUE',
      `"${dir}" is not a folder. Give the path of a folder, or of none yet.`,
      cause,
    )
  const message = error instanceof Error ? error.message : String(error)
  return new TrackletError(
    'INTERNAL_ERROR',
    `The store at "${dir}" met a file system error: ${message}.`,
    cause,
  )
}

/** Writes all of `bytes` at `position`, in as many writes as the system wants. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    const written = fs.writeSync(fd, bytes, done, bytes.length - done, position + done)
    if (written === 0) throw new Error('the system wrote nothing and gave no reason')
    done += written
  }
}

/** A new file in `dir` that holds `bytes` durably; gives its path. Leaves nothing where it fails. */
export async function writeTemporary(dir: string, bytes: Uint8Array): Promise<string> {
  const path = temporaryPath(dir)
  try {
    const file = await fs.promises.open(path, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    return path
  } catch (error) {
    await fs.promises.rm(path, { force: true })
    throw error
  }
}

/** The same at once, for small files. */
function writeTemporarySync(dir: string, bytes: Uint8Array): string {
  const path = temporaryPath(dir)
  const fd = fs.openSync(path, 'wx')
  try {
    writeFully(fd, bytes, 0)
    fs.fsyncSync(fd)
    return path
  } catch (error) {
    fs.rmSync(path, { force: true })
    throw error
  } finally {
    fs.closeSync(fd)
  }
}

/** Makes the file `dir/name`, whole at once; false where one of that name exists. Of any number of processes one gets true. */
export function createExclusively(dir: string, name: string, bytes: Uint8Array): boolean {
  const path = join(dir, name)
  const temporary = writeTemporarySync(dir, bytes)
  try {
    fs.linkSync(temporary, path)
    return true
  } catch (error) {
    // ENOENT: another process that has the lock tidied the temporary file away.
    const code = systemCode(error)
    if (code === 'EEXIST' || code === 'ENOENT') return false
    if (NO_LINKS.has(code)) return createWithoutLinks(path, bytes)
    throw error
  } finally {
    fs.rmSync(temporary, { force: true })
  }
}

function createWithoutLinks(path: string, bytes: Uint8Array): boolean {
  try {
    fs.writeFileSync(path, bytes, { flag: 'wx', flush: true })
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Renames, with `before` and `after` run in the same turn; on Windows it tries again while a scanner or an indexer has
 * the file open.
 */
export async function renameChecked(
  from: string,
  to: string,
  before: () => void,
  after?: () => void,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    before()
    try {
      fs.renameSync(from, to)
      break
    } catch (error) {
      const busy = process.platform === 'win32' && BUSY.has(systemCode(error))
      if (!busy || attempt === BUSY_TRIES) throw error
    }
    await delay(10 * 2 ** attempt)
  }
  after?.()
}

/** Makes the entries of a folder durable; Windows has no such call and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await fs.promises.open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Makes a folder and those above it, durably. One by one: a recursive mkdir calls a read-only disk a missing folder. */
export async function makeFolder(path: string): Promise<void> {
  if (fs.existsSync(path)) return
  if (dirname(path) !== path) await makeFolder(dirname(path))
  try {
    await fs.promises.mkdir(path)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  await syncFolder(dirname(path))
}

import { mkdir, realpath, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalid } from '../src/entities/invalid.js'
import { TrackletError, toTrackletError, type ErrorCode } from '../src/errors.js'

/** What stands in a file name of Windows for something else. */
const WINDOWS_NAMES = /[<>:"\\|?*]|[. ]$/m

/**
 * A folder that nothing leads out of: paths are relative, with `/`, as `toArtifactPath` gives them, and links in the
 * folder are followed only to what is in it.
 */
export class DirectoryRoot {
  /** The folder's real path. */
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** Opens a folder, given by its path or `file:` URI. RESOURCE_DOES_NOT_EXIST where it is not there and not made. */
  static async open(location: string, { create = true } = {}): Promise<DirectoryRoot> {
    const path = locationToPath(location)
    return translated(location, async () => {
      if (create) await mkdir(path, { recursive: true })
      const real = await realpath(path)
      if (!(await stat(real)).isDirectory()) throw invalid(`${path} is a file. Give a folder.`)
      return new DirectoryRoot(real)
    })
  }

  /** Where a path is on the disk, links followed; null where nothing is. "Invalid path" for what is outside. */
  async find(path: string): Promise<string | null> {
    refuseNames(path)
    const real = await realpathOrNull(join(this.path, ...path.split('/')), path)
    if (real !== null) this.#refuseOutside(real)
    return real
  }

  /**
   * Where a file is to be written, whose name is the last part of the path; folders above it are made if `make` says
   * so. INVALID_PARAMETER_VALUE where one of them is a file, or a folder has the file's name.
   */
  async place(path: string, { make }: { make: boolean }): Promise<string> {
    refuseNames(path)
    const folders = path.split('/')
    const name = folders.pop() ?? ''
    let at = this.path
    if (make) await translated(path, () => mkdir(this.path, { recursive: true }))
    for (const folder of folders) at = await this.#enter(join(at, folder), path, make)
    const target = join(at, name)
    const real = await realpathOrNull(target, path)
    if (real !== null && (await translated(path, () => stat(real))).isDirectory())
      throw invalid(`The artifact '${path}' cannot be stored: it is a directory.`)
    return target
  }

  async #enter(folder: string, path: string, make: boolean): Promise<string> {
    if (make) await makeFolder(folder, path)
    const real = await realpathOrNull(folder, path)
    // What was just made, or was there, and is not: a link to nowhere.
    if (real === null && make) throw invalid('Invalid path')
    if (real === null) return folder
    this.#refuseOutside(real)
    if ((await translated(path, () => stat(real))).isDirectory()) return real
    throw invalid(`The artifact '${path}' cannot be stored: a folder above it is a file.`)
  }

  #refuseOutside(real: string): void {
    if (!isWithin(real, this.path)) throw invalid('Invalid path')
  }
}

/** Whether a real path is another one, or lies below it. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

/** What a file system's error means, told by the path that was asked for. */
export function translateError(path: string, error: unknown): TrackletError {
  const code = CODES[(error as NodeJS.ErrnoException | null)?.code ?? '']
  if (error instanceof TrackletError || code === undefined) return toTrackletError(error)
  return new TrackletError(code, `${JSON.stringify(path)}: ${(error as Error).message}`, {
    cause: error,
  })
}

/** What `work` gives, with its errors translated. */
export async function translated<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translateError(path, error)
  }
}

/** Whether an error says that there is nothing of that name. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException | null)?.code ?? '')
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'RESOURCE_DOES_NOT_EXIST',
  ENOTDIR: 'INVALID_PARAMETER_VALUE',
  EISDIR: 'INVALID_PARAMETER_VALUE',
  EEXIST: 'INVALID_PARAMETER_VALUE',
  ENOTEMPTY: 'INVALID_PARAMETER_VALUE',
  ELOOP: 'INVALID_PARAMETER_VALUE',
  ENAMETOOLONG: 'INVALID_PARAMETER_VALUE',
  EINVAL: 'INVALID_PARAMETER_VALUE',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'PERMISSION_DENIED',
  ENOSPC: 'RESOURCE_EXHAUSTED',
  EDQUOT: 'RESOURCE_EXHAUSTED',
  EMFILE: 'RESOURCE_EXHAUSTED',
  ENFILE: 'RESOURCE_EXHAUSTED',
}

function locationToPath(location: string): string {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(location)?.[1]?.toLowerCase()
  if (location === '' || (scheme !== undefined && scheme !== 'file'))
    throw invalid(`Files can be kept in a folder of this machine only, not at '${location}'.`)
  if (scheme === undefined) return resolve(location)
  try {
    return resolve(fileURLToPath(location))
  } catch {
    throw invalid(`'${location}' names no folder of this machine. Give its path.`)
  }
}

function refuseNames(path: string): void {
  if (process.platform !== 'win32') return
  if (path.split('/').some((name) => WINDOWS_NAMES.test(name))) throw invalid('Invalid path')
}

async function realpathOrNull(full: string, path: string): Promise<string | null> {
  try {
    return await realpath(full)
  } catch (error) {
    if (isAbsent(error)) return null
    throw translateError(path, error)
  }
}

async function makeFolder(folder: string, path: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw translateError(path, error)
  }
}

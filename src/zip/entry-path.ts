import type { ZipEntryRecord } from './directory.js'

const LINK = 0o120000
const KIND = 0o170000
/** Kinds of a file's mode that are taken: none told, a folder, a plain file. */
const PLAIN: readonly number[] = [0, 0o040000, 0o100000]
const DRIVE = /^[a-z]:/i
const LONGEST = 4096
/** Folders above a file; no tree of MLflow's comes near, and each costs memory. */
const DEEPEST = 256

/** An entry's path, or why it has none that can be used. */
export type EntryPath =
  | { readonly path: string; readonly isDir: boolean }
  | { readonly path: string; readonly reason: string }

/** Where an entry would lie. What leads elsewhere, is a link or cannot be read is no path. */
export function toEntryPath(record: ZipEntryRecord): EntryPath {
  const name = nameOf(record)
  const shown = name ?? shownBytes(record.name)
  const refuse = (reason: string): EntryPath => ({ path: shown.slice(0, 200), reason })
  if (name === null) return refuse('Its name is not UTF-8.')
  if (record.isEncrypted) return refuse('It is encrypted: unpack it and import the folder.')
  if (record.method !== 0 && record.method !== 8)
    return refuse(`It is compressed by method ${record.method}, which is not read here.`)
  if ((record.mode & KIND) === LINK) return refuse('It is a symbolic link.')
  if (!PLAIN.includes(record.mode & KIND)) return refuse('It is no plain file.')
  const isDir = name.endsWith('/')
  const path = isDir ? name.slice(0, -1) : name
  const problem = pathProblem(path)
  if (problem !== null) return refuse(problem)
  if (isDir && record.size > 0) return refuse('It is a folder with content.')
  return { path, isDir }
}

function pathProblem(path: string): string | null {
  if (path === '' || path.length > LONGEST) return 'Its path is empty or too long.'
  if (path.includes('\0') || path.includes('\\')) return 'Its path holds NUL or a backslash.'
  if (path.startsWith('/') || DRIVE.test(path)) return 'Its path is absolute.'
  const parts = path.split('/')
  if (parts.length > DEEPEST) return `It lies below more than ${DEEPEST} folders.`
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return "Its path holds '.', '..' or an empty part."
  return null
}

/** Writers that do not say that names are UTF-8 write them so all the same, or in ASCII, or say it in a field of its own. */
function nameOf({ name, unicodeName }: ZipEntryRecord): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(unicodeName ?? name)
  } catch {
    return null
  }
}

function shownBytes(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 200))
}

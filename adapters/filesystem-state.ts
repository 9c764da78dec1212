// The file that names the epoch and its manifests: src/store/FORMAT.md, "CURRENT".
import fs from 'node:fs'
import { join } from 'node:path'
import { TrackletError } from '../src/errors.js'
import { crc32c } from '../src/util/crc.js'
import { systemCode, TEMPORARY } from './filesystem-files.js'
import { JOURNAL_FILE } from './filesystem-journal.js'
import { LOCK_FILE } from './filesystem-lock.js'

/** What a folder's newest CURRENT file says. */
export interface FolderState {
  /** 0 in a folder that holds no store. */
  readonly epoch: number
  /** Names of the manifest files, newest first. */
  readonly manifests: readonly string[]
}

/** Top folders of blobs: the first part of every blob's key. */
export const BLOB_FOLDERS: readonly string[] = ['blobs', 'frames', 'image', 'series']

/** Names of manifest files. */
export const MANIFEST_FILE = /^manifest-(\d{10})-(\d{10})$/

const CURRENT_FILE = /^CURRENT-(\d{10})$/
const FORMAT = 1
const HARMLESS = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\.gitignore|\.gitkeep|lost\+found)$/

/** The name of the CURRENT file of an epoch. */
export function currentName(epoch: number): string {
  return `CURRENT-${digits(epoch)}`
}

/** The name of an epoch's n-th manifest. */
export function manifestName(epoch: number, n: number): string {
  return `manifest-${digits(epoch)}-${digits(n)}`
}

/** The epoch that the name of a CURRENT or manifest file tells; 0 for any other. */
export function epochOf(name: string): number {
  return Number((CURRENT_FILE.exec(name) ?? MANIFEST_FILE.exec(name))?.[1] ?? 0)
}

/** The text of a CURRENT file. */
export function encodeCurrent(state: FolderState): Uint8Array {
  const line = `${JSON.stringify({ format: FORMAT, ...state })}\n`
  return new TextEncoder().encode(`${line}${checksum(line)}\n`)
}

/**
 * What the folder's newest CURRENT file says. Where its checksum does not hold, the names of the other files tell
 * as much. INVALID_STATE where a newer tracklet wrote it.
 */
export function readState(dir: string): FolderState {
  const names = fs.readdirSync(dir).filter(isStoreFile)
  const newest = currentFiles(names).at(-1)
  const state = newest === undefined ? null : readCurrent(join(dir, newest))
  return state ?? guessState(names)
}

/** The CURRENT files among `names`, oldest first. */
export function currentFiles(names: readonly string[]): string[] {
  return names.filter((name) => CURRENT_FILE.test(name)).sort()
}

/** Whether a name is one of those files without which there is no store. */
function isStoreFile(name: string): boolean {
  return CURRENT_FILE.test(name) || MANIFEST_FILE.test(name) || JOURNAL_FILE.test(name)
}

/** Whether a name in the folder of a store is the store's own. */
export function isOwnName(name: string): boolean {
  return (
    isStoreFile(name) || LOCK_FILE.test(name) || TEMPORARY.test(name) || BLOB_FOLDERS.includes(name)
  )
}

/**
 * Whether `dir` holds a store. INVALID_PARAMETER_VALUE where it holds other people's files instead,
 * among which a new store must not be made.
 */
export function holdsStore(dir: string): boolean {
  const names = readNames(dir)
  if (names.some(isStoreFile)) return true
  const foreign = names.find(
    (name) => !LOCK_FILE.test(name) && !TEMPORARY.test(name) && !HARMLESS.test(name),
  )
  if (foreign === undefined) return false
  const mlflow = names.some((name) => /^\d+$/.test(name) && isFile(join(dir, name, 'meta.yaml')))
  throw new TrackletError(
    'INVALID_PARAMETER_VALUE',
    mlflow
      ? `"${dir}" holds MLflow's files, not a tracklet store. Give another folder, and bring these in with importFrom or \`tracklet import\`.`
      : `"${dir}" holds files that are not tracklet's, such as "${foreign}". Give an empty folder.`,
  )
}

function readNames(dir: string): string[] {
  try {
    return fs.readdirSync(dir)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function isFile(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function readCurrent(path: string): FolderState | null {
  const text = fs.readFileSync(path, 'utf8')
  const line = text.slice(0, text.indexOf('\n') + 1)
  if (line === '' || text !== `${line}${checksum(line)}\n`) return null
  const { format, epoch, manifests } = JSON.parse(line) as FolderState & { format: number }
  if (format <= FORMAT) return { epoch, manifests }
  throw new TrackletError(
    'INVALID_STATE',
    `"${path}" was written by a newer tracklet (format ${format}, this one reads ${FORMAT}). Update tracklet to open the store.`,
  )
}

function guessState(names: readonly string[]): FolderState {
  const epochs = names.map((name) => Number(/-(\d{10})/.exec(name)?.[1] ?? 0))
  const manifests = names.filter((name) => MANIFEST_FILE.test(name)).sort()
  return { epoch: Math.max(0, ...epochs), manifests: manifests.reverse().slice(0, 2) }
}

function checksum(line: string): string {
  return crc32c(new TextEncoder().encode(line)).toString(16).padStart(8, '0')
}

function digits(n: number): string {
  return String(n).padStart(10, '0')
}

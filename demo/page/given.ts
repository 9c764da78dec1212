import type { ImportFrom, ImportInput } from 'tracklet'
import { entryToHandle, fileToHandle, folderOf } from './folder-handles.js'

/** Something that the reader has given to be imported. */
export interface Given {
  /** What it is called, for people. */
  readonly name: string
  readonly input: ImportInput
  /** A database's artifacts, where they came along with it. */
  readonly artifacts?: NonNullable<ImportFrom['artifacts']>
}

const DATABASE = /\.(db|sqlite|sqlite3)$/i

/** What was dropped, null where it is no file. To be called in the event itself: it is gone thereafter. */
export function droppedToGiven(transfer: DataTransfer): Given | null {
  const parts = [...transfer.items].filter(({ kind }) => kind === 'file').map(itemToPart)
  return partsToGiven(parts.filter((part) => part !== null))
}

/** What a file input has given. */
export function filesToGiven(files: Iterable<File>): Given | null {
  return partsToGiven([...files])
}

type Part = File | FileSystemHandle

/** Browsers know folders by their entries; files that a script has put there have none. */
function itemToPart(item: DataTransferItem): Part | null {
  const entry = item.webkitGetAsEntry()
  return entry?.isDirectory ? entryToHandle(entry) : item.getAsFile()
}

/**
 * One thing is what it is. Several are taken as a folder that holds them: `mlflow.db` beside `mlruns`, or what is in an
 * `mlruns` folder; a database of another name comes with all else as its artifacts.
 */
function partsToGiven(parts: readonly Part[]): Given | null {
  const [first, ...others] = parts
  if (first === undefined) return null
  if (others.length === 0) return { name: first.name, input: partToInput(first) }
  const databases = parts.filter((part): part is File => isDatabase(part))
  const [database] = databases
  if (databases.length === 1 && database !== undefined && database.name !== 'mlflow.db') {
    const artifacts = partsToFolder(parts.filter((part) => part !== database))
    return { name: database.name, input: database, artifacts }
  }
  return { name: `${first.name} and ${others.length} more`, input: partsToFolder(parts) }
}

function isDatabase(part: Part): boolean {
  return part instanceof File && DATABASE.test(part.name)
}

function partToInput(part: Part): ImportInput {
  return part instanceof File ? part : (part as FileSystemDirectoryHandle)
}

function partsToFolder(parts: readonly Part[]): FileSystemDirectoryHandle {
  const handles = parts.map((part) => (part instanceof File ? fileToHandle(part) : part))
  return folderOf('', new Map(handles.map((handle) => [handle.name, handle])))
}

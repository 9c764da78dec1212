// How a writer takes a folder over: src/store/FORMAT.md, "CURRENT".
import fs from 'node:fs'
import { join } from 'node:path'
import { TrackletError } from '../src/errors.js'
import {
  createExclusively,
  makeFolder,
  syncFolder,
  systemCode,
  TEMPORARY,
} from './filesystem-files.js'
import { lockDirectory, type DirectoryLock } from './filesystem-lock.js'
import {
  currentFiles,
  currentName,
  encodeCurrent,
  epochOf,
  holdsStore,
  readState,
} from './filesystem-state.js'

const LOCK_TRIES = 3

/** A folder that one writer has to itself. */
export interface OpenedFolder {
  readonly lock: DirectoryLock
  /** The writer's epoch, which is durable: every older writer is fenced. */
  readonly epoch: number
  /** Names of the manifest files, newest first. */
  readonly manifests: readonly string[]
}

/**
 * Takes the folder `dir` over, waiting `lockTimeoutMs` for its holder to go. RESOURCE_DOES_NOT_EXIST where it holds no
 * store, unless one may be made; INVALID_PARAMETER_VALUE where it holds other people's files. Leaves no lock where it fails.
 */
export async function openFolder(
  dir: string,
  options: { readonly create: boolean; readonly lockTimeoutMs: number },
): Promise<OpenedFolder> {
  const lock = await lockFolder(dir, options)
  try {
    return { lock, ...(await enterFolder(dir, options.create)) }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function lockFolder(
  dir: string,
  options: { readonly create: boolean; readonly lockTimeoutMs: number },
): Promise<DirectoryLock> {
  for (let attempt = 1; ; attempt++) {
    await prepareFolder(dir, options.create)
    try {
      return await lockDirectory(dir, options.lockTimeoutMs)
    } catch (error) {
      // The holder that was waited for has destroyed the folder.
      if (systemCode(error) !== 'ENOENT' || attempt === LOCK_TRIES) throw error
    }
  }
}

async function prepareFolder(dir: string, create: boolean): Promise<void> {
  if (holdsStore(dir)) return
  if (!create)
    throw new TrackletError(
      'RESOURCE_DOES_NOT_EXIST',
      `There is no store at "${dir}"; open it with create: true to make one.`,
    )
  await makeFolder(dir)
}

/** Makes the next epoch durable; every older writer is fenced from here on. */
async function enterFolder(dir: string, create: boolean): Promise<Omit<OpenedFolder, 'lock'>> {
  await prepareFolder(dir, create)
  const { epoch: last, manifests } = readState(dir)
  let epoch = last + 1
  // A taken number belongs to one who lost the lock while it was opening.
  while (!claimEpoch(dir, epoch, manifests)) epoch++
  await syncFolder(dir)
  tidyFolder(dir, epoch)
  return { epoch, manifests }
}

function claimEpoch(dir: string, epoch: number, manifests: readonly string[]): boolean {
  return createExclusively(dir, currentName(epoch), encodeCurrent({ epoch, manifests }))
}

/** Oldest first: an old writer that still sees its own CURRENT file must see its successor's, too. */
function tidyFolder(dir: string, epoch: number): void {
  const names = fs.readdirSync(dir)
  const old = currentFiles(names).filter((name) => epochOf(name) < epoch)
  const temporary = names.filter((name) => TEMPORARY.test(name))
  for (const name of [...old, ...temporary]) fs.rmSync(join(dir, name), { force: true })
}

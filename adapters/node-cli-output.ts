import { randomBytes } from 'node:crypto'
import { lstat, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { NewOutput } from '../src/cli/terminal.js'
import { TrackletError } from '../src/errors.js'

/**
 * A file or folder that is written under a name of its own beside the wanted one, and has that only once it is whole.
 * RESOURCE_ALREADY_EXISTS for a file that is there, unless `force`, and for a folder that is not empty.
 */
export async function openOutput({
  path,
  force,
  isFolder,
}: {
  readonly path: string
  readonly force: boolean
  readonly isFolder: boolean
}): Promise<NewOutput> {
  const wanted = resolve(path)
  await refuseTaken(wanted, force, isFolder)
  const name = `.${basename(wanted)}.${randomBytes(6).toString('hex')}.partial`
  const temporary = join(dirname(wanted), name)
  return {
    path: wanted,
    temporary,
    async keep() {
      // Again, as it may have come meanwhile, and renaming would write over it.
      await refuseTaken(wanted, force, isFolder)
      if (isFolder) await rmdir(wanted).catch(() => undefined)
      await rename(temporary, wanted)
    },
    // The failure before is the one to tell.
    discard: () => rm(temporary, { recursive: true, force: true }).catch(() => undefined),
  }
}

async function refuseTaken(path: string, force: boolean, isFolder: boolean): Promise<void> {
  const found = await lstat(path).catch(() => null)
  if (found === null) return
  if (!isFolder && !found.isDirectory() && force) return
  if (isFolder && found.isDirectory() && (await readdir(path)).length === 0) return
  const what = isFolder ? 'give a folder that is new or empty' : '--force writes over a file'
  throw new TrackletError('RESOURCE_ALREADY_EXISTS', `'${path}' is there already: ${what}.`)
}

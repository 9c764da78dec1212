import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Folder } from '../src/cli/terminal.js'
import { onProcessExit } from './exit-hooks.js'
import { ArtifactDirectory } from './node-artifact-directory.js'
import { DirectoryRoot, translated } from './node-artifact-directory-root.js'

/** A folder of this machine for the command line: the one at `path`, or a new one among the temporary files. */
export async function openFolder({
  path,
  create,
}: {
  path?: string
  create: boolean
}): Promise<Folder> {
  const given =
    path ?? (await translated(tmpdir(), () => mkdtemp(join(tmpdir(), 'tracklet-artifacts-'))))
  const root = await DirectoryRoot.open(given, { create })
  const files = new ArtifactDirectory(root, async () => '')
  onProcessExit({ commit: () => files.discardSync() })
  return {
    path: root.path,
    files,
    pathOf: (file) => join(root.path, ...file.split('/')),
    discard: async () => {
      if (path === undefined) await rm(root.path, { recursive: true, force: true })
    },
  }
}

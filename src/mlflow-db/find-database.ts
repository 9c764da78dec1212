import { TrackletError } from '../errors.js'
import { hasFile, joinPath } from '../import/file-tree.js'
import type { FileTree } from '../import/file-tree.js'
import { isLitter } from '../mlruns/read/texts.js'
import type { ByteSource } from '../import/byte-source.js'
import { isSqlite } from './foreign-database.js'

/** What MLflow calls its database where nothing else is said. */
const NAME = 'mlflow.db'
const DEEPEST = 3

/** A file of a tree. */
export interface PlaceInTree {
  readonly tree: FileTree
  /** The folder that it lies in; '' for the tree's root. */
  readonly folder: string
  readonly name: string
}

/** The `mlflow.db` of a tree: in its root, or in the only folder there, and so on; null where there is none. */
export async function findDatabase(tree: FileTree): Promise<PlaceInTree | null> {
  let folder = ''
  for (let depth = 0; depth <= DEEPEST; depth++) {
    const entries = (await tree.list(folder)).filter(({ name }) => !isLitter(name))
    const place = { tree, folder, name: NAME }
    if (hasFile(entries, NAME) && (await isSqlite(await fileInTree(place)))) return place
    const [only, ...others] = entries.filter(({ isDir }) => isDir)
    if (only === undefined || others.length > 0) return null
    if (hasFile(entries, 'meta.yaml') || /^(\d+|mlruns|\.trash)$/.test(only.name)) return null
    folder = joinPath(folder, only.name)
  }
  return null
}

/** A file of a tree as bytes; reading goes through it from its start. Closing it leaves the tree open. */
export async function fileInTree({ tree, folder, name }: PlaceInTree): Promise<ByteSource> {
  const size = (await tree.list(folder)).find((entry) => entry.name === name)?.size ?? 0
  return {
    size,
    read: (start, end) => readPart(tree, joinPath(folder, name), start, end),
    close: async () => undefined,
  }
}

/**
 * RESOURCE_CONFLICT where files beside a database hold what is not in it yet: a write-ahead log, a journal of a
 * transaction that was cut off.
 */
export async function refuseUnfinished(place: PlaceInTree): Promise<void> {
  const entries = await place.tree.list(place.folder)
  for (const end of ['-wal', '-journal']) {
    const name = `${place.name}${end}`
    const found = entries.find((entry) => entry.name === name && !entry.isDir)
    if (found === undefined || found.size === 0) continue
    if (end === '-journal' && !(await isHot({ ...place, name }))) continue
    throw new TrackletError(
      'RESOURCE_CONFLICT',
      `The file '${name}' beside the database holds changes that are not in it yet. Close MLflow, then run ` +
        `\`sqlite3 ${place.name} "PRAGMA wal_checkpoint(TRUNCATE)"\`, which takes them in, and import again.`,
    )
  }
}

/** A tree that begins at a folder of another. */
export function subtree(tree: FileTree, folder: string): FileTree {
  if (folder === '') return tree
  return {
    list: (path) => tree.list(joinPath(folder, path)),
    parts: (path) => tree.parts(joinPath(folder, path)),
    get leftOut() {
      return tree.leftOut
    },
    close: () => tree.close(),
  }
}

/** A journal whose header is emptied is done with (https://www.sqlite.org/fileformat.html, 3). */
async function isHot(place: PlaceInTree): Promise<boolean> {
  const [first] = await (await fileInTree(place)).read(0, 1)
  return first !== 0
}

async function readPart(
  tree: FileTree,
  path: string,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start)
  let at = 0
  for await (const part of tree.parts(path)) {
    if (at >= end) break
    if (at + part.length > start) {
      const wanted = part.subarray(Math.max(0, start - at), end - at)
      bytes.set(wanted, Math.max(0, at - start))
    }
    at += part.length
  }
  if (at < end) throw new TrackletError('DATA_LOSS', `The file '${path}' became shorter.`)
  return bytes
}

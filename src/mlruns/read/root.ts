import { TrackletError } from '../../errors.js'
import { hasFile, joinPath } from '../../import/file-tree.js'
import type { FileTree, TreeEntry } from '../../import/file-tree.js'
import type { Doubt } from '../../import/source.js'
import { isLitter } from './texts.js'

const DEEPEST = 3

/**
 * Where in a tree the file store's root is: the tree itself, or the only folder in it, and so on. An experiment, a
 * trash or a registry says so. What lies beside it, or beside a folder that it is in, is doubted.
 * INVALID_PARAMETER_VALUE where there is none.
 */
export async function findRoot(tree: FileTree, doubt: Doubt): Promise<string> {
  const beside: string[] = []
  let path = ''
  for (let depth = 0; depth <= DEEPEST; depth++) {
    const entries = (await tree.list(path)).filter(({ name }) => !isLitter(name))
    if (await isRoot(tree, path, entries)) {
      for (const other of beside) doubt(other, 'It lies beside the file store: it was left out.')
      return path
    }
    const inner = entries.find(({ name, isDir }) => isDir && name === 'mlruns')
    const folders = entries.filter(({ isDir }) => isDir)
    const next = inner ?? (folders.length === 1 ? folders[0] : undefined)
    if (next === undefined) break
    for (const { name } of entries) if (name !== next.name) beside.push(joinPath(path, name))
    path = joinPath(path, next.name)
  }
  throw new TrackletError(
    'INVALID_PARAMETER_VALUE',
    'This holds no experiment of MLflow: expected the folder `mlruns` of a file store, with `<experiment id>/meta.yaml` in it.',
  )
}

async function isRoot(
  tree: FileTree,
  path: string,
  entries: readonly TreeEntry[],
): Promise<boolean> {
  for (const { name, isDir } of entries) {
    if (!isDir) continue
    if (name === '.trash' && (await tree.list(joinPath(path, name))).length > 0) return true
    if (!/^\d+$/.test(name)) continue
    if (hasFile(await tree.list(joinPath(path, name)), 'meta.yaml')) return true
  }
  return false
}

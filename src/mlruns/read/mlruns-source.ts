import type { FileTree } from '../../import/file-tree.js'
import type { Doubt, ImportSource } from '../../import/source.js'
import { readExperiments } from './experiments.js'
import { readRegistry } from './registry.js'
import { findRoot } from './root.js'

/**
 * A tree of MLflow's file store, of MLflow 1 to 3, as a source of imports. The tree is closed with it.
 * INVALID_PARAMETER_VALUE where it is none.
 */
export async function mlrunsSource(tree: FileTree, doubt: Doubt): Promise<ImportSource> {
  const root = await findRoot(tree, doubt)
  return {
    experiments: () => readExperiments(tree, root, doubt),
    models: () => readRegistry(tree, root, doubt),
    async close() {
      for (const { path, reason } of tree.leftOut) doubt(path, reason)
      await tree.close()
    },
  }
}

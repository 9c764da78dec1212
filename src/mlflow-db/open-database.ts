import { hasFile } from '../import/file-tree.js'
import type { FileTree } from '../import/file-tree.js'
import type { Doubt, ImportSource } from '../import/source.js'
import type { Sqlite } from '../store/database.js'
import type { ByteSource } from '../import/byte-source.js'
import { isWal } from './foreign-database.js'
import { refuseUnfinished, subtree } from './find-database.js'
import type { PlaceInTree } from './find-database.js'
import { mlflowDbSource } from './mlflow-db-source.js'

/** A database that was opened, and what is known of what lies beside it. */
export interface OpenedDatabase {
  readonly bytes: ByteSource
  /** Where it lies; null where its bytes are all there is. */
  readonly place: PlaceInTree | null
  /** The folder with artifacts that the caller named; null for that of `place`. */
  readonly artifacts: FileTree | null
}

/**
 * A database of MLflow's with its artifacts, as a source, which closes all of it; on failure all is closed too. Errors
 * are those of `mlflowDbSource` and `refuseUnfinished`.
 */
export async function openDatabase(
  { bytes, place, artifacts }: OpenedDatabase,
  sqlite: () => Promise<Sqlite>,
  doubt: Doubt,
): Promise<ImportSource> {
  const beside = place && subtree(place.tree, place.folder)
  const close = async (): Promise<void> => {
    await Promise.all([bytes.close(), place?.tree.close(), artifacts?.close()])
  }
  try {
    if (place !== null) await refuseUnfinished(place)
    else if (await isWal(bytes)) doubt('mlflow.db', WAL_DOUBT)
    if (beside !== null && (await hasFileStore(beside))) doubt('mlruns', FILE_STORE_DOUBT)
    const source = await mlflowDbSource(bytes, artifacts ?? beside, await sqlite(), doubt)
    return { ...source, close: () => source.close().finally(close) }
  } catch (error) {
    await close()
    throw error
  }
}

const WAL_DOUBT =
  'The database is in WAL mode: changes that were still in its `-wal` file are not in the import.'
const FILE_STORE_DOUBT =
  'Beside the database, `mlruns` holds experiments of a file store, which were left out: import that folder by itself.'

async function hasFileStore(tree: FileTree): Promise<boolean> {
  for (const { name, isDir } of await tree.list('mlruns')) {
    if (!isDir || !/^\d+$/.test(name)) continue
    if (hasFile(await tree.list(`mlruns/${name}`), 'meta.yaml')) return true
  }
  return false
}

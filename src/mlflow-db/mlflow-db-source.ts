import type { FileTree } from '../import/file-tree.js'
import type { Doubt, ImportSource } from '../import/source.js'
import type { Sqlite } from '../store/database.js'
import type { ByteSource } from '../import/byte-source.js'
import { ArtifactReader } from './artifacts.js'
import { DatasetReader } from './datasets.js'
import { readExperiments } from './experiments.js'
import { ForeignDatabase } from './foreign-database.js'
import { tellLeftOut } from './left-out.js'
import { readRegistry } from './registry.js'
import { addIndexes, Schema } from './tables.js'
import { tellVersion } from './versions.js'

/**
 * A database of MLflow's SQL store, of MLflow 2.9 to 3.18, as a source of imports. It is read whole into memory, and the
 * file stays as it is. `artifacts` is the folder that `mlruns` or `mlartifacts` lie in, or one of these, or null; who
 * opened it and `bytes` closes them. INVALID_PARAMETER_VALUE where it is no database of MLflow's, DATA_LOSS where it is
 * damaged, RESOURCE_EXHAUSTED where it is larger than 1 GiB.
 */
export async function mlflowDbSource(
  bytes: ByteSource,
  artifacts: FileTree | null,
  sqlite: Sqlite,
  doubt: Doubt,
): Promise<ImportSource> {
  const db = await ForeignDatabase.open(bytes, sqlite)
  try {
    const schema = new Schema(db)
    schema.check()
    addIndexes(db, schema)
    tellVersion(db, schema, doubt)
    tellLeftOut(db, schema, doubt)
    return sourceOf({ db, schema, artifacts, doubt })
  } catch (error) {
    db.close()
    throw error
  }
}

interface Opened {
  readonly db: ForeignDatabase
  readonly schema: Schema
  readonly artifacts: FileTree | null
  readonly doubt: Doubt
}

function sourceOf({ db, schema, artifacts, doubt }: Opened): ImportSource {
  const reading = {
    db,
    schema,
    datasets: new DatasetReader(db, doubt),
    artifacts: new ArtifactReader(artifacts, doubt),
    experimentIds: new Set<string>(),
    runIds: new Set<string>(),
    doubt,
  }
  return {
    experiments: () => readExperiments(reading),
    models: () => readRegistry(db, schema.has('registered_models', 'workspace'), doubt),
    async close() {
      db.close()
      for (const { path, reason } of artifacts?.leftOut ?? []) doubt(path, reason)
    },
  }
}

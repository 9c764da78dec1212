import { invalid } from '../entities/invalid.js'
import type { ForeignDatabase } from './foreign-database.js'
import { LATER_TABLES } from './later-tables.js'

/** How a column is read. */
export type ColumnKind = 'text' | 'integer'

/** Columns by name. */
export type Columns = Readonly<Record<string, ColumnKind>>

/**
 * What is read of MLflow's tables (mlflow/store/tracking/dbmodels/models.py, mlflow/store/model_registry/dbmodels/models.py),
 * in which 2.9 to 3.18 agree. Points are read apart: see `metrics.ts`; for what came later, `later-tables.ts`.
 */
export const TABLES = {
  experiments: {
    experiment_id: 'integer',
    name: 'text',
    artifact_location: 'text',
    lifecycle_stage: 'text',
    creation_time: 'integer',
    last_update_time: 'integer',
  },
  experiment_tags: { experiment_id: 'integer', key: 'text', value: 'text' },
  runs: {
    run_uuid: 'text',
    name: 'text',
    user_id: 'text',
    status: 'text',
    start_time: 'integer',
    end_time: 'integer',
    lifecycle_stage: 'text',
    artifact_uri: 'text',
    deleted_time: 'integer',
    experiment_id: 'integer',
  },
  params: { key: 'text', value: 'text', run_uuid: 'text' },
  tags: { key: 'text', value: 'text', run_uuid: 'text' },
  metrics: {
    key: 'text',
    value: 'integer',
    timestamp: 'integer',
    step: 'integer',
    is_nan: 'integer',
    run_uuid: 'text',
  },
  datasets: {
    dataset_uuid: 'text',
    name: 'text',
    digest: 'text',
    dataset_source_type: 'text',
    dataset_source: 'text',
    dataset_schema: 'text',
    dataset_profile: 'text',
  },
  inputs: {
    input_uuid: 'text',
    source_type: 'text',
    source_id: 'text',
    destination_type: 'text',
    destination_id: 'text',
  },
  input_tags: { input_uuid: 'text', name: 'text', value: 'text' },
  registered_models: {
    name: 'text',
    creation_time: 'integer',
    last_updated_time: 'integer',
    description: 'text',
  },
  registered_model_tags: { name: 'text', key: 'text', value: 'text' },
  registered_model_aliases: { name: 'text', alias: 'text', version: 'integer' },
  model_versions: {
    name: 'text',
    version: 'integer',
    creation_time: 'integer',
    last_updated_time: 'integer',
    description: 'text',
    current_stage: 'text',
    source: 'text',
    storage_location: 'text',
    run_id: 'text',
    run_link: 'text',
    status: 'text',
  },
  model_version_tags: { name: 'text', version: 'integer', key: 'text', value: 'text' },
} as const satisfies Readonly<Record<string, Columns>>

/** A table that every such database has. */
export type TableName = keyof typeof TABLES

/** A table that only databases of later releases have. */
type LaterTableName = keyof typeof LATER_TABLES

/** By which columns rows are looked up; MLflow's own indexes do not serve all of it. */
const LOOKUPS: readonly (readonly [TableName | LaterTableName, ...string[]])[] = [
  ['experiment_tags', 'experiment_id'],
  ['runs', 'experiment_id'],
  ['params', 'run_uuid'],
  ['tags', 'run_uuid'],
  ['metrics', 'run_uuid'],
  ['metrics', 'run_uuid', 'key', 'timestamp', 'step'],
  ['inputs', 'destination_id'],
  ['inputs', 'source_id'],
  ['input_tags', 'input_uuid'],
  ['datasets', 'dataset_uuid'],
  ['registered_model_tags', 'name'],
  ['registered_model_aliases', 'name'],
  ['model_versions', 'name'],
  ['model_version_tags', 'name'],
  ['logged_models', 'experiment_id'],
  ['logged_model_params', 'model_id'],
  ['logged_model_tags', 'model_id'],
  ['logged_model_metrics', 'run_id', 'metric_name', 'metric_timestamp_ms', 'metric_step'],
  ['trace_info', 'experiment_id'],
  ['trace_tags', 'request_id'],
  ['trace_request_metadata', 'request_id'],
  ['spans', 'trace_id'],
  ['assessments', 'trace_id'],
  ['entity_associations', 'source_id'],
]

/** The tables of a database, and the columns of each. */
export class Schema {
  readonly #columns = new Map<string, ReadonlySet<string>>()

  /** Plain tables only: what a view or a module makes up could be without end. */
  constructor(db: ForeignDatabase) {
    const sql = `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'`
    for (const [name] of db.rows(sql)) {
      const columns = Array.from(
        db.rows('SELECT name FROM pragma_table_info(?)', [String(name)]),
        ([column]) => String(column),
      )
      this.#columns.set(String(name), new Set(columns))
    }
  }

  /** The names of all tables. */
  tables(): readonly string[] {
    return [...this.#columns.keys()]
  }

  /** Whether there is such a table. */
  hasTable(table: string): boolean {
    return this.#columns.has(table)
  }

  /** Those of some columns that a table has. */
  only<C extends Columns>(table: string, columns: C): Partial<C> {
    const entries = Object.entries(columns).filter(([column]) => this.has(table, column))
    return Object.fromEntries(entries) as Partial<C>
  }

  /** Whether there is such a column. */
  has(table: string, column: string): boolean {
    return this.#columns.get(table)?.has(column) === true
  }

  /** INVALID_PARAMETER_VALUE where this is no database of MLflow's, or one of a release that is not known. */
  check(): void {
    if (!this.has('experiments', 'experiment_id') || !this.has('runs', 'run_uuid'))
      throw invalid(
        "This SQLite database is not MLflow's: it has no tables `experiments` and `runs`.",
      )
    const later = Object.entries(LATER_TABLES).filter(([table]) => this.hasTable(table))
    for (const [table, columns] of [...Object.entries(TABLES), ...later])
      for (const column of Object.keys(columns))
        if (!this.has(table, column)) throw unknownSchema(table, column)
  }
}

/** Makes what the look-ups lack, in the copy in memory, so that no table is gone through once a run. */
export function addIndexes(db: ForeignDatabase, schema: Schema): void {
  for (const [table, ...columns] of LOOKUPS) {
    if (!schema.hasTable(table) || isIndexed(db, table, columns)) continue
    const list = columns.map((column) => `"${column}"`).join(', ')
    db.run(`CREATE INDEX "tracklet ${table} ${columns.join(' ')}" ON "${table}" (${list})`)
  }
}

/** Whether an index begins with these columns, in any order. */
function isIndexed(db: ForeignDatabase, table: string, columns: readonly string[]): boolean {
  const names = columns.map((column) => `'${column}'`).join(', ')
  const sql = `SELECT 1 FROM pragma_index_list('${table}') l, pragma_index_info(l.name) i
    WHERE l.partial = 0 AND i.seqno < ${columns.length} AND i.name IN (${names})
    GROUP BY l.name HAVING count(DISTINCT i.name) = ${columns.length}`
  return [...db.rows(sql)].length > 0
}

function unknownSchema(table: string, column: string): Error {
  return invalid(
    `The database lacks the column ${table}.${column}: it is of an MLflow before 2.9, or of one that is not known yet. ` +
      'Bring a copy of it up to date with `mlflow db upgrade sqlite:///mlflow.db` (MLflow 2.9 to 3.18), then import that.',
  )
}

import type { Database } from '../database.js'
import type { SqlToken } from './tokens.js'
import { mentions } from './mentions.js'
import { MODEL_VIEWS } from './model-views.js'
import { TRACE_VIEWS } from './trace-views.js'

const LARGEST = '1.7976931348623157e308'

/** A stored value as MLflow's SQL store has it (SqlAlchemyStore.sanitize_metric_value): finite, 0 for NaN and for -0. */
const VALUE = `max(min(CAST(coalesce(s.value, 0) AS REAL), ${LARGEST}), -${LARGEST}) + 0.0`

const LATEST_COLUMNS = `latest_metrics(key, value, timestamp, step, is_nan, run_uuid)`
const LATEST_SELECT = `k.name AS key, ${VALUE} AS value, s.time AS timestamp, s.step AS step, s.value IS NULL AS is_nan,
  r.run_id AS run_uuid`
const LATEST_FROM = `FROM main.runs r CROSS JOIN main.series_spans g ON g.run = r.id
  CROSS JOIN main.series s ON s.id BETWEEN g.first AND g.last CROSS JOIN main.keys k ON k.id = s.key
  WHERE s.step IS NOT NULL`

/** Where no run has two series of one key. */
const LATEST = `CREATE TEMP VIEW ${LATEST_COLUMNS} AS SELECT ${LATEST_SELECT} ${LATEST_FROM}`

/** Partitioned by what a query mostly asks for, so that SQLite can look for it inside. */
const LATEST_OF_ALL_CONTEXTS = `CREATE TEMP VIEW ${LATEST_COLUMNS} AS
  SELECT key, value, timestamp, step, is_nan, run_uuid FROM (
    SELECT ${LATEST_SELECT}, row_number() OVER (PARTITION BY r.run_id, k.name
      ORDER BY s.step DESC, s.time DESC, CAST(coalesce(s.value, 0) AS REAL) DESC, s.id) AS place ${LATEST_FROM})
  WHERE place = 1`

/** Statements that make a table of MLflow's, with the columns that its SQL store has (mlflow/store/tracking/dbmodels/models.py). */
const VIEWS: Readonly<Record<string, readonly string[]>> = {
  ...MODEL_VIEWS,
  ...TRACE_VIEWS,
  // A table, so that joins by its key, which is text in the catalog, find a row at once.
  experiments: [
    `CREATE TEMP TABLE experiments(experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT,
      lifecycle_stage TEXT, creation_time INTEGER, last_update_time INTEGER, workspace TEXT)`,
    `INSERT INTO temp.experiments SELECT CAST(experiment_id AS INTEGER), name, artifact_location,
      iif(deleted_time IS NULL, 'active', 'deleted'), creation_time, last_update_time, 'default'
      FROM main.experiments`,
  ],
  runs: [
    `CREATE TEMP VIEW runs(run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
        end_time, source_version, lifecycle_stage, artifact_uri, experiment_id, deleted_time) AS
      SELECT r.run_id, r.name, 'UNKNOWN', '', '', r.user_id, r.status, r.start_time, r.end_time, '',
        iif(r.deleted_time IS NULL, 'active', 'deleted'),
        rtrim(substr(e.artifact_location, 1, instr(e.artifact_location || '?', '?') - 1), '/') || '/' || r.run_id
          || '/artifacts' || substr(e.artifact_location, instr(e.artifact_location || '?', '?')),
        CAST(e.experiment_id AS INTEGER), r.deleted_time
      FROM main.runs r JOIN main.experiments e ON e.id = r.experiment`,
  ],
  experiment_tags: [
    `CREATE TEMP VIEW experiment_tags(key, value, experiment_id) AS
      SELECT k.name, t.value, CAST(e.experiment_id AS INTEGER) FROM main.experiment_tags t
      JOIN main.keys k ON k.id = t.key JOIN main.experiments e ON e.id = t.experiment`,
  ],
  params: [pairsOfRuns('params')],
  tags: [pairsOfRuns('tags')],
  datasets: [
    `CREATE TEMP VIEW datasets(dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source,
        dataset_schema, dataset_profile) AS
      SELECT printf('%032x', d.id), CAST(e.experiment_id AS INTEGER), d.name, d.digest, d.source_type, d.source,
        d.schema, d.profile
      FROM main.datasets d JOIN main.experiments e ON e.id = d.experiment`,
  ],
  inputs: [
    `CREATE TEMP VIEW inputs(input_uuid, source_type, source_id, destination_type, destination_id, step) AS
      SELECT printf('%016x%016x', i.run, i.dataset), 'DATASET', printf('%032x', i.dataset), 'RUN', r.run_id, 0
      FROM main.inputs i JOIN main.runs r ON r.id = i.run`,
  ],
  input_tags: [
    `CREATE TEMP VIEW input_tags(input_uuid, name, value) AS
      SELECT printf('%016x%016x', run, dataset), name, value FROM main.input_tags`,
  ],
}

/**
 * Makes the views that a query may mean, `latest_metrics` among them; `metrics` is made where its points are.
 * Inside a transaction that ends with them.
 */
export function createViews(db: Database, tokens: readonly SqlToken[]): void {
  for (const [name, statements] of Object.entries(VIEWS))
    if (mentions(tokens, name)) for (const sql of statements) db.run(sql)
  if (!mentions(tokens, 'latest_metrics')) return
  const contexts = db.get('SELECT 1 FROM main.contexts LIMIT 1') !== undefined
  db.run(contexts ? LATEST_OF_ALL_CONTEXTS : LATEST)
}

function pairsOfRuns(table: 'params' | 'tags'): string {
  return `CREATE TEMP VIEW ${table}(key, value, run_uuid) AS SELECT k.name, p.value, r.run_id FROM main.${table} p
    JOIN main.keys k ON k.id = p.key JOIN main.runs r ON r.id = p.run`
}

import { memoryAdapter } from '../../../adapters/memory.js'
import { createTracker, type Tracker } from '../../../src/client/tracker.js'
import type { ImportAccess } from '../../../src/import/import-access.js'
import { IN_MEMORY } from '../../../src/client/import-from.js'
import { loadSqlite } from '../../../src/store/database.js'
import { openEngine } from '../../../src/store/engine.js'
import type { LocalStore } from '../../../src/store/store.js'

/** MLflow's tables without their rules, so that a test can put into them what it wants. */
const TABLES = `
CREATE TABLE alembic_version (version_num VARCHAR(32));
CREATE TABLE experiments (experiment_id INTEGER, name VARCHAR(256), artifact_location VARCHAR(256),
  lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT, workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE experiment_tags ("key" VARCHAR(250), value TEXT, experiment_id INTEGER);
CREATE TABLE runs (run_uuid VARCHAR(32), name VARCHAR(250), user_id VARCHAR(256), status VARCHAR(9), start_time BIGINT,
  end_time BIGINT, lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER, deleted_time BIGINT);
CREATE TABLE params ("key" VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32));
CREATE TABLE tags ("key" VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32));
CREATE TABLE metrics ("key" VARCHAR(250), value FLOAT, timestamp BIGINT, run_uuid VARCHAR(32), step BIGINT DEFAULT '0',
  is_nan BOOLEAN DEFAULT '0');
CREATE TABLE datasets (dataset_uuid VARCHAR(36), experiment_id INTEGER, name VARCHAR(500), digest VARCHAR(36),
  dataset_source_type VARCHAR(36), dataset_source TEXT, dataset_schema TEXT, dataset_profile TEXT);
CREATE TABLE inputs (input_uuid VARCHAR(36), source_type VARCHAR(36), source_id VARCHAR(36),
  destination_type VARCHAR(36), destination_id VARCHAR(36), step BIGINT DEFAULT '0');
CREATE TABLE input_tags (input_uuid VARCHAR(36), name VARCHAR(255), value VARCHAR(500));
CREATE TABLE registered_models (name VARCHAR(256), creation_time BIGINT, last_updated_time BIGINT,
  description VARCHAR(5000), workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE registered_model_tags ("key" VARCHAR(250), value VARCHAR(5000), name VARCHAR(256),
  workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE registered_model_aliases (alias VARCHAR(256), version INTEGER, name VARCHAR(256),
  workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE model_versions (name VARCHAR(256), version INTEGER, creation_time BIGINT, last_updated_time BIGINT,
  description VARCHAR(5000), user_id VARCHAR(256), current_stage VARCHAR(20), source VARCHAR(500), run_id VARCHAR(32),
  status VARCHAR(20), status_message VARCHAR(500), run_link VARCHAR(500), storage_location VARCHAR(500),
  workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE model_version_tags ("key" VARCHAR(250), value TEXT, name VARCHAR(256), version INTEGER,
  workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE logged_models (model_id VARCHAR(36), experiment_id INTEGER, name VARCHAR(500),
  artifact_location VARCHAR(1000), creation_timestamp_ms BIGINT, last_updated_timestamp_ms BIGINT, status INTEGER,
  lifecycle_stage VARCHAR(32), model_type VARCHAR(500), source_run_id VARCHAR(32), status_message VARCHAR(1000));
CREATE TABLE logged_model_params (model_id VARCHAR(36), experiment_id INTEGER, param_key VARCHAR(255), param_value TEXT);
CREATE TABLE logged_model_tags (model_id VARCHAR(36), experiment_id INTEGER, tag_key VARCHAR(255), tag_value TEXT);
CREATE TABLE logged_model_metrics (model_id VARCHAR(36), metric_name VARCHAR(500), metric_timestamp_ms BIGINT,
  metric_step BIGINT, metric_value FLOAT, experiment_id INTEGER, run_id VARCHAR(32), dataset_uuid VARCHAR(36),
  dataset_name VARCHAR(500), dataset_digest VARCHAR(36));
CREATE TABLE trace_info (request_id VARCHAR(50), experiment_id INTEGER, timestamp_ms BIGINT, execution_time_ms BIGINT,
  status VARCHAR(50), client_request_id VARCHAR(50), request_preview VARCHAR(1000), response_preview VARCHAR(1000),
  trace_name VARCHAR(4096), session_id VARCHAR(250), input_tokens BIGINT, output_tokens BIGINT, total_tokens BIGINT,
  cache_read_input_tokens BIGINT, cache_creation_input_tokens BIGINT, cache_creation_input_tokens_above_1hr BIGINT,
  input_cost FLOAT, output_cost FLOAT, total_cost FLOAT);
CREATE TABLE trace_tags ("key" VARCHAR(250), value VARCHAR(8000), request_id VARCHAR(50));
CREATE TABLE trace_request_metadata ("key" VARCHAR(250), value VARCHAR(8000), request_id VARCHAR(50));
CREATE TABLE spans (trace_id VARCHAR(50), experiment_id INTEGER, span_id VARCHAR(50), start_time_unix_nano BIGINT,
  content TEXT);
CREATE TABLE assessments (assessment_id VARCHAR(50), trace_id VARCHAR(50), name VARCHAR(250),
  assessment_type VARCHAR(20), value TEXT, error TEXT, created_timestamp BIGINT, last_updated_timestamp BIGINT,
  source_type VARCHAR(50), source_id VARCHAR(250), run_id VARCHAR(32), span_id VARCHAR(50), rationale TEXT,
  overrides VARCHAR(50), valid BOOLEAN, assessment_metadata TEXT);
CREATE TABLE entity_associations (association_id VARCHAR(36), source_type VARCHAR(36), source_id VARCHAR(36),
  destination_type VARCHAR(36), destination_id VARCHAR(36), created_time BIGINT);
`

/** A span as the table has it; ids are base64. */
const SPAN = `{"trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==", "span_id": "AAAAAAAAAAE=", "parent_span_id": null, "name": "root",
  "start_time_unix_nano": 1000000, "end_time_unix_nano": 2000000, "events": [], "links": [],
  "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.spanType": "\\"LLM\\"", "n": "3"}}`

/** Two experiments, three runs, models and traces: something in every table. */
export const ROWS = `
INSERT INTO alembic_version VALUES ('dc11669786a5');
INSERT INTO experiments VALUES (0, 'Default', '/srv/mlruns/0', 'active', 1, 2, 'default'),
  (7, 'seven', 'file:///srv/mlruns/7', 'active', 10, 20, 'default');
INSERT INTO experiment_tags VALUES ('team', 'a', 7), ('note', NULL, 7);
INSERT INTO runs VALUES
  ('aa11', 'first', 'zoë', 'FINISHED', 100, 200, 'active', 'file:///srv/mlruns/7/aa11/artifacts', 7, NULL),
  ('bb22', 'second', NULL, 'RUNNING', 101, NULL, 'active', '/srv/mlruns/7/bb22/artifacts', 7, NULL),
  ('cc33', NULL, '', 'KILLED', 102, 103, 'deleted', '/srv/mlruns/0/cc33/artifacts', 0, 500);
INSERT INTO params VALUES ('lr', '0.1', 'aa11'), ('empty', '', 'aa11');
INSERT INTO tags VALUES ('mlflow.runName', 'first', 'aa11'), ('mlflow.log-model.history', '[]', 'aa11'),
  ('mlflow.parentRunId', 'aa11', 'bb22'), ('mlflow.runName', 'named by its tag', 'cc33');
INSERT INTO metrics VALUES ('loss', 0.5, 1000, 'aa11', 1, 0), ('loss', 0.25, 999, 'aa11', 2, 0),
  ('loss', 0, 1001, 'aa11', 3, 1), ('acc', 1, 9007199254740993, 'aa11', 9223372036854775807, 0);
INSERT INTO datasets VALUES ('d1', 7, 'data', 'abc', 'http', '{}', NULL, '{"n": 1}');
INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id) VALUES
  ('i1', 'DATASET', 'd1', 'RUN', 'aa11'), ('i2', 'DATASET', 'd1', 'RUN', 'bb22'), ('i3', 'RUN_INPUT', 'x', 'MODEL_INPUT', 'm');
INSERT INTO input_tags VALUES ('i1', 'mlflow.data.context', 'train');
INSERT INTO registered_models VALUES ('m', 5, 6, 'About it.', 'default');
INSERT INTO registered_model_tags VALUES ('k', 'v', 'm', 'default');
INSERT INTO registered_model_aliases VALUES ('champion', 1, 'm', 'default');
INSERT INTO model_versions VALUES
  ('m', 1, 7, 8, 'One.', NULL, 'Production', 'models:/x', 'aa11', 'READY', NULL, 'http://x', 's3://b/x', 'default'),
  ('m', 3, 9, 9, NULL, NULL, 'Deleted_Internal', 'REDACTED', NULL, 'READY', NULL, NULL, NULL, 'default');
INSERT INTO model_version_tags VALUES ('vk', 'vv', 'm', 1, 'default');
INSERT INTO logged_models VALUES
  ('m-1', 7, 'clf', '/srv/mlruns/7/models/m-1/artifacts', 11, 12, 3, 'active', 'demo', 'aa11', NULL),
  ('m-2', 7, 'gone', '/srv/mlruns/7/models/m-2/artifacts', 13, 14, 1, 'deleted', NULL, NULL, NULL);
INSERT INTO logged_model_params VALUES ('m-1', 7, 'alpha', '0.5');
INSERT INTO logged_model_tags VALUES ('m-1', 7, 'kind', 'toy');
INSERT INTO logged_model_metrics VALUES ('m-1', 'loss', 1000, 1, 0.5, 7, 'aa11', 'd1', 'data', 'abc'),
  ('m-1', 'loss', 1001, 3, 0, 7, 'aa11', NULL, NULL, NULL);
INSERT INTO trace_info VALUES ('tr-1', 7, 50, 5, 'OK', 'own', 'asked', 'answered', 'told', 's1', 10, 20, 30, NULL, NULL,
  NULL, 0.5, NULL, 1e-07), ('tr-2', 7, 51, NULL, 'IN_PROGRESS', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, NULL);
INSERT INTO trace_tags VALUES ('team', 'a', 'tr-1'), ('mlflow.trace.spansLocation', 'TRACKING_STORE', 'tr-1'),
  ('mlflow.artifactLocation', '/srv/mlruns/7/traces/tr-2/artifacts', 'tr-2');
INSERT INTO trace_request_metadata VALUES ('mlflow.sourceRun', 'aa11', 'tr-1');
INSERT INTO spans VALUES ('tr-1', 7, '0000000000000001', 1000000, '${SPAN}');
INSERT INTO assessments VALUES
  ('a-1', 'tr-1', 'good', 'feedback', 'true', NULL, 60, 61, 'HUMAN', 'zoë', NULL, NULL, 'So.', NULL, 1, '{"k": "v"}'),
  ('a-2', 'tr-1', 'answer', 'expectation', '["a"]', NULL, 62, 63, 'CODE', NULL, NULL, '0000000000000001', NULL, NULL, 0, NULL);
INSERT INTO entity_associations VALUES ('e1', 'trace', 'tr-1', 'run', 'bb22', 70);
`

/** A database of MLflow's with these rows, and whatever else `sql` does to it. */
export function makeDatabase(sql = '', rows = ROWS): Promise<Uint8Array<ArrayBuffer>> {
  return anyDatabase(TABLES + rows + sql)
}

/** A database made by some SQL. */
export async function anyDatabase(sql: string): Promise<Uint8Array<ArrayBuffer>> {
  const { engine } = await loadSqlite()
  const db = new engine.Database()
  try {
    db.run(sql)
    return db.export().slice()
  } finally {
    db.close()
  }
}

/** A store in memory, and a tracker over it. */
export async function openStore(
  imports: ImportAccess = IN_MEMORY,
): Promise<{ store: LocalStore; tracker: Tracker }> {
  const store = await openEngine(memoryAdapter())
  return { store, tracker: createTracker(store, { imports }) }
}

/** The two tables that MLflow writes when a metric is logged, with their keys. */
export const MLFLOW_METRIC_TABLES = `
  CREATE TABLE metrics (
    key VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT NOT NULL,
    run_uuid VARCHAR(32) NOT NULL, step BIGINT DEFAULT 0 NOT NULL, is_nan BOOLEAN DEFAULT 0 NOT NULL,
    PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan)
  );
  CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
  CREATE TABLE latest_metrics (
    key VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT, step BIGINT NOT NULL,
    is_nan BOOLEAN NOT NULL, run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY (key, run_uuid)
  );`

/** Adds a point: key, value, timestamp, run, step. */
export const INSERT_POINT = 'INSERT INTO metrics VALUES (?, ?, ?, ?, ?, 0)'

/** Makes a point the latest of its key: key, value, timestamp, step, run. */
export const UPSERT_LATEST = 'INSERT OR REPLACE INTO latest_metrics VALUES (?, ?, ?, ?, 0, ?)'

/** The tables that MLflow's search reads, with their keys and indexes; where MLflow is there it makes them itself. */
export const MLFLOW_RUN_TABLES = `
  CREATE TABLE runs (
    run_uuid VARCHAR(32) NOT NULL, name VARCHAR(250), source_type VARCHAR(20), source_name VARCHAR(500),
    entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(9), start_time BIGINT, end_time BIGINT,
    source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER,
    deleted_time BIGINT, PRIMARY KEY (run_uuid)
  );
  CREATE TABLE latest_metrics (
    key VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT, step BIGINT NOT NULL,
    is_nan BOOLEAN NOT NULL, run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY (key, run_uuid)
  );
  CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics (run_uuid);
  CREATE TABLE params (
    key VARCHAR(250) NOT NULL, value VARCHAR(8000) NOT NULL, run_uuid VARCHAR(32) NOT NULL,
    PRIMARY KEY (key, run_uuid)
  );
  CREATE INDEX index_params_run_uuid ON params (run_uuid);
  CREATE TABLE tags (
    key VARCHAR(250) NOT NULL, value VARCHAR(8000), run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY (key, run_uuid)
  );
  CREATE INDEX index_tags_run_uuid ON tags (run_uuid);`

/** Adds a run that ended: id, name, start, end, artifact location. */
export const INSERT_RUN = `INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id,
  status, start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
  VALUES (?, ?, 'UNKNOWN', '', '', 'unknown', 'FINISHED', ?, ?, '', 'active', ?, 0)`

/** Adds a latest metric: key, value, timestamp, run. */
export const INSERT_LATEST =
  'INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, 1, 0, ?)'

/** Adds a param or a tag: key, value, run. */
export const insertText = (table: 'params' | 'tags'): string =>
  `INSERT INTO ${table} (key, value, run_uuid) VALUES (?, ?, ?)`

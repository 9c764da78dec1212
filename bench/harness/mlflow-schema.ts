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

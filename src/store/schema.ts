import { LOGGED_MODELS_SQL } from './schema-logged-models.js'
import { TRACES_SQL } from './schema-traces.js'

/**
 * The catalog's tables: small integer ids everywhere, no row ids where the key is the row.
 * Metric points are not here; a series' row keeps its latest point alone.
 * A run's series are found through its spans of consecutive series ids: most runs have one, where an
 * index by run would cost as much as a third of the rows themselves.
 * Times are epoch milliseconds. `value` of a series is NULL for NaN, '-0' for negative zero;
 * a series without a stored point has `step` NULL.
 */
export const SCHEMA_VERSION = 3

/**
 * The model registry. `last_version` is the highest number that a model has ever given to a version; `location` is
 * where a version's files are, NULL where that is its source.
 */
const REGISTRY_SQL = `
CREATE TABLE models(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT,
  creation_time INTEGER NOT NULL,
  last_update_time INTEGER NOT NULL,
  last_version INTEGER NOT NULL
);

CREATE TABLE model_tags(
  model INTEGER NOT NULL,
  key INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(model, key)
) WITHOUT ROWID;

CREATE TABLE aliases(
  model INTEGER NOT NULL,
  alias TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY(model, alias)
) WITHOUT ROWID;

CREATE TABLE versions(
  model INTEGER NOT NULL,
  version INTEGER NOT NULL,
  creation_time INTEGER NOT NULL,
  last_update_time INTEGER NOT NULL,
  stage TEXT NOT NULL,
  description TEXT,
  source TEXT NOT NULL,
  location TEXT,
  run_id TEXT NOT NULL,
  run_link TEXT NOT NULL,
  model_id TEXT NOT NULL,
  PRIMARY KEY(model, version)
) WITHOUT ROWID;

CREATE TABLE version_tags(
  model INTEGER NOT NULL,
  version INTEGER NOT NULL,
  key INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(model, version, key)
) WITHOUT ROWID;
`

/** Statements that make a new catalog's tables. */
export const SCHEMA_SQL = `
CREATE TABLE meta(
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE keys(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE experiments(
  id INTEGER PRIMARY KEY,
  experiment_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  artifact_location TEXT NOT NULL,
  creation_time INTEGER,
  last_update_time INTEGER,
  deleted_time INTEGER
);

CREATE TABLE experiment_tags(
  experiment INTEGER NOT NULL,
  key INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(experiment, key)
) WITHOUT ROWID;

CREATE TABLE runs(
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  experiment INTEGER NOT NULL,
  name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  status TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  end_time INTEGER,
  deleted_time INTEGER,
  owner TEXT
);
CREATE INDEX runs_by_experiment ON runs(experiment, start_time);

CREATE TABLE params(
  run INTEGER NOT NULL,
  key INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run, key)
) WITHOUT ROWID;

CREATE TABLE tags(
  run INTEGER NOT NULL,
  key INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run, key)
) WITHOUT ROWID;

CREATE TABLE contexts(
  id INTEGER PRIMARY KEY,
  model_id TEXT NOT NULL,
  dataset_name TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  UNIQUE(model_id, dataset_name, dataset_digest)
);

CREATE TABLE series(
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  key INTEGER NOT NULL,
  context INTEGER NOT NULL,
  step INTEGER,
  time INTEGER,
  value
);

CREATE TABLE series_spans(
  run INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY(run, first)
) WITHOUT ROWID;

CREATE TABLE datasets(
  id INTEGER PRIMARY KEY,
  experiment INTEGER NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  schema TEXT,
  profile TEXT,
  UNIQUE(experiment, name, digest)
);

CREATE TABLE inputs(
  run INTEGER NOT NULL,
  dataset INTEGER NOT NULL,
  PRIMARY KEY(run, dataset)
) WITHOUT ROWID;

CREATE TABLE input_tags(
  run INTEGER NOT NULL,
  dataset INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run, dataset, name)
) WITHOUT ROWID;

CREATE TABLE blobs(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  hash TEXT NOT NULL,
  refs INTEGER NOT NULL
);
CREATE INDEX blobs_by_hash ON blobs(hash);

CREATE TABLE artifacts(
  run INTEGER NOT NULL,
  path TEXT NOT NULL,
  blob INTEGER NOT NULL,
  PRIMARY KEY(run, path)
) WITHOUT ROWID;
${REGISTRY_SQL}${LOGGED_MODELS_SQL}${TRACES_SQL}
INSERT INTO meta VALUES('schema_version', '${SCHEMA_VERSION}');
`

/** What turns a catalog of version n into one of version n + 1. */
export const SCHEMA_UPGRADES: Readonly<Record<number, string>> = {
  1: REGISTRY_SQL,
  2: `${LOGGED_MODELS_SQL}${TRACES_SQL}`,
}

/** The FROM clause of a run's series `s`, by id; its parameter is the run. */
export const SERIES_OF_RUN = `FROM series_spans g CROSS JOIN series s
  ON s.id BETWEEN g.first AND g.last WHERE g.run = ?`

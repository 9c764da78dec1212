/**
 * The tables of logged models. Their ids are of one number space with those of runs, so that the `artifacts` table's
 * `run` may be a model. `run_models` has the models that a run has used or made, by their text ids: they need not exist.
 * The index finds the points of a model: series that have a context are few.
 */
export const LOGGED_MODELS_SQL = `
CREATE TABLE logged_models(
  id INTEGER PRIMARY KEY,
  model_id TEXT NOT NULL UNIQUE,
  experiment INTEGER NOT NULL,
  name TEXT NOT NULL,
  model_type TEXT,
  source_run_id TEXT,
  status TEXT NOT NULL,
  creation_time INTEGER NOT NULL,
  last_update_time INTEGER NOT NULL,
  deleted_time INTEGER
);
CREATE INDEX logged_models_by_experiment ON logged_models(experiment);

CREATE TABLE logged_model_params(
  model INTEGER NOT NULL,
  key INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(model, key)
) WITHOUT ROWID;

CREATE TABLE logged_model_tags(
  model INTEGER NOT NULL,
  key INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(model, key)
) WITHOUT ROWID;

CREATE TABLE run_models(
  run INTEGER NOT NULL,
  role TEXT NOT NULL,
  model_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  PRIMARY KEY(run, role, model_id)
) WITHOUT ROWID;

CREATE INDEX series_by_context ON series(context) WHERE context <> 0;
`

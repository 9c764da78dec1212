/**
 * The tables of traces. Their ids are of one number space with those of runs, so that the `artifacts` table's `run` may be
 * a trace. Names and keys of metadata and tags are in the dictionary of keys. `content` of a span is its attributes, events
 * and links as JSON, by `catalog/traces/span-content.ts`; its times are nanoseconds. `value` of an assessment is JSON. Links
 * of runs and traces are by their text ids: MLflow's clients make them before either may be there.
 */
export const TRACES_SQL = `
CREATE TABLE traces(
  id INTEGER PRIMARY KEY,
  trace_id TEXT NOT NULL UNIQUE,
  experiment INTEGER NOT NULL,
  client_request_id TEXT,
  request_preview TEXT,
  response_preview TEXT,
  request_time INTEGER NOT NULL,
  duration INTEGER,
  state TEXT NOT NULL
);
CREATE INDEX traces_by_experiment ON traces(experiment, request_time);

CREATE TABLE trace_metadata(
  trace INTEGER NOT NULL,
  key INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(trace, key)
) WITHOUT ROWID;

CREATE TABLE trace_tags(
  trace INTEGER NOT NULL,
  key INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(trace, key)
) WITHOUT ROWID;

CREATE TABLE spans(
  trace INTEGER NOT NULL,
  span_id TEXT NOT NULL,
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT,
  status TEXT NOT NULL,
  message TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  end_time INTEGER NOT NULL,
  content TEXT NOT NULL,
  UNIQUE(trace, span_id)
);

CREATE TABLE assessments(
  id INTEGER PRIMARY KEY,
  trace INTEGER NOT NULL,
  assessment_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  error TEXT,
  source_type TEXT NOT NULL,
  source_id TEXT NOT NULL,
  span_id TEXT,
  creation_time INTEGER NOT NULL,
  last_update_time INTEGER NOT NULL,
  rationale TEXT,
  metadata TEXT NOT NULL,
  overrides TEXT,
  valid INTEGER NOT NULL
);
CREATE INDEX assessments_by_trace ON assessments(trace);

CREATE TABLE trace_runs(
  run_id TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  PRIMARY KEY(run_id, trace_id)
) WITHOUT ROWID;
CREATE INDEX trace_runs_by_trace ON trace_runs(trace_id);
`

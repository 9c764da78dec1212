const EXPERIMENTS = 'JOIN main.experiments e ON e.id = t.experiment'

/** Statements that make MLflow's tables of traces, but for what it derives for its charts (mlflow/store/tracking/dbmodels). */
export const TRACE_VIEWS: Readonly<Record<string, readonly string[]>> = {
  trace_info: [
    `CREATE TEMP VIEW trace_info(request_id, experiment_id, timestamp_ms, execution_time_ms, status,
        client_request_id, request_preview, response_preview) AS
      SELECT t.trace_id, CAST(e.experiment_id AS INTEGER), t.request_time, t.duration, t.state,
        t.client_request_id, t.request_preview, t.response_preview FROM main.traces t ${EXPERIMENTS}`,
  ],
  trace_tags: [pairsOfTraces('trace_tags', 'trace_tags')],
  trace_request_metadata: [pairsOfTraces('trace_request_metadata', 'trace_metadata')],
  spans: [
    `CREATE TEMP VIEW spans(trace_id, experiment_id, span_id, parent_span_id, name, type, status,
        start_time_unix_nano, end_time_unix_nano) AS
      SELECT t.trace_id, CAST(e.experiment_id AS INTEGER), s.span_id, nullif(s.parent_id, ''), s.name, s.type,
        s.status, s.start_time, nullif(s.end_time, 0)
      FROM main.spans s JOIN main.traces t ON t.id = s.trace ${EXPERIMENTS}`,
  ],
  assessments: [
    `CREATE TEMP VIEW assessments(assessment_id, trace_id, name, assessment_type, value, error, created_timestamp,
        last_updated_timestamp, source_type, source_id, span_id, rationale, overrides, valid, assessment_metadata,
        experiment_id) AS
      SELECT a.assessment_id, t.trace_id, a.name, a.kind, a.value, a.error, a.creation_time, a.last_update_time,
        a.source_type, a.source_id, a.span_id, a.rationale, a.overrides, a.valid, a.metadata,
        CAST(e.experiment_id AS INTEGER)
      FROM main.assessments a JOIN main.traces t ON t.id = a.trace ${EXPERIMENTS}`,
  ],
}

function pairsOfTraces(view: string, table: string): string {
  return `CREATE TEMP VIEW ${view}(key, value, request_id) AS SELECT k.name, p.value, t.trace_id FROM main.${table} p
    JOIN main.keys k ON k.id = p.key JOIN main.traces t ON t.id = p.trace`
}

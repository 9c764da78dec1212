/**
 * Tables that came after MLflow 2.9, as `TABLES` has the others: of traces (2.14), of logged models (3.0), of assessments,
 * spans and links (after 3.1, all by 3.6). Of a table that is there, every column here is there too.
 */
export const LATER_TABLES = {
  logged_models: {
    model_id: 'text',
    experiment_id: 'integer',
    name: 'text',
    artifact_location: 'text',
    creation_timestamp_ms: 'integer',
    last_updated_timestamp_ms: 'integer',
    status: 'integer',
    lifecycle_stage: 'text',
    model_type: 'text',
    source_run_id: 'text',
    status_message: 'text',
  },
  logged_model_params: { model_id: 'text', param_key: 'text', param_value: 'text' },
  logged_model_tags: { model_id: 'text', tag_key: 'text', tag_value: 'text' },
  logged_model_metrics: {
    model_id: 'text',
    metric_name: 'text',
    metric_timestamp_ms: 'integer',
    metric_step: 'integer',
    metric_value: 'integer',
    run_id: 'text',
    dataset_name: 'text',
    dataset_digest: 'text',
  },
  trace_info: {
    request_id: 'text',
    experiment_id: 'integer',
    timestamp_ms: 'integer',
    execution_time_ms: 'integer',
    status: 'text',
  },
  trace_tags: { request_id: 'text', key: 'text', value: 'text' },
  trace_request_metadata: { request_id: 'text', key: 'text', value: 'text' },
  spans: {
    trace_id: 'text',
    span_id: 'text',
    start_time_unix_nano: 'integer',
    content: 'text',
  },
  assessments: {
    assessment_id: 'text',
    trace_id: 'text',
    name: 'text',
    assessment_type: 'text',
    value: 'text',
    error: 'text',
    created_timestamp: 'integer',
    last_updated_timestamp: 'integer',
    source_type: 'text',
    source_id: 'text',
    span_id: 'text',
    rationale: 'text',
    overrides: 'text',
    valid: 'integer',
    assessment_metadata: 'text',
  },
  entity_associations: {
    source_type: 'text',
    source_id: 'text',
    destination_type: 'text',
    destination_id: 'text',
  },
} as const

/**
 * Columns of `trace_info` that came after 3.1; from `trace_name` on by 3.17, which keeps there what were a tag and metadata
 * before.
 */
export const LATER_TRACE_COLUMNS = {
  client_request_id: 'text',
  request_preview: 'text',
  response_preview: 'text',
  trace_name: 'text',
  session_id: 'text',
  input_tokens: 'integer',
  output_tokens: 'integer',
  total_tokens: 'integer',
  cache_read_input_tokens: 'integer',
  cache_creation_input_tokens: 'integer',
  cache_creation_input_tokens_above_1hr: 'integer',
  input_cost: 'integer',
  output_cost: 'integer',
  total_cost: 'integer',
} as const

// MLflow's SQL store keeps a point of a logged model twice: in `metrics`, and in `logged_model_metrics`, which says whose
// it is but not whether it is NaN (`_log_model_metrics` of sqlalchemy_store.py writes 0 then).

/** The rows of `metrics` at the place of a row of `logged_model_metrics`. */
const SAME_PLACE = `SELECT 1 FROM metrics m WHERE m.run_uuid = l.run_id AND m."key" = l.metric_name
    AND m.timestamp = l.metric_timestamp_ms AND m.step = l.metric_step`
/** Whether a NaN is meant by a 0: there is one, and no 0 beside it. */
const IS_NAN = `l.metric_value = 0 AND EXISTS (${SAME_PLACE} AND m.is_nan = 1)
    AND NOT EXISTS (${SAME_PLACE} AND m.is_nan = 0 AND m.value = 0)`
/** Whether a model has the point of a row of `metrics`. */
const OF_A_MODEL = `SELECT 1 FROM logged_model_metrics l WHERE l.run_id = p.run_uuid AND l.metric_name = p."key"
    AND l.metric_timestamp_ms = p.timestamp AND l.metric_step = p.step AND l.metric_value = p.value
    AND (p.is_nan IS NOT 1 OR ${IS_NAN})`

/** A text; NULL for what is none, or what would be cut at a NUL. */
function text(column: string): string {
  return `CASE WHEN typeof(${column}) = 'text' AND instr(CAST(${column} AS BLOB), x'00') = 0 THEN ${column} END`
}

/** The same, '' for NULL; another thing stays what it is. */
function textOrNone(column: string): string {
  return `CASE WHEN ${column} IS NULL THEN '' ELSE ${text(column)} END`
}

const COLUMNS = `${text('p."key"')}, p.timestamp, p.step, p.value, p.is_nan FROM metrics p WHERE p.run_uuid = ?`
const ORDER = `ORDER BY p."key", p.timestamp, p.step, p.value`

/** All points of a run: key, time, step, value, whether it is NaN. */
export const RUN_POINTS = `SELECT ${COLUMNS} ${ORDER}`

/** Those that are none of a logged model's. */
export const RUN_POINTS_OF_NO_MODEL = `SELECT ${COLUMNS} AND NOT EXISTS (${OF_A_MODEL}) ${ORDER}`

/** Those of logged models: the same columns, then model, dataset, its digest, and whether the run has it too. */
export const MODEL_POINTS = `SELECT ${text('l.metric_name')}, l.metric_timestamp_ms, l.metric_step, l.metric_value,
    ${IS_NAN}, ${text('l.model_id')}, ${textOrNone('l.dataset_name')}, ${textOrNone('l.dataset_digest')},
    EXISTS (${SAME_PLACE} AND m.value = l.metric_value)
  FROM logged_model_metrics l WHERE l.run_id = ?
  ORDER BY l.metric_name, l.model_id, l.dataset_name, l.dataset_digest, l.metric_timestamp_ms, l.metric_step, l.metric_value`

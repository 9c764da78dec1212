import { dropArtifactsOf } from './apply-artifacts.js'
import { changeOne, raise } from './apply-effects.js'
import type { Effects, Interpreters } from './apply-effects.js'
import type { AssessmentRecord, SpanRecord, TraceCommand } from './commands-traces.js'
import type { Database } from './database.js'

const PUT_TRACE = `INSERT INTO traces VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET
  experiment = excluded.experiment, client_request_id = excluded.client_request_id,
  request_preview = excluded.request_preview, response_preview = excluded.response_preview,
  request_time = excluded.request_time, duration = excluded.duration, state = excluded.state`

const PUT_SPAN = `INSERT INTO spans VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(trace, span_id) DO UPDATE SET
  parent_id = excluded.parent_id, name = excluded.name, type = excluded.type, status = excluded.status,
  message = excluded.message, start_time = excluded.start_time, end_time = excluded.end_time, content = excluded.content`

const PUT_ASSESSMENT = `INSERT INTO assessments VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT(assessment_id) DO UPDATE SET trace = excluded.trace, name = excluded.name, kind = excluded.kind,
  value = excluded.value, error = excluded.error, source_type = excluded.source_type, source_id = excluded.source_id,
  span_id = excluded.span_id, creation_time = excluded.creation_time, last_update_time = excluded.last_update_time,
  rationale = excluded.rationale, metadata = excluded.metadata, overrides = excluded.overrides, valid = excluded.valid`

/** What belongs to a trace, beside its row, files and links. */
const TABLES_OF_TRACE = ['trace_metadata', 'trace_tags', 'spans', 'assessments'] as const

/** How the commands of traces are applied. */
export const TRACE_INTERPRETERS: Interpreters<TraceCommand['t']> = {
  putTrace(db, command, effects) {
    db.run(PUT_TRACE, [
      command.id,
      command.traceId,
      command.experiment,
      command.clientRequestId,
      command.requestPreview,
      command.responsePreview,
      command.requestTime,
      command.duration,
      command.state,
    ])
    raise(effects, 'run', command.id)
  },

  deleteTrace(db, { id }, effects) {
    deleteTrace(db, id, effects)
  },

  setTraceTags(db, { trace, tags }) {
    for (const [key, value] of tags) setText(db, 'trace_tags', [trace, key, value])
  },

  deleteTraceTag(db, { trace, key }) {
    db.run('DELETE FROM trace_tags WHERE trace = ? AND key = ?', [trace, key])
  },

  setTraceMetadata(db, { trace, metadata, removed }) {
    for (const key of removed)
      db.run('DELETE FROM trace_metadata WHERE trace = ? AND key = ?', [trace, key])
    for (const [key, value] of metadata) setText(db, 'trace_metadata', [trace, key, value])
  },

  putSpans(db, { trace, spans }) {
    for (const span of spans) putSpan(db, trace, span)
  },

  linkTraces(db, { runId, traceIds }) {
    for (const traceId of traceIds)
      db.run('INSERT OR IGNORE INTO trace_runs VALUES(?, ?)', [runId, traceId])
  },

  putAssessment(db, { trace, assessment }) {
    putAssessment(db, trace, assessment)
  },

  validateAssessment(db, { trace, assessmentId, valid }) {
    const sql = 'UPDATE assessments SET valid = ? WHERE trace = ? AND assessment_id = ?'
    changeOne(db.run(sql, [Number(valid), trace, assessmentId]), 'trace with an assessment', trace)
  },

  deleteAssessment(db, { trace, assessmentId }) {
    const sql = 'DELETE FROM assessments WHERE trace = ? AND assessment_id = ?'
    changeOne(db.run(sql, [trace, assessmentId]), 'trace with an assessment', trace)
  },
}

/** Removes the traces of an experiment with what belongs to them. */
export function deleteTracesOf(db: Database, experiment: number, effects: Effects): void {
  for (const [id] of db.all('SELECT id FROM traces WHERE experiment = ?', [experiment]))
    deleteTrace(db, Number(id), effects)
}

function deleteTrace(db: Database, id: number, effects: Effects): void {
  dropArtifactsOf(db, id, effects.released)
  for (const table of TABLES_OF_TRACE) db.run(`DELETE FROM ${table} WHERE trace = ?`, [id])
  db.run('DELETE FROM trace_runs WHERE trace_id = (SELECT trace_id FROM traces WHERE id = ?)', [id])
  changeOne(db.run('DELETE FROM traces WHERE id = ?', [id]), 'trace', id)
}

function setText(
  db: Database,
  table: 'trace_tags' | 'trace_metadata',
  row: readonly [trace: number, key: number, value: string],
): void {
  const sql = `INSERT INTO ${table} VALUES(?, ?, ?) ON CONFLICT(trace, key) DO UPDATE SET value = excluded.value`
  db.run(sql, row)
}

function putSpan(db: Database, trace: number, span: SpanRecord): void {
  db.run(PUT_SPAN, [
    trace,
    span.spanId,
    span.parentId,
    span.name,
    span.type,
    span.status,
    span.message,
    span.start,
    span.end,
    span.content,
  ])
}

function putAssessment(db: Database, trace: number, assessment: AssessmentRecord): void {
  db.run(PUT_ASSESSMENT, [
    trace,
    assessment.assessmentId,
    assessment.name,
    assessment.kind,
    assessment.value,
    assessment.error,
    assessment.sourceType,
    assessment.sourceId,
    assessment.spanId,
    assessment.createTime,
    assessment.lastUpdateTime,
    assessment.rationale,
    assessment.metadata,
    assessment.overrides,
    Number(assessment.valid),
  ])
}

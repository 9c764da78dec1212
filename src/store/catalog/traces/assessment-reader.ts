import type { JsonValue } from '../../../entities/json-value.js'
import type { Assessment } from '../../../entities/trace.js'
import { validateRequired } from '../../../entities/validate.js'
import { TrackletError } from '../../../errors.js'
import type { AssessmentRecord } from '../../commands-traces.js'
import type { SqlValue } from '../../database.js'
import type { CatalogState } from '../state.js'
import { traceOf } from './lookup.js'
import type { TraceRow } from './lookup.js'

type Feedback = NonNullable<Assessment['feedback']>

const SELECT = `SELECT assessment_id, name, kind, value, error, source_type, source_id, span_id, creation_time,
  last_update_time, rationale, metadata, overrides, valid FROM assessments WHERE trace = ?`

/** An assessment of a trace; RESOURCE_DOES_NOT_EXIST where there is no such trace or assessment. */
export function getAssessment(
  state: CatalogState,
  traceId: string,
  assessmentId: string,
): Assessment {
  const { trace, record } = findAssessment(state, traceId, assessmentId)
  return toAssessment(trace.traceId, record)
}

/** The same, as its row. */
export function findAssessment(
  state: CatalogState,
  traceId: string,
  assessmentId: string,
): { readonly trace: TraceRow; readonly record: AssessmentRecord } {
  const trace = traceOf(state, validateRequired(traceId, 'trace_id'))
  const id = validateRequired(assessmentId, 'assessment_id')
  if (trace === null)
    throw new TrackletError(
      'RESOURCE_DOES_NOT_EXIST',
      `Trace with request_id '${traceId}' not found`,
    )
  const record = assessmentOf(state, trace, id)
  if (record === null) throw noAssessment(trace.traceId, id)
  return { trace, record }
}

/** A trace's assessment of a checked id; null where there is none. */
export function assessmentOf(
  state: CatalogState,
  trace: TraceRow,
  assessmentId: string,
): AssessmentRecord | null {
  const row = state.db.get(`${SELECT} AND assessment_id = ?`, [trace.id, assessmentId])
  return row === undefined ? null : toRecord(row)
}

/** The assessments of a trace, in order of their making. */
export function readAssessments(state: CatalogState, trace: TraceRow): Assessment[] {
  return assessmentRecords(state, trace.id).map((record) => toAssessment(trace.traceId, record))
}

/** The same, as rows. */
export function assessmentRecords(state: CatalogState, trace: number): AssessmentRecord[] {
  return state.db.all(`${SELECT} ORDER BY id`, [trace]).map(toRecord)
}

/** MLflow's words for an assessment that a trace does not have. */
export function noAssessment(traceId: string, assessmentId: string): TrackletError {
  return new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `Assessment with ID '${assessmentId}' not found for trace '${traceId}'`,
  )
}

/** A row as the port gives it. */
export function toAssessment(traceId: string, record: AssessmentRecord): Assessment {
  const { kind, value: json, error, sourceType, sourceId, metadata, ...own } = record
  const value = JSON.parse(json) as JsonValue
  return {
    ...own,
    traceId,
    source: { sourceType, sourceId },
    feedback:
      kind === 'feedback'
        ? { value, error: error === null ? null : (JSON.parse(error) as Feedback['error']) }
        : null,
    expectation: kind === 'expectation' ? { value } : null,
    metadata: JSON.parse(metadata) as Record<string, string>,
  }
}

function toRecord(row: readonly SqlValue[]): AssessmentRecord {
  const [assessmentId, name, kind, value, error, sourceType, sourceId, spanId, ...rest] = row
  const [created, updated, rationale, metadata, overrides, valid] = rest
  return {
    assessmentId: String(assessmentId),
    name: String(name),
    kind: kind as AssessmentRecord['kind'],
    value: String(value),
    error: error as string | null,
    sourceType: sourceType as AssessmentRecord['sourceType'],
    sourceId: String(sourceId),
    spanId: spanId as string | null,
    createTime: Number(created),
    lastUpdateTime: Number(updated),
    rationale: rationale as string | null,
    metadata: String(metadata),
    overrides: overrides as string | null,
    valid: valid === 1,
  }
}

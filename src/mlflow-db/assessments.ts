import type { JsonValue } from '../entities/json-value.js'
import type { Assessment } from '../entities/trace.js'
import { fieldText, toAssessmentError, toSourceType } from '../import/assessment-fields.js'
import type { Fields } from '../import/assessment-fields.js'
import { LATER_TABLES } from './later-tables.js'
import { BadRow, doubting, readRows } from './rows.js'
import type { Row } from './rows.js'
import type { RunReading } from './runs.js'

type AssessmentRow = Row<typeof LATER_TABLES.assessments>

const OF_TRACE = 'WHERE trace_id = ? ORDER BY created_timestamp, assessment_id'
/** Judgements that name an issue, which `left-out.ts` counts. */
const ISSUE = 'issue'

/** The assessments of a trace, the oldest first; `path` is where they are in the source. */
export function readAssessments(
  { db, schema, doubt }: RunReading,
  traceId: string,
  path: string,
): Assessment[] {
  if (!schema.hasTable('assessments')) return []
  const assessments: Assessment[] = []
  for (const row of readRows(db, 'assessments', LATER_TABLES.assessments, OF_TRACE, [traceId])) {
    const assessment = doubting(path, doubt, () => toAssessment(row, traceId))
    if (assessment !== null) assessments.push(assessment)
  }
  return assessments
}

function toAssessment(row: AssessmentRow, traceId: string): Assessment | null {
  const type = row.text('assessment_type')
  if (type === ISSUE) return null
  if (type !== 'feedback' && type !== 'expectation')
    throw new BadRow('it is neither feedback nor an expectation')
  const createTime = row.integer('created_timestamp')
  if (createTime === null) throw new BadRow("'created_timestamp' is missing")
  const value = jsonOf(row, 'value') ?? null
  return {
    assessmentId: row.required('assessment_id'),
    name: row.text('name') ?? '',
    traceId,
    spanId: row.text('span_id'),
    source: {
      sourceType: toSourceType(row.text('source_type')),
      sourceId: row.text('source_id') ?? '',
    },
    createTime,
    lastUpdateTime: row.integer('last_updated_timestamp') ?? createTime,
    feedback: type === 'feedback' ? { value, error: toError(row) } : null,
    expectation: type === 'expectation' ? { value } : null,
    rationale: row.text('rationale'),
    metadata: toMetadata(row),
    overrides: row.text('overrides'),
    valid: row.integer('valid') !== 0,
  }
}

function toError(row: AssessmentRow): NonNullable<Assessment['feedback']>['error'] {
  const error = fieldsOf(row, 'error')
  return error === null ? null : toAssessmentError(error)
}

function toMetadata(row: AssessmentRow): Record<string, string> {
  const entries = Object.entries(fieldsOf(row, 'assessment_metadata') ?? {})
  return Object.fromEntries(entries.map(([key, value]) => [key, fieldText(value) ?? '']))
}

function fieldsOf(row: AssessmentRow, column: 'error' | 'assessment_metadata'): Fields | null {
  const value = jsonOf(row, column) ?? null
  if (value === null) return null
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields
  throw new BadRow(`'${column}' is no object`)
}

/** Undefined for NULL. */
function jsonOf(
  row: AssessmentRow,
  column: 'value' | 'error' | 'assessment_metadata',
): JsonValue | undefined {
  const text = row.text(column)
  if (text === null) return undefined
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new BadRow(`'${column}' is no JSON`)
  }
}

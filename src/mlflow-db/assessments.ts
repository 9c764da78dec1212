import type { JsonValue } from '../entities/json-value.js'
import type { Assessment, AssessmentSourceType } from '../entities/trace.js'
import { LATER_TABLES } from './later-tables.js'
import { BadRow, doubting, readRows } from './rows.js'
import type { Row } from './rows.js'
import type { RunReading } from './runs.js'

type AssessmentRow = Row<typeof LATER_TABLES.assessments>
type Fields = Readonly<Record<string, JsonValue>>

const OF_TRACE = 'WHERE trace_id = ? ORDER BY created_timestamp, assessment_id'
const SOURCE_TYPES: readonly AssessmentSourceType[] = ['HUMAN', 'LLM_JUDGE', 'CODE']
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
    source: { sourceType: toSourceType(row), sourceId: row.text('source_id') ?? '' },
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

/** `AI_JUDGE` is the older name, which MLflow reads as the newer one. */
function toSourceType(row: AssessmentRow): AssessmentSourceType {
  const text = row.text('source_type')
  if (text === 'AI_JUDGE') return 'LLM_JUDGE'
  return SOURCE_TYPES.find((known) => known === text) ?? 'SOURCE_TYPE_UNSPECIFIED'
}

function toError(row: AssessmentRow): NonNullable<Assessment['feedback']>['error'] {
  const error = fieldsOf(row, 'error')
  if (error === null) return null
  return {
    errorCode: textOf(error['error_code']) ?? '',
    errorMessage: textOf(error['error_message']),
    stackTrace: textOf(error['stack_trace']),
  }
}

function toMetadata(row: AssessmentRow): Record<string, string> {
  const entries = Object.entries(fieldsOf(row, 'assessment_metadata') ?? {})
  return Object.fromEntries(entries.map(([key, value]) => [key, textOf(value) ?? '']))
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

function textOf(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

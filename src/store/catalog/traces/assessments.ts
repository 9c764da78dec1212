import { newUuidHex } from '../../../entities/ids.js'
import { invalid, invalidValue, missing, wrongType } from '../../../entities/invalid.js'
import { ASSESSMENT_SOURCE_TYPES } from '../../../entities/trace.js'
import type { Assessment } from '../../../entities/trace.js'
import {
  isRecord,
  validateRequired,
  validateSafeInteger,
  validateText,
} from '../../../entities/validate.js'
import { validateJson, validateOptional, validateTexts } from '../../../entities/validate-json.js'
import type { AssessmentRecord } from '../../commands-traces.js'
import type { Plan } from '../../commands.js'
import type { CreateAssessment, TraceStore } from '../../trace-store.js'
import { Draft, nothingToDo } from '../draft.js'
import type { CatalogState } from '../state.js'
import { assessmentOf, findAssessment, getAssessment, noAssessment } from './assessment-reader.js'
import { findTrace, traceOf } from './lookup.js'
import type { TraceRow } from './lookup.js'

/** What an update may change. */
export type AssessmentChange = Parameters<TraceStore['updateAssessment']>[2]

type Feedback = NonNullable<Assessment['feedback']>
type Judgement = Pick<AssessmentRecord, 'kind' | 'value' | 'error'>

/** Makes an assessment; the one that it overrides is no longer valid. */
export function planCreateAssessment(
  state: CatalogState,
  traceId: string,
  given: CreateAssessment,
): Plan<Assessment> {
  const trace = findTrace(state, traceId)
  const record = toRecord(state, given)
  if (isTaken(state, record.assessmentId))
    throw invalid(`An assessment with the ID '${record.assessmentId}' exists already.`)
  const draft = new Draft(state)
  const { overrides } = record
  if (overrides !== null) {
    if (assessmentOf(state, trace, overrides) === null) throw noAssessment(trace.traceId, overrides)
    draft.add({ t: 'validateAssessment', trace: trace.id, assessmentId: overrides, valid: false })
  }
  draft.add({ t: 'putAssessment', trace: trace.id, assessment: record })
  return draft.plan(() => getAssessment(state, trace.traceId, record.assessmentId))
}

/** Adds an assessment that comes with its trace: one of its id is replaced, and what it overrides stays as it is. */
export function draftAssessment(
  state: CatalogState,
  draft: Draft,
  trace: Pick<TraceRow, 'id' | 'traceId'>,
  given: CreateAssessment,
): void {
  const assessment = toRecord(state, given)
  const owner = ownerOf(state, assessment.assessmentId)
  if (owner !== null && owner !== trace.id)
    throw invalid(
      `The assessment '${assessment.assessmentId}' is one of another trace than '${trace.traceId}'.`,
    )
  draft.add({ t: 'putAssessment', trace: trace.id, assessment })
}

/** Changes what is given; metadata joins what there is. */
export function planUpdateAssessment(
  state: CatalogState,
  traceId: string,
  assessmentId: string,
  change: AssessmentChange,
): Plan<Assessment> {
  if (!isRecord(change)) throw wrongType('change', change)
  const { trace, record } = findAssessment(state, traceId, assessmentId)
  const metadata = {
    ...(JSON.parse(record.metadata) as Record<string, string>),
    ...Object.fromEntries(validateTexts(change.metadata, 'metadata')),
  }
  const assessment = {
    ...record,
    ...changedJudgement(record.kind, change),
    name: change.name == null ? record.name : validateText(change.name, 'assessment_name'),
    rationale:
      change.rationale == null ? record.rationale : validateText(change.rationale, 'rationale'),
    metadata: JSON.stringify(metadata),
    lastUpdateTime: state.around.now(),
  }
  const draft = new Draft(state)
  draft.add({ t: 'putAssessment', trace: trace.id, assessment })
  return draft.plan(() => getAssessment(state, traceId, assessmentId))
}

/** Removes an assessment, if it is there; the one that it overrode is valid again. */
export function planDeleteAssessment(
  state: CatalogState,
  traceId: string,
  assessmentId: string,
): Plan<void> {
  const trace = traceOf(state, validateRequired(traceId, 'trace_id'))
  const id = validateRequired(assessmentId, 'assessment_id')
  const record = trace && assessmentOf(state, trace, id)
  if (trace === null || record === null) return nothingToDo(() => undefined)
  const draft = new Draft(state)
  const { overrides } = record
  if (overrides !== null && overrides !== id && assessmentOf(state, trace, overrides) !== null)
    draft.add({ t: 'validateAssessment', trace: trace.id, assessmentId: overrides, valid: true })
  draft.add({ t: 'deleteAssessment', trace: trace.id, assessmentId: id })
  return draft.plan(() => undefined)
}

function toRecord(state: CatalogState, given: CreateAssessment): AssessmentRecord {
  if (!isRecord(given)) throw wrongType('assessment', given)
  const now = state.around.now()
  const id = validateOptional(given.assessmentId, 'assessment_id')
  return {
    assessmentId: id === null || id === '' ? `a-${newUuidHex(state.around.randomBytes)}` : id,
    name: validateText(given.name, 'assessment_name'),
    ...toJudgement(given),
    ...toSource(given.source),
    spanId: validateOptional(given.spanId, 'span_id'),
    createTime: validateSafeInteger(given.createTime || now, 'create_time'),
    lastUpdateTime: validateSafeInteger(given.lastUpdateTime || now, 'last_update_time'),
    rationale: validateOptional(given.rationale, 'rationale'),
    metadata: JSON.stringify(Object.fromEntries(validateTexts(given.metadata, 'metadata'))),
    overrides: validateOptional(given.overrides, 'overrides'),
    valid: true,
  }
}

function toSource(
  source: CreateAssessment['source'],
): Pick<AssessmentRecord, 'sourceType' | 'sourceId'> {
  if (source === undefined) throw missing('source')
  if (!isRecord(source)) throw wrongType('source', source)
  const sourceType = ASSESSMENT_SOURCE_TYPES.find((known) => known === source.sourceType)
  if (sourceType === undefined)
    throw invalidValue(
      'source.source_type',
      source.sourceType,
      `It must be one of ${ASSESSMENT_SOURCE_TYPES.join(', ')}.`,
    )
  return { sourceType, sourceId: validateText(source.sourceId, 'source.source_id') }
}

function toJudgement({ feedback, expectation }: CreateAssessment): Judgement {
  const [asFeedback, asExpectation] = [feedback ?? null, expectation ?? null]
  if ((asFeedback === null) === (asExpectation === null))
    throw invalid('Exactly one of `expectation` and `feedback` must be specified.')
  return asFeedback === null ? expectationRecord(asExpectation) : feedbackRecord(asFeedback)
}

function changedJudgement(
  kind: AssessmentRecord['kind'],
  { feedback, expectation }: AssessmentChange,
): Partial<Judgement> {
  const [asFeedback, asExpectation] = [feedback ?? null, expectation ?? null]
  if (asFeedback !== null && asExpectation !== null)
    throw invalid('Cannot specify both `expectation` and `feedback` parameters.')
  if (asExpectation !== null && kind === 'feedback')
    throw invalid('Cannot update expectation value on a Feedback assessment.')
  if (asFeedback !== null && kind === 'expectation')
    throw invalid('Cannot update feedback value on an Expectation assessment.')
  if (asFeedback !== null) return feedbackRecord(asFeedback)
  return asExpectation === null ? {} : expectationRecord(asExpectation)
}

function feedbackRecord(feedback: Feedback): Judgement {
  if (!isRecord(feedback)) throw wrongType('feedback', feedback)
  const { value = null, error } = feedback
  return {
    kind: 'feedback',
    value: JSON.stringify(validateJson(value, 'feedback.value')),
    error: error == null ? null : JSON.stringify(toError(error)),
  }
}

function toError(error: NonNullable<Feedback['error']>): Feedback['error'] {
  if (!isRecord(error)) throw wrongType('feedback.error', error)
  return {
    errorCode: validateText(error.errorCode, 'feedback.error.error_code'),
    errorMessage: validateOptional(error.errorMessage, 'feedback.error.error_message'),
    stackTrace: validateOptional(error.stackTrace, 'feedback.error.stack_trace'),
  }
}

function expectationRecord(expectation: Assessment['expectation']): Judgement {
  if (!isRecord(expectation)) throw wrongType('expectation', expectation)
  const value = expectation?.value ?? null
  if (value === null) throw invalid('The `value` field must be specified.')
  return {
    kind: 'expectation',
    value: JSON.stringify(validateJson(value, 'expectation.value')),
    error: null,
  }
}

function isTaken(state: CatalogState, assessmentId: string): boolean {
  return ownerOf(state, assessmentId) !== null
}

/** The trace, by its internal id, that has an assessment of this id. */
function ownerOf(state: CatalogState, assessmentId: string): number | null {
  const row = state.db.get('SELECT trace FROM assessments WHERE assessment_id = ?', [assessmentId])
  return row === undefined ? null : Number(row[0])
}

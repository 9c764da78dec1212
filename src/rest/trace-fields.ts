import { invalid } from '../entities/invalid.js'
import type { JsonValue } from '../entities/json-value.js'
import type { Assessment } from '../entities/trace.js'
import type { CreateAssessment, StartTrace } from '../store/trace-store.js'
import { defined } from './field-values.js'
import { readJson } from './json-reader.js'
import { readJsonValue } from './proto-values.js'
import {
  bool,
  choice,
  duration,
  json,
  list,
  map,
  message,
  required,
  text,
  time,
  type Fields,
} from './schema.js'

/** MLflow's AssessmentSource.SourceType, as its protocol counts. */
const SOURCE_TYPES = {
  0: 'SOURCE_TYPE_UNSPECIFIED',
  1: 'HUMAN',
  2: 'LLM_JUDGE',
  3: 'CODE',
} as const

/** MLflow's TraceInfoV3.State, as its protocol counts. */
const STATES = { 0: 'STATE_UNSPECIFIED', 1: 'OK', 2: 'ERROR', 3: 'IN_PROGRESS' } as const

/** Where a trace is: only experiments have traces here. */
export const traceLocation = message({
  mlflow_experiment: message({ experiment_id: required(text) }),
})

/** MLflow's Assessment. */
export const assessmentMessage = message({
  assessment_id: text,
  assessment_name: text,
  span_id: text,
  source: message({ source_type: choice(SOURCE_TYPES), source_id: text }),
  create_time: time,
  last_update_time: time,
  feedback: message({
    value: json,
    error: message({ error_code: text, error_message: text, stack_trace: text }),
  }),
  expectation: message({
    value: json,
    serialized_value: message({ serialization_format: text, value: text }),
  }),
  issue: json,
  rationale: text,
  metadata: map,
  overrides: text,
  valid: bool,
})

/** MLflow's TraceInfoV3. */
export const traceInfoMessage = message({
  trace_id: required(text),
  client_request_id: text,
  trace_location: required(traceLocation),
  request_preview: text,
  response_preview: text,
  request_time: time,
  execution_duration: duration,
  state: choice(STATES),
  trace_metadata: map,
  assessments: list(assessmentMessage),
  tags: map,
})

type AssessmentFields = Fields<(typeof assessmentMessage)['fields']>
type TraceInfoFields = Fields<(typeof traceInfoMessage)['fields']>

/** A TraceInfoV3 that was sent, as the port takes it. What is absent there is its protocol's zero. */
export function toStartTrace(fields: TraceInfoFields): StartTrace {
  const experiment = fields.trace_location.mlflow_experiment
  if (experiment === undefined)
    throw invalid('Traces are kept in experiments only: `trace_location` must name an experiment.')
  return {
    traceId: fields.trace_id,
    experimentId: experiment.experiment_id,
    requestTime: fields.request_time ?? 0,
    state: fields.state ?? 'STATE_UNSPECIFIED',
    assessments: fields.assessments.map(toCreateAssessment),
    ...defined({
      clientRequestId: fields.client_request_id,
      requestPreview: fields.request_preview,
      responsePreview: fields.response_preview,
      executionDuration: fields.execution_duration,
      traceMetadata: fields.trace_metadata,
      tags: fields.tags,
    }),
  }
}

/** An Assessment that was sent, as the port takes it. */
export function toCreateAssessment(fields: AssessmentFields): CreateAssessment {
  const { source } = fields
  return {
    name: fields.assessment_name ?? '',
    source: {
      sourceType: source?.source_type ?? 'SOURCE_TYPE_UNSPECIFIED',
      sourceId: source?.source_id ?? '',
    },
    ...toValue(fields),
    ...defined({
      assessmentId: fields.assessment_id || undefined,
      spanId: fields.span_id || undefined,
      createTime: fields.create_time,
      lastUpdateTime: fields.last_update_time,
      rationale: fields.rationale || undefined,
      metadata: fields.metadata,
      overrides: fields.overrides || undefined,
      valid: fields.valid,
    }),
  }
}

/** The feedback that was sent; without a value it is null. */
export function toFeedback({ feedback }: AssessmentFields): NonNullable<Assessment['feedback']> {
  const { value = null, error } = feedback ?? {}
  return {
    value,
    error:
      error === undefined
        ? null
        : {
            errorCode: error.error_code ?? '',
            errorMessage: error.error_message || null,
            stackTrace: error.stack_trace || null,
          },
  }
}

/** The expectation that was sent, as a value or as JSON text; INVALID_PARAMETER_VALUE without one. */
export function toExpectation({
  expectation,
}: AssessmentFields): NonNullable<Assessment['expectation']> {
  const { serialized_value: serialized, value } = expectation ?? {}
  const given = serialized === undefined ? value : parse(serialized)
  if (given === undefined || given === null) throw invalid('The `value` field must be specified.')
  return { value: given }
}

function toValue(fields: AssessmentFields): Pick<CreateAssessment, 'feedback' | 'expectation'> {
  if (fields.issue !== undefined)
    throw invalid('Issues are not kept here: an assessment must be a feedback or an expectation.')
  if (fields.feedback !== undefined && fields.expectation !== undefined)
    throw invalid('Exactly one of `expectation` and `feedback` must be specified.')
  if (fields.feedback !== undefined) return { feedback: toFeedback(fields) }
  if (fields.expectation !== undefined) return { expectation: toExpectation(fields) }
  throw invalid('Unknown assessment type: None')
}

function parse(serialized: {
  readonly serialization_format: string | undefined
  readonly value: string | undefined
}): JsonValue {
  const { serialization_format: format = '', value: text = '' } = serialized
  if (format !== 'JSON_FORMAT')
    throw invalid(`Unknown serialization format: ${format}. Only JSON_FORMAT is supported.`)
  const value = readJson(text)
  if (value !== undefined) return readJsonValue(value, 'assessment.expectation.serialized_value')
  throw invalid('The serialized value of the expectation is no JSON.')
}

import type { JsonValue } from '../../entities/json-value.js'
import type {
  Assessment,
  AssessmentSourceType,
  Trace,
  TraceInfo,
  TraceState,
} from '../../entities/trace.js'
import type { CreateAssessment, StartTrace } from '../../store/trace-store.js'
import { keepSpan } from '../otlp/received-spans.js'
import { readAnsweredSpan } from '../otlp/read-json-spans.js'
import { durationToText, readDuration, timeToText } from '../proto-values.js'
import { listOf, messageOf, textOf, type Message } from './wire.js'

/** A trace as the server tells it, with what spans it tells. */
export function toTrace(message: Message): Trace {
  const spans = listOf(message['spans']).map((span) => keepSpan(readAnsweredSpan(span)))
  spans.sort((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano))
  return { info: toTraceInfo(messageOf(message['trace_info'])), spans }
}

/** A trace without its spans as the server tells it. */
export function toTraceInfo(message: Message): TraceInfo {
  const experiment = messageOf(messageOf(message['trace_location'])['mlflow_experiment'])
  const duration = message['execution_duration']
  return {
    traceId: textOf(message['trace_id']),
    experimentId: textOf(experiment['experiment_id']),
    clientRequestId: optional(message['client_request_id']),
    requestPreview: optional(message['request_preview']),
    responsePreview: optional(message['response_preview']),
    requestTime: toTime(message['request_time']),
    executionDuration: duration === undefined ? null : readDuration(duration, 'execution_duration'),
    state: (textOf(message['state']) || 'STATE_UNSPECIFIED') as TraceState,
    traceMetadata: toMap(message['trace_metadata']),
    tags: toMap(message['tags']),
    assessments: listOf(message['assessments']).map(toAssessment),
  }
}

/** A judgement as the server tells it. */
export function toAssessment(message: Message): Assessment {
  const source = messageOf(message['source'])
  return {
    assessmentId: textOf(message['assessment_id']),
    name: textOf(message['assessment_name']),
    traceId: textOf(message['trace_id']),
    spanId: optional(message['span_id']),
    source: {
      sourceType: (textOf(source['source_type']) ||
        'SOURCE_TYPE_UNSPECIFIED') as AssessmentSourceType,
      sourceId: textOf(source['source_id']),
    },
    createTime: toTime(message['create_time']),
    lastUpdateTime: toTime(message['last_update_time']),
    feedback: message['feedback'] === undefined ? null : toFeedback(messageOf(message['feedback'])),
    expectation:
      message['expectation'] === undefined
        ? null
        : { value: toExpected(messageOf(message['expectation'])) },
    rationale: optional(message['rationale']),
    metadata: toMap(message['metadata']),
    overrides: optional(message['overrides']),
    valid: message['valid'] !== false,
  }
}

/** A trace as the server takes it. */
export function fromStartTrace(trace: StartTrace): object {
  return {
    trace_id: trace.traceId,
    trace_location: fromExperiment(trace.experimentId),
    request_time: timeToText(trace.requestTime),
    state: trace.state ?? 'IN_PROGRESS',
    trace_metadata: trace.traceMetadata ?? {},
    tags: trace.tags ?? {},
    assessments: (trace.assessments ?? []).map(fromAssessment),
    ...given('client_request_id', trace.clientRequestId),
    ...given('request_preview', trace.requestPreview),
    ...given('response_preview', trace.responsePreview),
    ...given(
      'execution_duration',
      trace.executionDuration == null ? null : durationToText(trace.executionDuration),
    ),
  }
}

/** An experiment as where traces are. */
export function fromExperiment(experimentId: string): object {
  return { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }
}

/** What is known of a judgement, as the server takes it. */
export function fromAssessment(assessment: Partial<CreateAssessment>): object {
  const { source, createTime, lastUpdateTime, feedback, expectation } = assessment
  return {
    ...given('assessment_id', assessment.assessmentId),
    ...given('assessment_name', assessment.name),
    ...given('span_id', assessment.spanId),
    ...given('source', source && { source_type: source.sourceType, source_id: source.sourceId }),
    ...given('create_time', createTime === undefined ? null : timeToText(createTime)),
    ...given('last_update_time', lastUpdateTime === undefined ? null : timeToText(lastUpdateTime)),
    ...given('feedback', feedback && fromFeedback(feedback)),
    ...given('expectation', expectation && fromExpected(expectation.value)),
    ...given('rationale', assessment.rationale),
    ...given('metadata', assessment.metadata),
    ...given('overrides', assessment.overrides),
    ...given('valid', assessment.valid),
  }
}

function toFeedback({ value = null, error }: Message): NonNullable<Assessment['feedback']> {
  const told = messageOf(error)
  const none = { value: value as JsonValue, error: null }
  if (error === undefined) return none
  return {
    ...none,
    error: {
      errorCode: textOf(told['error_code']),
      errorMessage: optional(told['error_message']),
      stackTrace: optional(told['stack_trace']),
    },
  }
}

function fromFeedback({ value, error }: NonNullable<Assessment['feedback']>): object {
  return {
    value,
    ...(error && {
      error: {
        error_code: error.errorCode,
        ...given('error_message', error.errorMessage),
        ...given('stack_trace', error.stackTrace),
      },
    }),
  }
}

function toExpected({ value = null, serialized_value: serialized }: Message): JsonValue {
  if (serialized === undefined) return value as JsonValue
  return JSON.parse(textOf(messageOf(serialized)['value'])) as JsonValue
}

/** Lists and objects go as a text, which keeps integers integers. */
function fromExpected(value: JsonValue): object {
  if (value === null || typeof value !== 'object') return { value }
  const serialization = { serialization_format: 'JSON_FORMAT', value: JSON.stringify(value) }
  return { serialized_value: serialization }
}

function toTime(value: unknown): number {
  return value === undefined ? 0 : Date.parse(textOf(value))
}

function toMap(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(messageOf(value)).map(([key, text]) => [key, textOf(text)]),
  )
}

function optional(value: unknown): string | null {
  return value === undefined || value === null ? null : textOf(value)
}

function given(name: string, value: unknown): object {
  return value === undefined || value === null ? {} : { [name]: value }
}

import { pythonFloat, jsonAscii } from '../entities/python-text.js'
import { toPythonJson } from '../artifacts/python-json.js'
import type { JsonValue } from '../entities/json-value.js'
import type { Assessment, Trace, TraceInfo } from '../entities/trace.js'
import { JsonText } from './answer.js'
import type { Answer } from './answer.js'
import { tagsToJson } from './entities-to-json.js'
import { spanToJson } from './otlp/span-to-json.js'
import { durationToText, timeToText } from './proto-values.js'

type Texts = Readonly<Record<string, string>>

/** MLflow's Trace: TraceInfoV3, and spans as OTLP has them. */
export function traceToJson({ info, spans }: Trace): Answer {
  return { trace_info: traceInfoToJson(info), spans: spans.map(spanToJson) }
}

/** MLflow's TraceInfoV3. */
export function traceInfoToJson(info: TraceInfo): Answer {
  const { executionDuration } = info
  return {
    trace_id: info.traceId,
    client_request_id: info.clientRequestId,
    trace_location: {
      type: 'MLFLOW_EXPERIMENT',
      mlflow_experiment: { experiment_id: info.experimentId },
    },
    request_time: timeToText(info.requestTime),
    execution_duration: executionDuration === null ? null : durationToText(executionDuration),
    state: info.state,
    trace_metadata: mapToJson(info.traceMetadata),
    assessments: info.assessments.map(assessmentToJson),
    tags: mapToJson(info.tags),
    request_preview: info.requestPreview,
    response_preview: info.responsePreview,
  }
}

/** MLflow 2's TraceInfo. */
export function traceInfoToOldJson(info: TraceInfo): Answer {
  return {
    request_id: info.traceId,
    experiment_id: info.experimentId,
    timestamp_ms: info.requestTime,
    execution_time_ms: info.executionDuration ?? 0,
    status: info.state === 'STATE_UNSPECIFIED' ? 'TRACE_STATUS_UNSPECIFIED' : info.state,
    request_metadata: tagsToJson(info.traceMetadata),
    tags: tagsToJson(info.tags),
  }
}

/** MLflow's Assessment. */
export function assessmentToJson(assessment: Assessment): Answer {
  const { source, feedback, expectation } = assessment
  return {
    assessment_id: assessment.assessmentId,
    assessment_name: assessment.name,
    trace_id: assessment.traceId,
    span_id: assessment.spanId,
    source: { source_type: source.sourceType, source_id: source.sourceId || null },
    create_time: timeToText(assessment.createTime),
    last_update_time: timeToText(assessment.lastUpdateTime),
    feedback: feedback === null ? null : feedbackToJson(feedback),
    expectation: expectation === null ? null : expectationToJson(expectation.value),
    rationale: assessment.rationale,
    metadata: mapToJson(assessment.metadata),
    overrides: assessment.overrides,
    valid: assessment.valid,
  }
}

function feedbackToJson({ value, error }: NonNullable<Assessment['feedback']>): Answer {
  return {
    value: new JsonText(protoValue(value)),
    error: error && {
      error_code: error.errorCode,
      error_message: error.errorMessage,
      stack_trace: error.stackTrace,
    },
  }
}

/** Lists and objects go as a text, which keeps integers integers. */
function expectationToJson(value: JsonValue): Answer {
  if (value === null || typeof value !== 'object') return { value: new JsonText(protoValue(value)) }
  return {
    serialized_value: {
      serialization_format: 'JSON_FORMAT',
      value: toPythonJson(value, 'line'),
    },
  }
}

/** JSON as protobuf's Value prints it: every number is a double. */
function protoValue(value: JsonValue): string {
  if (typeof value === 'number') return pythonFloat(value)
  if (value === null || typeof value !== 'object') return jsonAscii(value)
  if (Array.isArray(value)) return `[${value.map(protoValue).join(',')}]`
  const members = Object.entries(value).map(
    ([key, member]) => `${jsonAscii(key)}:${protoValue(member as JsonValue)}`,
  )
  return `{${members.join(',')}}`
}

function mapToJson(map: Texts): Texts | null {
  return Object.keys(map).length === 0 ? null : map
}

// Traces as MLflow 2 writes them in its file store, and reads them alone. MLflow 3 reads both forms.

import { MLFLOW_TRACES } from '../entities/mlflow-traces.js'
import { spanValueToJson } from '../entities/span-json.js'
import type { Span, SpanValue, Trace, TraceInfo } from '../entities/trace.js'
import { attributesToFile } from '../rest/otlp/span-to-json.js'
import type { YamlValue } from './yaml.js'

/** The metadata in which a client says which form its trace has; MLflow 2 says `2` (mlflow/tracing/constant.py). */
const SCHEMA = 'mlflow.trace_schema.version'

/** Whether a client of MLflow 2 has made a trace, and the form of MLflow 2 can hold all of it. */
export function isOldTrace({ info, spans }: Trace): boolean {
  return (
    info.traceMetadata[SCHEMA] === '2' &&
    info.clientRequestId === null &&
    info.requestPreview === null &&
    info.responsePreview === null &&
    spans.every(({ links }) => links.length === 0)
  )
}

/** What trace_info.yaml holds, after MLflow 2's mlflow/entities/trace_info.py, to_dict. */
export function oldTraceMeta(info: TraceInfo): Record<string, YamlValue> {
  return {
    assessments: [],
    execution_time_ms: info.executionDuration,
    experiment_id: info.experimentId,
    request_id: info.traceId,
    status: info.state === 'STATE_UNSPECIFIED' ? 'TRACE_STATUS_UNSPECIFIED' : info.state,
    timestamp_ms: info.requestTime,
  }
}

/** The file of a trace's spans, after MLflow 2's TraceData.to_dict: with what went into the root, and came out of it. */
export function oldSpansToFile(spans: readonly Span[], traceId: string): string {
  const root = spans.find(({ parentSpanId }) => parentSpanId === '')
  return spanValueToJson({
    spans: spans.map((span) => spanToFile(span, traceId)),
    request: root?.attributes[MLFLOW_TRACES.spanInputs] ?? null,
    response: root?.attributes[MLFLOW_TRACES.spanOutputs] ?? null,
  })
}

function spanToFile(span: Span, traceId: string): SpanValue {
  const { status, attributes, events } = span
  return {
    name: span.name,
    context: { span_id: span.spanId, trace_id: span.traceId },
    parent_id: span.parentSpanId === '' ? null : span.parentSpanId,
    start_time: span.startTimeUnixNano,
    end_time: span.endTimeUnixNano === 0n ? null : span.endTimeUnixNano,
    status_code: status.code,
    status_message: status.message,
    // MLflow 2 fails to read a span without it.
    attributes: {
      'mlflow.traceRequestId': JSON.stringify(traceId),
      ...attributesToFile(attributes),
    },
    events: events.map(({ name, timeUnixNano, attributes: own }) => ({
      name,
      timestamp: timeUnixNano,
      attributes: own,
    })),
  }
}

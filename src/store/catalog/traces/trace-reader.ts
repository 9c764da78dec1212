import type { Span, Trace, TraceInfo } from '../../../entities/trace.js'
import { validateList, validateRequired } from '../../../entities/validate.js'
import type { SqlValue } from '../../database.js'
import type { CatalogState } from '../state.js'
import { readAssessments } from './assessment-reader.js'
import { findTrace, readTexts, traceOf } from './lookup.js'
import type { TraceRow } from './lookup.js'
import { readContent } from './span-content.js'

const SPANS = `SELECT span_id, parent_id, name, status, message, CAST(start_time AS TEXT), CAST(end_time AS TEXT), content
  FROM spans WHERE trace = ? ORDER BY parent_id <> '', start_time, span_id`

/** A trace without its spans. */
export function getTraceInfo(state: CatalogState, traceId: string): TraceInfo {
  return toTraceInfo(state, findTrace(state, traceId))
}

/** The traces of these ids that exist, each once, in the order asked, without their spans. */
export function getTraceInfos(state: CatalogState, traceIds: readonly string[]): TraceInfo[] {
  return existing(state, traceIds).map((row) => toTraceInfo(state, row))
}

/** The same, with their spans. */
export function getTraces(state: CatalogState, traceIds: readonly string[]): Trace[] {
  return existing(state, traceIds).map((row) => ({
    info: toTraceInfo(state, row),
    spans: readSpans(state, row),
  }))
}

/** A row with what belongs to it. */
export function toTraceInfo(state: CatalogState, row: TraceRow): TraceInfo {
  return {
    traceId: row.traceId,
    experimentId: row.experimentId,
    clientRequestId: row.clientRequestId,
    requestPreview: row.requestPreview,
    responsePreview: row.responsePreview,
    requestTime: row.requestTime,
    executionDuration: row.duration,
    state: row.state,
    traceMetadata: readTexts(state, 'trace_metadata', row.id),
    tags: readTexts(state, 'trace_tags', row.id),
    assessments: readAssessments(state, row),
  }
}

/** The spans of a trace: roots, then the others, by start. */
export function readSpans(state: CatalogState, { id, traceId }: TraceRow): Span[] {
  const own = traceId.replace(/^tr-/, '')
  return state.db.all(SPANS, [id]).map((row) => toSpan(row, own))
}

function existing(state: CatalogState, traceIds: readonly string[]): TraceRow[] {
  const ids = validateList(traceIds, 'trace_ids').map((id, i) =>
    validateRequired(id, `trace_ids[${i}]`),
  )
  return [...new Set(ids)].flatMap((id) => traceOf(state, id) ?? [])
}

function toSpan(row: readonly SqlValue[], traceId: string): Span {
  const [spanId, parentSpanId, name, code, message, start, end, content] = row.map(String) as [
    ...string[],
  ] & { readonly length: 8 }
  return {
    traceId,
    spanId: spanId!,
    parentSpanId: parentSpanId!,
    name: name!,
    startTimeUnixNano: BigInt(start!),
    endTimeUnixNano: BigInt(end!),
    status: { code: code as Span['status']['code'], message: message! },
    ...readContent(content!),
  }
}

import { appendToLocation } from '../../../entities/artifact-location.js'
import { isTraceId } from '../../../entities/ids.js'
import { invalidValue } from '../../../entities/invalid.js'
import { MLFLOW_TRACES } from '../../../entities/mlflow-traces.js'
import { TRACE_STATES } from '../../../entities/trace.js'
import type { Span } from '../../../entities/trace.js'
import { validateSafeInteger, validateText } from '../../../entities/validate.js'
import type { SpanRecord } from '../../commands-traces.js'
import type { ImportedTrace } from '../../import-store.js'
import type { Draft } from '../draft.js'
import type { CatalogState } from '../state.js'
import { draftAssessment } from '../traces/assessments.js'
import { typeOf } from '../traces/batch.js'
import { findTrace, traceOf } from '../traces/lookup.js'
import { writeContent } from '../traces/span-content.js'
import { validateSpans } from '../../../entities/validate-spans.js'
import { validateOptional, validateTexts } from '../../../entities/validate-json.js'
import { alreadyExists } from './keyed.js'
import type { FilePlanner } from './plan-files.js'

/** Where traces' imports go. */
export interface TraceImport {
  /** The experiment's internal id. */
  readonly experiment: number
  /** The experiment's, which those of traces are below. */
  readonly artifactLocation: string
  readonly files: FilePlanner
  /** Ids of traces that the new ones take the place of. */
  readonly replaced: readonly string[]
}

/** Adds the commands that make traces as they were elsewhere. */
export function planTraces(
  state: CatalogState,
  draft: Draft,
  traces: readonly ImportedTrace[],
  target: TraceImport,
): void {
  const free = new Map<string, number>()
  for (const traceId of target.replaced) {
    const { id } = findTrace(state, traceId)
    if (!free.has(traceId)) draft.add({ t: 'deleteTrace', id })
    free.set(traceId, id)
  }
  const taken = new Set<string>()
  for (const trace of traces) {
    const { traceId } = trace.info
    if (!isTraceId(traceId)) throw invalidValue('trace_id', traceId)
    if (taken.has(traceId) || (traceOf(state, traceId) !== null && !free.has(traceId)))
      throw alreadyExists(`Trace with ID '${traceId}' already exists.`)
    taken.add(traceId)
    // One in the place of another has its number: assessments know their trace by it.
    planTrace(state, draft, trace, { ...target, id: free.get(traceId) ?? draft.newId('run') })
  }
}

function planTrace(
  state: CatalogState,
  draft: Draft,
  trace: ImportedTrace,
  { id, experiment, artifactLocation, files }: TraceImport & { readonly id: number },
): void {
  const { info, linkedRuns } = trace
  const { traceId } = info
  const spans = validateSpans(trace.spans)
  draft.add({
    t: 'putTrace',
    id,
    traceId,
    experiment,
    clientRequestId: validateOptional(info.clientRequestId, 'client_request_id'),
    requestPreview: validateOptional(info.requestPreview, 'request_preview'),
    responsePreview: validateOptional(info.responsePreview, 'response_preview'),
    requestTime: validateSafeInteger(info.requestTime, 'request_time'),
    duration:
      info.executionDuration === null
        ? null
        : validateSafeInteger(info.executionDuration, 'execution_duration'),
    state: TRACE_STATES.find((known) => known === info.state) ?? 'STATE_UNSPECIFIED',
  })
  if (spans.length > 0) draft.add({ t: 'putSpans', trace: id, spans: spans.map(toRecord) })
  const tags = new Map(validateTexts(info.tags, 'tags'))
  tags.set(
    MLFLOW_TRACES.artifactLocation,
    appendToLocation(artifactLocation, 'traces', traceId, 'artifacts'),
  )
  if (spans.length > 0) tags.set(MLFLOW_TRACES.spansLocation, 'TRACKING_STORE')
  draft.add({ t: 'setTraceTags', trace: id, tags: draft.keyed([...tags]) })
  const metadata = draft.keyed(validateTexts(info.traceMetadata, 'trace_metadata'))
  draft.add({ t: 'setTraceMetadata', trace: id, metadata, removed: [] })
  for (const assessment of info.assessments) {
    draftAssessment(state, draft, { id, traceId }, assessment)
    const { assessmentId, valid } = assessment
    if (!valid) draft.add({ t: 'validateAssessment', trace: id, assessmentId, valid })
  }
  for (const run of new Set(linkedRuns))
    draft.add({ t: 'linkTraces', runId: validateText(run, 'run_id'), traceIds: [traceId] })
  files.put(id, trace.files)
}

function toRecord(span: Span): SpanRecord {
  return {
    spanId: span.spanId,
    parentId: span.parentSpanId,
    name: span.name,
    type: typeOf(span),
    status: span.status.code,
    message: span.status.message,
    start: String(span.startTimeUnixNano),
    end: String(span.endTimeUnixNano),
    content: writeContent(span),
  }
}

import { MLFLOW_TRACES } from '../../../entities/mlflow-traces.js'
import type { Span } from '../../../entities/trace.js'
import { isRecord, validateText } from '../../../entities/validate.js'
import { wrongType } from '../../../entities/invalid.js'
import { validateSpans } from '../../../entities/validate-spans.js'
import type { Plan } from '../../commands.js'
import type { SpanRecord } from '../../commands-traces.js'
import { Draft, nothingToDo } from '../draft.js'
import { findExperiment } from '../lookup.js'
import type { CatalogState } from '../state.js'
import { sumOverTree } from './aggregate.js'
import type { Counts } from './analytics.js'
import { readCounts, writeCounts } from './analytics.js'
import { countsOf, textOf, toBatches, typeOf } from './batch.js'
import type { SpanBatch } from './batch.js'
import { readText, traceOf } from './lookup.js'
import type { TraceRow } from './lookup.js'
import { previewOf } from './preview.js'
import { readContent, writeContent } from './span-content.js'
import { artifactLocationOf } from './start-trace.js'
import { translateSpan } from './translate.js'

/** A metadata key of counts, where spans have them, and which are there even if no span has them. */
const COUNTED = [
  {
    key: MLFLOW_TRACES.tokenUsage,
    attribute: MLFLOW_TRACES.chatUsage,
    always: ['input_tokens', 'output_tokens', 'total_tokens'],
  },
  {
    key: MLFLOW_TRACES.cost,
    attribute: MLFLOW_TRACES.llmCost,
    always: ['input_cost', 'output_cost', 'total_cost'],
  },
] as const

/** Stores spans, of any number of traces, and what they tell of their traces (SqlAlchemyStore.log_spans). */
export function planLogSpans(
  state: CatalogState,
  experimentId: string,
  given: readonly Span[],
  options: { readonly runId?: string } = {},
): Plan<void> {
  if (!isRecord(options)) throw wrongType('options', options)
  const runId = options.runId ? validateText(options.runId, 'run_id') : null
  const spans = validateSpans(given)
  const draft = new Draft(state)
  const batches = toBatches(spans.map(translateSpan))
  // As in MLflow, searches know the types that were sent, not those of other conventions.
  const types = new Map(spans.map((span) => [placeOf(span), typeOf(span)]))
  if (batches.length === 0) return nothingToDo(() => undefined)
  for (const batch of batches) draftBatch(state, draft, experimentId, batch, types)
  const ended = batches.filter(({ root }) => root !== null)
  if (runId !== null && ended.length > 0)
    draft.add({ t: 'linkTraces', runId, traceIds: ended.map(({ traceId }) => traceId) })
  return draft.plan(() => undefined)
}

function draftBatch(
  state: CatalogState,
  draft: Draft,
  experimentId: string,
  batch: SpanBatch,
  types: ReadonlyMap<string, string | null>,
): void {
  const known = traceOf(state, batch.traceId)
  const existing = known ?? newTrace(state, draft, experimentId, batch)
  const { id, traceId } = existing
  const counted = COUNTED.flatMap((one) => countedBy(state, batch, known, one))
  const isFinal =
    (counted.length > 0 || batch.session !== null) &&
    known !== null &&
    readText(state, 'trace_metadata', id, MLFLOW_TRACES.infoFinalized) !== null
  draft.add({ t: 'putTrace', id, traceId, ...updatedTrace(existing, batch, isFinal) })
  draft.add({
    t: 'putSpans',
    trace: id,
    spans: batch.spans.map((span) => toRecord(span, types.get(placeOf(span)) ?? null)),
  })
  const tags = new Map<string, string>()
  if (known === null)
    tags.set(
      MLFLOW_TRACES.artifactLocation,
      artifactLocationOf(state, existing.experiment, traceId),
    )
  tags.set(MLFLOW_TRACES.spansLocation, 'TRACKING_STORE')
  for (const [key, value] of batch.tags) tags.set(key, value)
  draft.add({ t: 'setTraceTags', trace: id, tags: draft.keyed([...tags]) })
  const metadata = newMetadata(state, batch, known, isFinal, counted)
  if (metadata.length > 0)
    draft.add({
      t: 'setTraceMetadata',
      trace: id,
      metadata: draft.keyed(metadata),
      removed: [],
    })
}

/** The row of a trace that its first spans make. */
function newTrace(
  state: CatalogState,
  draft: Draft,
  experimentId: string,
  batch: SpanBatch,
): TraceRow {
  const experiment = findExperiment(state, experimentId)
  return {
    id: draft.newId('run'),
    traceId: batch.traceId,
    experiment: experiment.id,
    experimentId: experiment.experimentId,
    clientRequestId: null,
    requestPreview: null,
    responsePreview: null,
    requestTime: batch.start,
    duration: null,
    state: batch.state ?? 'IN_PROGRESS',
  }
}

/** A trace reaches from its first span's start to its last one's end, unless a client has said how far. */
function updatedTrace(trace: TraceRow, { start, end, state, root }: SpanBatch, isFinal: boolean) {
  const requestTime = isFinal ? trace.requestTime : Math.min(trace.requestTime, start)
  const knownEnd = trace.duration === null ? null : trace.requestTime + trace.duration
  const duration =
    isFinal || end === null ? trace.duration : Math.max(knownEnd ?? end, end) - requestTime
  const goesOn = trace.state === 'IN_PROGRESS' || trace.state === 'STATE_UNSPECIFIED'
  const inputs = root && textOf(root, MLFLOW_TRACES.spanInputs)
  const outputs = root && textOf(root, MLFLOW_TRACES.spanOutputs)
  return {
    experiment: trace.experiment,
    clientRequestId: trace.clientRequestId,
    requestPreview: trace.requestPreview ?? (inputs && previewOf(inputs, 'user')),
    responsePreview: trace.responsePreview ?? (outputs && previewOf(outputs, 'assistant')),
    requestTime,
    duration,
    state: goesOn && state !== null ? state : trace.state,
  }
}

/** The sums over a trace's spans, stored and new, where some of the new ones count. */
function countedBy(
  state: CatalogState,
  batch: SpanBatch,
  known: TraceRow | null,
  { key, attribute, always }: (typeof COUNTED)[number],
): { readonly key: string; readonly counts: Counts }[] {
  const own = batch.spans.map((span) => countsOf(span, attribute, key))
  if (own.every(({ counts }) => counts === null)) return []
  const isNew = new Set(batch.spans.map(({ spanId }) => spanId))
  const stored = known === null ? [] : storedSpans(state, known.id)
  const others = stored
    .filter(({ spanId }) => !isNew.has(spanId))
    .map((span) => countsOf(span, attribute, key))
  const counts = sumOverTree([...own, ...others], always)
  return counts === null ? [] : [{ key, counts }]
}

function newMetadata(
  state: CatalogState,
  { session, user }: SpanBatch,
  known: TraceRow | null,
  isFinal: boolean,
  counted: readonly { readonly key: string; readonly counts: Counts }[],
): (readonly [string, string])[] {
  const stored = (key: string): string | null =>
    known === null ? null : readText(state, 'trace_metadata', known.id, key)
  const metadata: (readonly [string, string])[] = []
  for (const { key, counts } of counted) {
    const before = stored(key)
    if (isFinal && before !== null) continue
    const text = writeCounts(key, { ...readCounts(key, before), ...counts })
    if (text !== null) metadata.push([key, text])
  }
  for (const [key, text] of [
    [MLFLOW_TRACES.session, session],
    [MLFLOW_TRACES.user, user],
  ] as const)
    if (text !== null && stored(key) === null) metadata.push([key, text])
  return metadata
}

function storedSpans(
  state: CatalogState,
  trace: number,
): Pick<Span, 'spanId' | 'parentSpanId' | 'attributes'>[] {
  return state.db
    .all('SELECT span_id, parent_id, content FROM spans WHERE trace = ?', [trace])
    .map(([spanId, parentId, content]) => ({
      spanId: String(spanId),
      parentSpanId: String(parentId),
      attributes: readContent(String(content)).attributes,
    }))
}

function placeOf({ traceId, spanId }: Span): string {
  return `${traceId} ${spanId}`
}

function toRecord(span: Span, type: string | null): SpanRecord {
  return {
    spanId: span.spanId,
    parentId: span.parentSpanId,
    name: span.name,
    type,
    status: span.status.code,
    message: span.status.message,
    start: String(span.startTimeUnixNano),
    end: String(span.endTimeUnixNano),
    content: writeContent(span),
  }
}

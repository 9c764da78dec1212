import { invalid } from '../entities/invalid.js'
import type { Assessment, AssessmentSourceType, Trace } from '../entities/trace.js'
import { TrackletError } from '../errors.js'
import type { DeleteTraces, TraceQuery } from '../store/trace-store.js'
import type { Store } from '../store/store.js'
import { checkKnown } from './known-options.js'
import { LiveTrace, type EndSpanOptions, type LiveSpan, type SpanOptions } from './live-trace.js'
import { LoggedModelClient } from './logged-model-client.js'
import { toJsonValue } from './trace-value.js'
import { recordToPairs, valueToText, type ParamValue } from './values.js'

/** One page of traces. */
export interface TracePage {
  readonly traces: readonly Trace[]
  /** What the next call takes; null on the last page. */
  readonly nextPageToken: string | null
}

/** Options of `searchTraces`. */
export interface SearchTraces extends Omit<TraceQuery, 'experimentIds'> {
  /** Whether the traces come with their spans, which is the default. */
  readonly includeSpans?: boolean
}

/** What `startTrace` takes beside the name of its root span. */
export interface StartTraceOptions extends SpanOptions {
  /** The experiment set for the tracker by default. */
  readonly experimentId?: string
  readonly tags?: Readonly<Record<string, ParamValue>>
  readonly metadata?: Readonly<Record<string, ParamValue>>
}

/** What `startSpan` takes beside its name. */
export interface StartSpanOptions extends SpanOptions {
  readonly traceId: string
  readonly parentId: string
}

/** Who judged. */
export interface SourceGiven {
  readonly sourceType: AssessmentSourceType
  readonly sourceId?: string
}

/** What every judgement takes. */
export interface AssessmentOptions {
  readonly source?: SourceGiven
  readonly metadata?: Readonly<Record<string, ParamValue>>
  /** The span that is judged; the whole trace by default. */
  readonly spanId?: string
}

/** Options of `logFeedback`. */
export interface FeedbackOptions extends AssessmentOptions {
  /** `feedback` by default. */
  readonly name?: string
  /** Anything that JSON can say. */
  readonly value?: unknown
  /** Why there is no value. */
  readonly error?: Error | string
  readonly rationale?: string
  /** The assessment that it replaces. */
  readonly overrides?: string
}

/** Options of `logExpectation`. */
export interface ExpectationOptions extends AssessmentOptions {
  readonly name: string
  /** Anything that JSON can say, but null. */
  readonly value: unknown
}

/** What `updateAssessment` changes. */
export type AssessmentChange = Parameters<Store['updateAssessment']>[2]

const SEARCH_OPTIONS = ['filter', 'orderBy', 'maxResults', 'pageToken', 'includeSpans']

/**
 * The part of the client that knows traces and what people and programs think of them. A trace made here is gathered in
 * memory from `startTrace` on, and stored when `endTrace` is called. RESOURCE_DOES_NOT_EXIST for what is not there.
 */
export class TraceClient extends LoggedModelClient {
  readonly #live = new Map<string, LiveTrace>()

  /** Begins a trace, with its root span. */
  startTrace(name: string, options: StartTraceOptions = {}): LiveSpan {
    this.session.assertOpen()
    const { tags = {}, metadata = {}, experimentId = this.session.experimentId } = options
    const trace = new LiveTrace(name, {
      ...options,
      experimentId,
      tags: Object.fromEntries(recordToPairs(tags, 'Tags')),
      metadata: Object.fromEntries(recordToPairs(metadata, 'Metadata')),
    })
    this.#live.set(trace.traceId, trace)
    return trace.root
  }

  /** Begins a span below another one of a trace that was started here. */
  startSpan(name: string, options: StartSpanOptions): LiveSpan {
    const { traceId, parentId, ...rest } = options
    return this.#liveTrace(traceId).startSpan(name, parentId, rest)
  }

  /** Ends a span of a trace that was started here; the root is ended by `endTrace`. */
  endSpan(traceId: string, spanId: string, options: EndSpanOptions = {}): void {
    this.#liveTrace(traceId).span(spanId).end(options)
  }

  /** Ends a trace with its root span, and what goes on in it still, and stores it. */
  async endTrace(traceId: string, options: EndSpanOptions = {}): Promise<void> {
    const trace = this.#liveTrace(traceId)
    const { info, spans } = trace.end(options)
    const store = this.#store
    await store.logSpans(trace.experimentId, spans)
    await store.startTrace(info)
    this.#live.delete(traceId)
  }

  /** A trace with its spans. */
  async getTrace(traceId: string): Promise<Trace> {
    const [trace] = await this.#store.getTraces([traceId])
    if (trace !== undefined) return trace
    throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${traceId}' not found.`)
  }

  /** One page of the traces of experiments that a search finds, the newest first unless ordered. */
  async searchTraces(
    experimentIds: readonly string[],
    options: SearchTraces = {},
  ): Promise<TracePage> {
    checkKnown('searchTraces', options, SEARCH_OPTIONS)
    const { includeSpans = true, ...query } = options
    const { items, nextPageToken } = await this.#store.searchTraces({ experimentIds, ...query })
    const traces = includeSpans
      ? await this.#store.getTraces(items.map(({ traceId }) => traceId))
      : items.map((info) => ({ info, spans: [] }))
    return { traces, nextPageToken }
  }

  /** Deletes traces for good: those named, or the oldest up to a time. Gives how many. */
  async deleteTraces(experimentId: string, which: DeleteTraces): Promise<number> {
    checkKnown('deleteTraces', which, ['traceIds', 'maxTimestampMillis', 'maxTraces'])
    return this.#store.deleteTraces(experimentId, which)
  }

  /** Sets a tag of a trace. */
  async setTraceTag(traceId: string, key: string, value: ParamValue): Promise<void> {
    await this.#store.setTraceTag(traceId, key, valueToText(value, key))
  }

  /** Removes a tag of a trace. */
  async deleteTraceTag(traceId: string, key: string): Promise<void> {
    await this.#store.deleteTraceTag(traceId, key)
  }

  /** Links at most 100 traces to a run. */
  async linkTracesToRun(traceIds: readonly string[], runId: string): Promise<void> {
    await this.#store.linkTracesToRun(runId, traceIds)
  }

  /** Says what a person, a judge or a program thinks of a trace; by CODE unless a source is given. */
  async logFeedback(traceId: string, options: FeedbackOptions): Promise<Assessment> {
    const { name = 'feedback', value = null, error, rationale, overrides } = options
    return this.#store.createAssessment(traceId, {
      ...common(options, 'CODE'),
      name,
      feedback: { value: toJsonValue(value, 'value'), error: toAssessmentError(error) },
      ...(rationale === undefined ? {} : { rationale }),
      ...(overrides === undefined ? {} : { overrides }),
    })
  }

  /** Says what a trace should have given; by a HUMAN unless a source is given. */
  async logExpectation(traceId: string, options: ExpectationOptions): Promise<Assessment> {
    const { name, value } = options
    if (value === undefined || value === null) throw invalid('The `value` field must be specified.')
    const expectation = { value: toJsonValue(value, 'value') }
    return this.#store.createAssessment(traceId, {
      ...common(options, 'HUMAN'),
      name,
      expectation,
    })
  }

  /** A judgement of a trace. */
  async getAssessment(traceId: string, assessmentId: string): Promise<Assessment> {
    return this.#store.getAssessment(traceId, assessmentId)
  }

  /** Changes what is given of a judgement; a feedback stays a feedback, an expectation an expectation. */
  async updateAssessment(
    traceId: string,
    assessmentId: string,
    change: AssessmentChange,
  ): Promise<Assessment> {
    const known = ['name', 'feedback', 'expectation', 'rationale', 'metadata']
    checkKnown('updateAssessment', change, known)
    return this.#store.updateAssessment(traceId, assessmentId, change)
  }

  /** Removes a judgement; harmless where there is none. */
  async deleteAssessment(traceId: string, assessmentId: string): Promise<void> {
    await this.#store.deleteAssessment(traceId, assessmentId)
  }

  #liveTrace(traceId: string): LiveTrace {
    const trace = this.#live.get(traceId)
    if (trace !== undefined) return trace
    throw invalid(`No trace '${traceId}' goes on here: start it with startTrace, end it once.`)
  }

  get #store(): Store {
    return this.session.store
  }
}

function common({ source, metadata, spanId }: AssessmentOptions, by: AssessmentSourceType) {
  const { sourceType = by, sourceId = 'default' } = source ?? {}
  return {
    source: { sourceType, sourceId },
    ...(spanId === undefined ? {} : { spanId }),
    ...(metadata === undefined
      ? {}
      : { metadata: Object.fromEntries(recordToPairs(metadata, 'Metadata')) }),
  }
}

function toAssessmentError(
  error: Error | string | undefined,
): NonNullable<Assessment['feedback']>['error'] {
  if (error === undefined) return null
  if (typeof error === 'string')
    return { errorCode: 'ASSESSMENT_ERROR', errorMessage: error, stackTrace: null }
  return { errorCode: error.name, errorMessage: error.message, stackTrace: error.stack ?? null }
}

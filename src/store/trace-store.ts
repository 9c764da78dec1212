import type { Assessment, Span, Trace, TraceInfo } from '../entities/trace.js'
import type { PagedList } from '../entities/paged-list.js'

/** What `startTrace` takes: all that is known of a trace so far. */
export interface StartTrace extends Pick<TraceInfo, 'traceId' | 'experimentId' | 'requestTime'> {
  readonly clientRequestId?: string | null
  readonly requestPreview?: string | null
  readonly responsePreview?: string | null
  readonly executionDuration?: number | null
  /** IN_PROGRESS where absent. */
  readonly state?: TraceInfo['state']
  readonly traceMetadata?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
  readonly assessments?: readonly CreateAssessment[]
}

/** What `createAssessment` takes: one of feedback and expectation, and what is known beside. */
export interface CreateAssessment
  extends
    Pick<Assessment, 'name' | 'source'>,
    Partial<Omit<Assessment, 'name' | 'source' | 'traceId'>> {}

/** Which traces a search finds, and in which order. */
export interface TraceQuery {
  readonly experimentIds: readonly string[]
  /** MLflow's filter; everything where empty. */
  readonly filter?: string
  /** Clauses such as `timestamp DESC`, which, then the id, is the default. */
  readonly orderBy?: readonly string[]
  /** 1 to 500; 100 by default. */
  readonly maxResults?: number
  readonly pageToken?: string
}

/** Which traces are deleted: those of these ids, or the oldest until a time. */
export interface DeleteTraces {
  readonly traceIds?: readonly string[]
  /** Epoch milliseconds, inclusive. */
  readonly maxTimestampMillis?: number
  /** With a time: at most so many, the oldest first. */
  readonly maxTraces?: number
}

/**
 * MLflow 3's traces, in its words, rules and error codes. Flat, asynchronous, structured-cloneable in and out.
 * Files of a trace are kept by the artifact port under its id. RESOURCE_DOES_NOT_EXIST for what is not there.
 */
export interface TraceStore {
  /** Makes a trace, or completes one that spans have made before. */
  startTrace(trace: StartTrace): Promise<TraceInfo>
  getTraceInfo(traceId: string): Promise<TraceInfo>
  /** Those of the ids that exist, in the order asked. */
  getTraceInfos(traceIds: readonly string[]): Promise<readonly TraceInfo[]>
  /** Those of the ids that exist, in the order asked, with what spans are stored. */
  getTraces(traceIds: readonly string[]): Promise<readonly Trace[]>
  /** Stores spans, of any number of traces; a trace that is not there is made out of them. One that is there is replaced. */
  logSpans(
    experimentId: string,
    spans: readonly Span[],
    options?: { runId?: string },
  ): Promise<void>
  searchTraces(query: TraceQuery): Promise<PagedList<TraceInfo>>
  /** How many were deleted, for good. INVALID_PARAMETER_VALUE unless ids or a time are given, not both. */
  deleteTraces(experimentId: string, which: DeleteTraces): Promise<number>
  setTraceTag(traceId: string, key: string, value: string): Promise<void>
  /** RESOURCE_DOES_NOT_EXIST where the trace has none such. */
  deleteTraceTag(traceId: string, key: string): Promise<void>
  /** At most 100 traces; again is no error. */
  linkTracesToRun(runId: string, traceIds: readonly string[]): Promise<void>
  createAssessment(traceId: string, assessment: CreateAssessment): Promise<Assessment>
  getAssessment(traceId: string, assessmentId: string): Promise<Assessment>
  /** Changes what is given; the kind of an assessment stays. */
  updateAssessment(
    traceId: string,
    assessmentId: string,
    change: Partial<
      Pick<Assessment, 'name' | 'feedback' | 'expectation' | 'rationale' | 'metadata'>
    >,
  ): Promise<Assessment>
  /** Harmless where there is none. */
  deleteAssessment(traceId: string, assessmentId: string): Promise<void>
}

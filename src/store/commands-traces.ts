import type { AssessmentSourceType, TraceState } from '../entities/trace.js'
import type { KeyedValue } from './keyed-value.js'

/** What happens to traces; `id` and `trace` are a trace's internal id, `traceId` is its text id. Times are epoch milliseconds. */
export type TraceCommand =
  | {
      /** Makes a trace, or gives one all these values anew. */
      readonly t: 'putTrace'
      readonly id: number
      readonly traceId: string
      readonly experiment: number
      readonly clientRequestId: string | null
      readonly requestPreview: string | null
      readonly responsePreview: string | null
      readonly requestTime: number
      readonly duration: number | null
      readonly state: TraceState
    }
  | { readonly t: 'deleteTrace'; readonly id: number }
  | { readonly t: 'setTraceTags'; readonly trace: number; readonly tags: readonly KeyedValue[] }
  | { readonly t: 'deleteTraceTag'; readonly trace: number; readonly key: number }
  | {
      readonly t: 'setTraceMetadata'
      readonly trace: number
      readonly metadata: readonly KeyedValue[]
      /** Keys that go. */
      readonly removed: readonly number[]
    }
  | { readonly t: 'putSpans'; readonly trace: number; readonly spans: readonly SpanRecord[] }
  | {
      readonly t: 'linkTraces'
      /** Neither the run nor the traces need to exist. */
      readonly runId: string
      readonly traceIds: readonly string[]
    }
  | {
      /** Makes an assessment, or gives the one of this id all these values anew. */
      readonly t: 'putAssessment'
      readonly trace: number
      readonly assessment: AssessmentRecord
    }
  | {
      readonly t: 'validateAssessment'
      readonly trace: number
      readonly assessmentId: string
      readonly valid: boolean
    }
  | { readonly t: 'deleteAssessment'; readonly trace: number; readonly assessmentId: string }

/** A span as its row. */
export interface SpanRecord {
  readonly spanId: string
  /** '' for the root. */
  readonly parentId: string
  readonly name: string
  readonly type: string | null
  readonly status: 'UNSET' | 'OK' | 'ERROR'
  readonly message: string
  /** Nanoseconds since the epoch, decimal: they are past what JSON's numbers hold. */
  readonly start: string
  readonly end: string
  /** Attributes, events and links, as `span-content.ts` writes them. */
  readonly content: string
}

/** An assessment as its row. */
export interface AssessmentRecord {
  readonly assessmentId: string
  readonly name: string
  readonly kind: 'feedback' | 'expectation'
  /** JSON. */
  readonly value: string
  /** JSON of a feedback's error. */
  readonly error: string | null
  readonly sourceType: AssessmentSourceType
  readonly sourceId: string
  readonly spanId: string | null
  readonly createTime: number
  readonly lastUpdateTime: number
  readonly rationale: string | null
  /** JSON. */
  readonly metadata: string
  readonly overrides: string | null
  readonly valid: boolean
}

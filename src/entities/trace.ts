import type { JsonValue } from './json-value.js'

/** How a trace ended, or that it has not. */
export type TraceState = 'STATE_UNSPECIFIED' | 'OK' | 'ERROR' | 'IN_PROGRESS'

/** Every TraceState, in the order of MLflow's numbers for them, from 0. */
export const TRACE_STATES: readonly TraceState[] = [
  'STATE_UNSPECIFIED',
  'OK',
  'ERROR',
  'IN_PROGRESS',
]

/** Who judged. */
export type AssessmentSourceType = 'HUMAN' | 'LLM_JUDGE' | 'CODE' | 'SOURCE_TYPE_UNSPECIFIED'

/** Every AssessmentSourceType, for checks. */
export const ASSESSMENT_SOURCE_TYPES: readonly AssessmentSourceType[] = [
  'HUMAN',
  'LLM_JUDGE',
  'CODE',
  'SOURCE_TYPE_UNSPECIFIED',
]

/** A judgement of a trace or one of its spans: one of feedback and expectation. Times are epoch milliseconds. */
export interface Assessment {
  /** `a-` and 32 lower-case hex digits for those made here. */
  readonly assessmentId: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string | null
  readonly source: { readonly sourceType: AssessmentSourceType; readonly sourceId: string }
  readonly createTime: number
  readonly lastUpdateTime: number
  readonly feedback: {
    readonly value: JsonValue
    readonly error: {
      readonly errorCode: string
      readonly errorMessage: string | null
      readonly stackTrace: string | null
    } | null
  } | null
  readonly expectation: { readonly value: JsonValue } | null
  readonly rationale: string | null
  readonly metadata: Readonly<Record<string, string>>
  /** The assessment that it replaces. */
  readonly overrides: string | null
  /** False once another one replaces it. */
  readonly valid: boolean
}

/** What a trace is, apart from its spans: MLflow 3's TraceInfo. Times are epoch milliseconds. */
export interface TraceInfo {
  /** `tr-` and 32 lower-case hex digits. */
  readonly traceId: string
  readonly experimentId: string
  readonly clientRequestId: string | null
  readonly requestPreview: string | null
  readonly responsePreview: string | null
  readonly requestTime: number
  /** Milliseconds; null while it goes on. */
  readonly executionDuration: number | null
  readonly state: TraceState
  readonly traceMetadata: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  /** In order of their making. */
  readonly assessments: readonly Assessment[]
}

/** A value of an OpenTelemetry attribute: doubles are numbers, int64 are bigints. */
export type SpanValue =
  | string
  | boolean
  | number
  | bigint
  | null
  | Uint8Array
  | readonly SpanValue[]
  | { readonly [key: string]: SpanValue }

/** Something that happened in a span. Times are nanoseconds since the epoch. */
export interface SpanEvent {
  readonly name: string
  readonly timeUnixNano: bigint
  readonly attributes: Readonly<Record<string, SpanValue>>
}

/** A span of a trace, as OpenTelemetry has it. Times are nanoseconds since the epoch. */
export interface Span {
  /** 32 lower-case hex digits: the trace's id without `tr-`. */
  readonly traceId: string
  /** 16 lower-case hex digits. */
  readonly spanId: string
  /** '' for the root. */
  readonly parentSpanId: string
  readonly name: string
  readonly startTimeUnixNano: bigint
  /** 0 while it goes on. */
  readonly endTimeUnixNano: bigint
  readonly status: { readonly code: 'UNSET' | 'OK' | 'ERROR'; readonly message: string }
  /** MLflow's own hold JSON texts. */
  readonly attributes: Readonly<Record<string, SpanValue>>
  readonly events: readonly SpanEvent[]
  readonly links: readonly {
    readonly traceId: string
    readonly spanId: string
    readonly attributes: Readonly<Record<string, SpanValue>>
  }[]
}

/** A trace, whole. */
export interface Trace {
  readonly info: TraceInfo
  /** By start. */
  readonly spans: readonly Span[]
}

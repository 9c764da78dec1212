import { jsonToSpanValue } from '../../../entities/span-json.js'
import { MLFLOW_TRACES } from '../../../entities/mlflow-traces.js'
import type { Span, SpanValue, TraceState } from '../../../entities/trace.js'
import { TrackletError } from '../../../errors.js'
import type { CountingSpan } from './aggregate.js'
import { parseObject, pickCounts } from './analytics.js'
import { attributeText } from './span-text.js'
import { validateSession, validateTraceName, validateTraceTag } from './trace-texts.js'

const NANOS = 1_000_000n
/** Which attributes name a trace's session and user, first one first. */
const SESSION_KEYS = ['session.id', 'gen_ai.conversation.id']
const USER_KEYS = ['user.id']

/** Spans of one trace that arrive together, and what they tell of the trace. Times are epoch milliseconds. */
export interface SpanBatch {
  readonly traceId: string
  readonly spans: readonly Span[]
  readonly start: number
  /** Null where all go on. */
  readonly end: number | null
  /** By the first root; null where there is none. */
  readonly state: TraceState | null
  /** The last root. */
  readonly root: Span | null
  /** What the roots bring along: the trace's tags, its name among them. */
  readonly tags: ReadonlyMap<string, string>
  readonly session: string | null
  readonly user: string | null
}

/** Spans by trace, in order of arrival. */
export function toBatches(spans: readonly Span[]): SpanBatch[] {
  const byTrace = new Map<string, Map<string, Span>>()
  for (const span of spans) {
    const known = byTrace.get(span.traceId)
    if (known === undefined) byTrace.set(span.traceId, new Map([[span.spanId, span]]))
    else known.set(span.spanId, span)
  }
  return [...byTrace].map(([id, own]) => toBatch(`tr-${id}`, [...own.values()]))
}

/** What a span says under a key of its own, as MLflow's text; null where it says nothing. */
export function textOf(span: Pick<Span, 'attributes'>, key: string): string | null {
  if (!Object.hasOwn(span.attributes, key)) return null
  return attributeText(key, span.attributes[key] as SpanValue)
}

/** A span's type, which may be any text; null where it has none. */
export function typeOf(span: Span): string | null {
  const text = textOf(span, MLFLOW_TRACES.spanType)
  const type = text === null ? null : jsonToSpanValue(text)
  return typeof type === 'string' ? type : null
}

/** What a span counts under an attribute: counts of a metadata key. */
export function countsOf(
  span: Pick<Span, 'spanId' | 'parentSpanId' | 'attributes'>,
  attribute: string,
  metadataKey: string,
): CountingSpan {
  const text = textOf(span, attribute)
  const members = text === null ? null : memberOf(text)
  return {
    spanId: span.spanId,
    parentId: span.parentSpanId,
    counts: members === null ? null : pickCounts(metadataKey, members),
  }
}

function memberOf(text: string): Readonly<Record<string, unknown>> | null {
  const value = jsonToSpanValue(text)
  // A client may have made JSON of a text that was JSON already.
  const inner = typeof value === 'string' ? value : text
  return /^\s*\{/.test(inner) ? parseObject(inner) : null
}

function toBatch(traceId: string, spans: readonly Span[]): SpanBatch {
  const starts = spans.map(({ startTimeUnixNano }) => startTimeUnixNano)
  const ends = spans.map(({ endTimeUnixNano }) => endTimeUnixNano)
  const end = ends.reduce((a, b) => (b > a ? b : a))
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === '')
  const [first] = roots
  const session = firstText(spans, SESSION_KEYS)
  return {
    traceId,
    spans,
    start: Number(starts.reduce((a, b) => (b < a ? b : a)) / NANOS),
    end: end === 0n ? null : Number(end / NANOS),
    state: first === undefined ? null : first.status.code === 'ERROR' ? 'ERROR' : 'OK',
    root: roots.at(-1) ?? null,
    tags: tagsOf(roots),
    session: session === null ? null : validateSession(session),
    user: firstText(spans, USER_KEYS),
  }
}

function firstText(spans: readonly Span[], keys: readonly string[]): string | null {
  for (const span of spans) {
    for (const key of keys) {
      const text = textOf(span, key)
      if (text !== null && text !== '""') return unquoted(text)
    }
  }
  return null
}

/** Tags that a trace cannot have are left out: they must not cost the spans. */
function tagsOf(roots: readonly Span[]): ReadonlyMap<string, string> {
  const prefix = MLFLOW_TRACES.traceTagPrefix
  const tags = new Map<string, string>()
  for (const root of roots) {
    for (const key of Object.keys(root.attributes)) {
      if (!key.startsWith(prefix)) continue
      const tag = tagOf(key.slice(prefix.length), unquoted(textOf(root, key)!))
      if (tag !== null) tags.set(...tag)
    }
  }
  return tags
}

function tagOf(key: string, value: string): [string, string] | null {
  if (key === MLFLOW_TRACES.name) return [key, validateTraceName(value)]
  try {
    return [...validateTraceTag(key, value, true)]
  } catch (error) {
    if (error instanceof TrackletError) return null
    throw error
  }
}

/** The text that a JSON text says; other JSON as it is. */
function unquoted(json: string): string {
  const value = jsonToSpanValue(json)
  return typeof value === 'string' ? value : json
}

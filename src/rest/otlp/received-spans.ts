import { jsonToSpanValue, spanValueToJson } from '../../entities/span-json.js'
import type { Span, SpanValue } from '../../entities/trace.js'
import { UnfitSpan } from './malformed.js'

/** What an export request holds, before it is anything of MLflow's. */
export interface ReceivedSpans {
  /** How many resources it tells of; none is no request at all. */
  readonly resources: number
  readonly spans: readonly Span[]
}

type Attributes = Readonly<Record<string, SpanValue>>

const TRACE_ID = 'mlflow.traceRequestId'
const OWN = 'mlflow.'
const MOST_NANOS = 2n ** 63n - 1n
const [TRACE_DIGITS, SPAN_DIGITS] = [32, 16]

/**
 * A span as it was sent, as MLflow keeps it: ids of full length, MLflow's own attributes as JSON texts, and the trace's
 * id among them. UnfitSpan where ids are missing or too long, or times too large.
 */
export function keepSpan(span: Span): Span {
  if (span.startTimeUnixNano > MOST_NANOS || span.endTimeUnixNano > MOST_NANOS)
    throw new UnfitSpan('a time is beyond 64 bits')
  const traceId = keepId(span.traceId, TRACE_DIGITS)
  const attributes = { ...span.attributes, [TRACE_ID]: `tr-${traceId}` }
  return {
    ...span,
    traceId,
    spanId: keepId(span.spanId, SPAN_DIGITS),
    parentSpanId: span.parentSpanId === '' ? '' : keepId(span.parentSpanId, SPAN_DIGITS),
    attributes: mapValues(attributes, keepValue),
    links: span.links.flatMap(keepLink),
  }
}

/** A span as it goes out: all attributes are values again. */
export function sendSpan(span: Span): Span {
  const { [TRACE_ID]: traceId = `"tr-${span.traceId}"`, ...rest } = span.attributes
  return { ...span, attributes: mapValues({ ...rest, [TRACE_ID]: traceId }, sendValue) }
}

/** A text that is itself JSON of a text, list or object counts as that, as MLflow's server has it. */
function keepValue(value: SpanValue, key: string): SpanValue {
  const inside = typeof value === 'string' ? readNested(value) : undefined
  if (key.startsWith(OWN)) return inside === undefined ? spanValueToJson(value) : (value as string)
  return inside ?? value
}

function sendValue(value: SpanValue, key: string): SpanValue {
  if (!key.startsWith(OWN) || typeof value !== 'string') return value
  const read = jsonToSpanValue(value)
  return read === undefined ? value : read
}

function readNested(text: string): SpanValue | undefined {
  if (!/^\s*["[{]/.test(text)) return undefined
  return jsonToSpanValue(text)
}

function keepLink(link: Span['links'][number]): Span['links'] {
  // What names no other span is dropped, as MLflow drops it when it answers.
  try {
    const [traceId, spanId] = [keepId(link.traceId, TRACE_DIGITS), keepId(link.spanId, SPAN_DIGITS)]
    return [{ ...link, traceId, spanId }]
  } catch {
    return []
  }
}

function keepId(hex: string, digits: number): string {
  const bare = hex.length > digits ? hex.replace(/^0+/, '') : hex
  if (hex === '' || bare.length > digits) throw new UnfitSpan('an id is missing or too long')
  return bare.padStart(digits, '0')
}

function mapValues(
  record: Attributes,
  change: (value: SpanValue, key: string) => SpanValue,
): Attributes {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))
}

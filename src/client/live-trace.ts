import { bytesToHex } from '../entities/ids.js'
import { invalid } from '../entities/invalid.js'
import type { Span, SpanEvent, SpanValue, Trace } from '../entities/trace.js'
import type { StartTrace } from '../store/trace-store.js'
import { toJsonText, toSpanValue } from './trace-value.js'
import { recordEntries, shown } from './values.js'

/** What a new span takes beside its name. */
export interface SpanOptions {
  /** Such as `LLM`, `TOOL`, `CHAIN`; any text. */
  readonly spanType?: string
  /** Anything that JSON can say. */
  readonly inputs?: unknown
  readonly attributes?: Readonly<Record<string, unknown>>
  /** Nanoseconds since the epoch; now by default. */
  readonly startTimeNs?: bigint
}

/** What the end of a span takes. */
export interface EndSpanOptions {
  /** Anything that JSON can say. */
  readonly outputs?: unknown
  readonly attributes?: Readonly<Record<string, unknown>>
  /** OK by default. */
  readonly status?: 'OK' | 'ERROR'
  /** Why, for an error. */
  readonly statusMessage?: string
  /** Nanoseconds since the epoch; now by default. */
  readonly endTimeNs?: bigint
}

/** What a new trace begins with. */
export interface LiveTraceOptions extends SpanOptions {
  readonly experimentId: string
  readonly tags: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, string>>
}

const NANOS = 1_000_000n
const LONGEST_PREVIEW = 1000
const SCHEMA_VERSION = '3'
const ATTRIBUTES = {
  traceId: 'mlflow.traceRequestId',
  inputs: 'mlflow.spanInputs',
  outputs: 'mlflow.spanOutputs',
  type: 'mlflow.spanType',
} as const

/** A span that goes on; what it holds is kept in memory until its trace ends. */
export class LiveSpan {
  /** Of its trace: `tr-` and 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
  /** null for the root. */
  readonly parentId: string | null
  readonly name: string
  readonly #clock: () => bigint
  readonly #start: bigint
  readonly #attributes = new Map<string, SpanValue>()
  readonly #events: SpanEvent[] = []
  #end = 0n
  #status: Span['status'] = { code: 'UNSET', message: '' }

  /** Made by a LiveTrace. */
  constructor(
    ids: { traceId: string; parentId: string | null; name: string },
    clock: () => bigint,
    options: SpanOptions,
  ) {
    this.traceId = ids.traceId
    this.parentId = ids.parentId
    this.name = ids.name
    this.spanId = randomHex(8)
    this.#clock = clock
    this.#start = options.startTimeNs ?? clock()
    this.#set(ATTRIBUTES.traceId, JSON.stringify(this.traceId))
    this.#set(ATTRIBUTES.type, JSON.stringify(options.spanType ?? 'UNKNOWN'))
    this.setAttributes(options.attributes ?? {})
    if (options.inputs !== undefined)
      this.#set(ATTRIBUTES.inputs, toJsonText(options.inputs, 'inputs'))
  }

  /** Whether it has ended: nothing more can be said of it then. */
  get isEnded(): boolean {
    return this.#end !== 0n
  }

  /** Sets an attribute; anything that JSON can say. INVALID_PARAMETER_VALUE once the span has ended. */
  setAttribute(key: string, value: unknown): void {
    this.#assertOpen()
    const what = `The attribute ${shown(key)}`
    this.#set(key, key.startsWith('mlflow.') ? toJsonText(value, what) : toSpanValue(value, what))
  }

  /** Sets attributes. */
  setAttributes(attributes: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of recordEntries(attributes, 'Attributes'))
      this.setAttribute(key, value)
  }

  /** Notes that something happened, now. */
  addEvent(name: string, attributes: Readonly<Record<string, unknown>> = {}): void {
    this.#assertOpen()
    const pairs = recordEntries(attributes, 'Attributes').map(
      ([key, value]) => [key, toSpanValue(value, `The attribute ${shown(key)}`)] as const,
    )
    this.#events.push({ name, timeUnixNano: this.#clock(), attributes: Object.fromEntries(pairs) })
  }

  /** Ends it. INVALID_PARAMETER_VALUE where it has ended already. */
  end(options: EndSpanOptions = {}): void {
    const { status = 'OK', statusMessage = '', endTimeNs } = options
    this.#assertOpen()
    if (status !== 'OK' && status !== 'ERROR')
      throw invalid(`The status of a span is OK or ERROR, not ${shown(status)}.`)
    this.setAttributes(options.attributes ?? {})
    if (options.outputs !== undefined)
      this.#set(ATTRIBUTES.outputs, toJsonText(options.outputs, 'outputs'))
    this.#status = { code: status, message: statusMessage }
    this.#end = endTimeNs ?? this.#clock()
  }

  /** What is to be stored of it. */
  toSpan(): Span {
    return {
      traceId: this.traceId.slice('tr-'.length),
      spanId: this.spanId,
      parentSpanId: this.parentId ?? '',
      name: this.name,
      startTimeUnixNano: this.#start,
      endTimeUnixNano: this.#end,
      status: this.#status,
      attributes: Object.fromEntries(this.#attributes),
      events: this.#events,
      links: [],
    }
  }

  #set(key: string, value: SpanValue): void {
    this.#attributes.set(key, value)
  }

  #assertOpen(): void {
    if (this.isEnded) throw invalid(`The span ${shown(this.name)} has ended; start another one.`)
  }
}

/** A trace that goes on: its spans in memory, and what it is to be stored as. */
export class LiveTrace {
  readonly root: LiveSpan
  readonly #options: LiveTraceOptions
  readonly #spans = new Map<string, LiveSpan>()
  #last = 0n

  /** Begins a trace with its root span. */
  constructor(name: string, options: LiveTraceOptions) {
    this.#options = options
    const ids = { traceId: `tr-${randomHex(16)}`, parentId: null, name }
    this.root = this.#add(new LiveSpan(ids, this.#clock, options))
  }

  get traceId(): string {
    return this.root.traceId
  }

  get experimentId(): string {
    return this.#options.experimentId
  }

  /** A new span below another one. INVALID_PARAMETER_VALUE where there is no such span. */
  startSpan(name: string, parentId: string, options: SpanOptions): LiveSpan {
    this.span(parentId)
    const ids = { traceId: this.traceId, parentId, name }
    return this.#add(new LiveSpan(ids, this.#clock, options))
  }

  /** A span of it; INVALID_PARAMETER_VALUE where it has none such. */
  span(spanId: string): LiveSpan {
    const span = this.#spans.get(spanId)
    if (span !== undefined) return span
    throw invalid(`The trace ${this.traceId} has no span ${shown(spanId)} that was started here.`)
  }

  /** Ends the root, and with it what goes on still; gives what is to be stored. */
  end(options: EndSpanOptions): { readonly info: StartTrace; readonly spans: Trace['spans'] } {
    const endTimeNs = options.endTimeNs ?? this.#clock()
    if (!this.root.isEnded) this.root.end({ ...options, endTimeNs })
    for (const span of this.#spans.values()) if (!span.isEnded) span.end({ endTimeNs })
    const spans = [...this.#spans.values()].map((span) => span.toSpan())
    return { info: this.#toInfo(this.root.toSpan()), spans }
  }

  #toInfo(root: Span): StartTrace {
    const { startTimeUnixNano: start, endTimeUnixNano: end, status } = root
    const { experimentId, tags, metadata } = this.#options
    const [request, response] = [ATTRIBUTES.inputs, ATTRIBUTES.outputs].map((key) =>
      toPreview(root.attributes[key]),
    )
    return {
      traceId: this.traceId,
      experimentId,
      requestTime: Number(start / NANOS),
      executionDuration: Number(end / NANOS - start / NANOS),
      state: status.code === 'ERROR' ? 'ERROR' : 'OK',
      requestPreview: request ?? null,
      responsePreview: response ?? null,
      tags: { 'mlflow.traceName': root.name, ...tags },
      traceMetadata: { 'mlflow.trace_schema.version': SCHEMA_VERSION, ...metadata },
    }
  }

  #add(span: LiveSpan): LiveSpan {
    this.#spans.set(span.spanId, span)
    return span
  }

  /** Milliseconds are all that clocks tell everywhere: what happens within one is kept in order by nanoseconds. */
  readonly #clock = (): bigint => {
    const now = BigInt(Date.now()) * NANOS
    this.#last = now > this.#last ? now : this.#last + 1n
    return this.#last
  }
}

function toPreview(json: SpanValue | undefined): string | null {
  if (typeof json !== 'string') return null
  if (json.length <= LONGEST_PREVIEW) return json
  return `${json.slice(0, LONGEST_PREVIEW - 3)}...`
}

function randomHex(bytes: number): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(bytes)))
}

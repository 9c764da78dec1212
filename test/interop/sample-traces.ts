/** What both sides are given: spans as OTLP's JSON, calls of `start_trace`, links, assessments and searches. */

/** Epoch milliseconds at which the traces begin. */
export const BEGIN = 1_700_000_000_000

const hexOf = (n: number): string => n.toString(16).padStart(32, '0')

/** The id of the n-th trace. */
export const traceIdOf = (n: number): string => `tr-${hexOf(n)}`

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value }

interface SpanSketch {
  readonly parent?: number
  /** Milliseconds after the beginning, and how many it takes. */
  readonly start: number
  readonly takes: number
  readonly name?: string
  readonly attributes?: Readonly<Record<string, Value>>
  readonly status?: number
  readonly message?: string
  readonly events?: readonly string[]
}

function valueOf(value: Value): object {
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (typeof value === 'string') return { stringValue: value }
  return Array.isArray(value)
    ? { arrayValue: { values: (value as readonly Value[]).map(valueOf) } }
    : { kvlistValue: { values: members(value as Readonly<Record<string, Value>>) } }
}

function members(values: Readonly<Record<string, Value>>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: valueOf(value) }))
}

function span(trace: number, id: number, sketch: SpanSketch): object {
  const { parent, start, takes, name = 'n', attributes = {}, status, message = '' } = sketch
  const hex = (n: number): string => n.toString(16).padStart(16, '0')
  return {
    traceId: hexOf(trace),
    spanId: hex(id),
    ...(parent !== undefined && { parentSpanId: hex(parent) }),
    name,
    startTimeUnixNano: `${BEGIN + start}000007`,
    endTimeUnixNano: `${BEGIN + start + takes}000009`,
    attributes: members(attributes),
    events: (sketch.events ?? []).map((event) => ({
      name: event,
      timeUnixNano: `${BEGIN}000005`,
      attributes: [],
    })),
    ...(status !== undefined && { status: { code: status, message } }),
  }
}

/** Spans that come first. */
export const early = [
  {
    experimentId: '1',
    spans: [
      span(1, 1, {
        start: 0,
        takes: 1000,
        name: 'root é',
        attributes: {
          'mlflow.spanInputs': '{"q": "hello \\"w\\" ü"}',
          'mlflow.spanOutputs': '"bye"',
          'mlflow.spanType': 'LLM',
          k: 5,
          f: 2.5,
          s: 'txt',
          b: true,
          l: [1, 'a'],
          o: { a: 1 },
        },
        status: 1,
      }),
      span(1, 2, {
        parent: 1,
        start: 100,
        takes: 300,
        name: 'child',
        attributes: { 'mlflow.spanType': '"TOOL"', model: 'gpt-4' },
        status: 2,
        message: 'bad',
      }),
    ],
  },
  {
    experimentId: '1',
    spans: [
      span(2, 1, {
        start: 5000,
        takes: 2000,
        name: 'Root2',
        attributes: {
          'mlflow.spanType': 'CHAIN',
          'mlflow.spanInputs':
            '{"messages": [{"role": "system", "content": "sys"}, {"role": "user", "content": [{"type": "text", "text": "hi there"}]}, {"role": "assistant", "content": "x"}]}',
          'mlflow.spanOutputs':
            '{"choices": [{"message": {"role": "assistant", "content": "answer"}}]}',
          'mlflow.chat.tokenUsage':
            '{"input_tokens": 5, "output_tokens": 7, "total_tokens": 12, "cache_read_input_tokens": 1}',
          'session.id': 'sess-1',
          'user.id': 'bob',
        },
        events: ['ev1'],
      }),
      span(2, 2, {
        parent: 1,
        start: 5001,
        takes: 5,
        attributes: { 'mlflow.chat.tokenUsage': '{"input_tokens": 100}' },
      }),
    ],
  },
  {
    experimentId: '1',
    spans: [
      span(3, 2, {
        parent: 1,
        start: 9000,
        takes: 10,
        name: 'only child',
        attributes: { 'session.id': 'sess-1', 'mlflow.chat.tokenUsage': '{"input_tokens": 3}' },
      }),
    ],
  },
  {
    experimentId: '2',
    spans: [
      span(4, 1, {
        start: 100,
        takes: 100,
        name: 'x_y%z',
        attributes: {
          'mlflow.traceTag.mlflow.traceName': 'Named',
          'mlflow.traceTag.team': 'red',
          'mlflow.spanInputs': `"${'z'.repeat(1500)}"`,
        },
        status: 2,
      }),
    ],
  },
  {
    experimentId: '1',
    spans: [
      span(3, 3, {
        parent: 1,
        start: 8000,
        takes: 1,
        attributes: {
          'mlflow.chat.tokenUsage': '{"input_tokens": 4, "total_tokens": 9}',
          'mlflow.llm.cost': '{"input_cost": 1, "total_cost": 1e-05}',
        },
      }),
    ],
  },
  {
    experimentId: '1',
    spans: [
      span(6, 1, {
        start: 20000,
        takes: 1500,
        name: 'plain',
        attributes: {
          'mlflow.spanInputs': '{"request": {"input": [{"role": "user", "content": "deep"}]}}',
          'mlflow.spanOutputs':
            '{"output": [{"role": "assistant", "content": [{"type": "output_text", "text": "out!"}]}]}',
          'mlflow.llm.cost': '{"input_cost": 0.5, "output_cost": 0.25}',
        },
      }),
    ],
  },
  {
    experimentId: '2',
    spans: [
      span(9, 1, {
        start: 30_000,
        takes: 10,
        attributes: {
          'gen_ai.usage.input_tokens': 4,
          'gen_ai.usage.output_tokens': 5,
          'gen_ai.operation.name': 'chat',
          'input.value': 'question',
          'gen_ai.output.messages': '[{"role": "assistant", "content": "answer"}]',
        },
      }),
    ],
  },
]

/** What clients then say of traces. */
export const starts = [
  {
    traceId: traceIdOf(5),
    experimentId: '1',
    requestTime: BEGIN + 700,
    executionDuration: null,
    state: 'IN_PROGRESS' as const,
    tags: {
      team: 'blue',
      note: 'Line1\nline2',
      'mlflow.traceName': 'named too',
      'mlflow.linkedPrompts': '[]',
    },
    traceMetadata: { 'mlflow.sourceRun': 'run-a', 'mlflow.trace.session': 'sess-2', x: '1' },
    clientRequestId: 'req-1',
    requestPreview: 'preview A',
  },
  {
    traceId: traceIdOf(2),
    experimentId: '1',
    requestTime: BEGIN + 5000,
    executionDuration: 2500,
    state: 'OK' as const,
    tags: { team: 'red' },
    traceMetadata: {
      'mlflow.sourceRun': 'run-b',
      'mlflow.trace.tokenUsage': '{"input_tokens": 9}',
    },
    clientRequestId: null,
    requestPreview: null,
  },
  {
    traceId: traceIdOf(7),
    experimentId: '2',
    requestTime: BEGIN + 100,
    executionDuration: 0,
    state: 'ERROR' as const,
    tags: { team: 'Red', n: '10' },
    traceMetadata: { 'mlflow.trace.cost': '{"total_cost": 2}' },
    clientRequestId: 'REQ-2',
    requestPreview: null,
  },
  {
    traceId: traceIdOf(8),
    experimentId: '1',
    requestTime: BEGIN + 700,
    executionDuration: 50,
    state: 'STATE_UNSPECIFIED' as const,
    tags: { 'a.b': 'q' },
    traceMetadata: { 'mlflow.trace.session': 'sess-1' },
    clientRequestId: null,
    requestPreview: null,
  },
]

/** Spans that come after that. */
export const late = [
  {
    experimentId: '1',
    spans: [
      span(5, 1, {
        start: 600,
        takes: 50,
        name: 'late',
        attributes: { 'mlflow.spanOutputs': '[1, 2.0, null]' },
        status: 1,
      }),
    ],
  },
  {
    experimentId: '1',
    spans: [span(2, 9, { parent: 1, start: 1000, takes: 90000, name: 'afterwards' })],
  },
  {
    experimentId: '1',
    spans: [
      span(8, 1, {
        start: -500,
        takes: 10,
        name: 'odd',
        attributes: { 'mlflow.chat.tokenUsage': '{"input_tokens": 1}' },
      }),
    ],
  },
]

/** Runs with their traces. */
export const links = [
  { runId: 'run-a', traceIds: [traceIdOf(6), traceIdOf(2)] },
  { runId: 'run-z', traceIds: [traceIdOf(7)] },
]

/** Assessments, in order of their making. */
export const assessments = [
  {
    traceId: traceIdOf(1),
    assessmentId: 'a1',
    name: 'quality',
    kind: 'feedback',
    value: 0.9,
    metadata: {},
    overrides: null,
  },
  {
    traceId: traceIdOf(1),
    assessmentId: 'a2',
    name: 'ok',
    kind: 'feedback',
    value: true,
    metadata: {},
    overrides: null,
  },
  {
    traceId: traceIdOf(2),
    assessmentId: 'a3',
    name: 'quality',
    kind: 'feedback',
    value: 5,
    metadata: {},
    overrides: null,
  },
  {
    traceId: traceIdOf(2),
    assessmentId: 'a4',
    name: 'quality',
    kind: 'feedback',
    value: 'good',
    metadata: {},
    overrides: null,
  },
  {
    traceId: traceIdOf(3),
    assessmentId: 'a5',
    name: 'ok',
    kind: 'feedback',
    value: 'yes',
    metadata: { 'mlflow.trace.session': 'sess-1' },
    overrides: null,
  },
  {
    traceId: traceIdOf(4),
    assessmentId: 'a6',
    name: 'quality',
    kind: 'feedback',
    value: 0.1,
    metadata: {},
    overrides: null,
  },
  {
    traceId: traceIdOf(4),
    assessmentId: 'a7',
    name: 'quality',
    kind: 'feedback',
    value: 0.7,
    metadata: {},
    overrides: 'a6',
  },
  {
    traceId: traceIdOf(5),
    assessmentId: 'a8',
    name: 'answer',
    kind: 'expectation',
    value: '42',
    metadata: {},
    overrides: null,
  },
  {
    traceId: traceIdOf(6),
    assessmentId: 'a9',
    name: 'answer',
    kind: 'expectation',
    value: 42,
    metadata: {},
    overrides: null,
  },
  {
    traceId: traceIdOf(6),
    assessmentId: 'a10',
    name: 'obj',
    kind: 'feedback',
    value: { a: [1, 'é', null] },
    metadata: {},
    overrides: null,
  },
  {
    traceId: traceIdOf(1),
    assessmentId: 'a11',
    name: 'nul',
    kind: 'feedback',
    value: null,
    metadata: {},
    overrides: null,
  },
  {
    traceId: traceIdOf(7),
    assessmentId: 'a12',
    name: 'quality',
    kind: 'feedback',
    value: 'Good',
    metadata: {},
    overrides: null,
  },
]

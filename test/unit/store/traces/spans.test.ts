import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import type { Span, SpanValue, TraceInfo } from '../../../../src/entities/trace.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'
import { childOf, hexOf, refusal, spanIdOf, spanOf, traceIdOf } from './sample-spans.js'

let stores = 0
let store: LocalStore
let experiment: string

beforeEach(async () => {
  store = await openEngine(memoryAdapter(`spans-${stores++}`))
  experiment = await store.createExperiment('e')
})

afterEach(() => store.close())

const log = async (...spans: Span[]): Promise<TraceInfo> => {
  await store.logSpans(experiment, spans)
  return store.getTraceInfo(`tr-${spans[0]!.traceId}`)
}

const spansOf = async (n: number): Promise<readonly Span[]> =>
  (await store.getTraces([traceIdOf(n)]))[0]!.spans

const usage = (counts: object): Pick<Span, 'attributes'> => ({
  attributes: { 'mlflow.chat.tokenUsage': JSON.stringify(counts) },
})

describe('spans', () => {
  it('come back as they were, whatever their attributes are', async () => {
    const attributes: Record<string, SpanValue> = {
      text: 'é\n\0\ud800🙂',
      integer: 2n ** 63n - 1n,
      small: -5n,
      double: 5,
      odd: [Number.NaN, Infinity, -Infinity, -0, 1e-320],
      bytes: Uint8Array.of(0, 128, 255),
      map: { i: '1', b: '', nested: { m: null } },
      nothing: null,
      yes: true,
      '': [],
    }
    Object.defineProperty(attributes, '__proto__', { value: 'own', enumerable: true })
    const span = spanOf(1, {
      startTimeUnixNano: 1_700_000_000_123_456_789n,
      endTimeUnixNano: 2n ** 63n - 1n,
      status: { code: 'ERROR', message: 'why' },
      attributes,
      events: [{ name: 'e\0', timeUnixNano: 2n ** 60n + 1n, attributes }],
      links: [{ traceId: hexOf(9), spanId: spanIdOf(9), attributes }],
    })
    await log(span)
    expect(await spansOf(1)).toEqual([span])
  })

  it('are given with the root first, then by start', async () => {
    await log(
      childOf(1, 4, { startTimeUnixNano: 9n }),
      childOf(1, 3, { startTimeUnixNano: 10n }),
      childOf(1, 2, { startTimeUnixNano: 9n }),
      spanOf(1),
    )
    expect((await spansOf(1)).map(({ spanId }) => spanId)).toEqual([1, 2, 4, 3].map(spanIdOf))
  })

  it('replace those of their ids', async () => {
    await log(spanOf(1), childOf(1, 2))
    await log(spanOf(1, { name: 'again' }))
    expect((await spansOf(1)).map(({ name }) => name)).toEqual(['again', 'child 2'])
  })

  it('make their traces', async () => {
    await store.logSpans(experiment, [spanOf(1), childOf(2, 2, { endTimeUnixNano: 0n })])
    const [made, goesOn] = await store.getTraceInfos([traceIdOf(1), traceIdOf(2)])
    expect(made).toEqual({
      traceId: traceIdOf(1),
      experimentId: experiment,
      clientRequestId: null,
      requestPreview: null,
      responsePreview: null,
      requestTime: 1500,
      executionDuration: 1250,
      state: 'OK',
      traceMetadata: {},
      tags: {
        'mlflow.artifactLocation': `mlflow-artifacts:/${experiment}/traces/${traceIdOf(1)}/artifacts`,
        'mlflow.trace.spansLocation': 'TRACKING_STORE',
      },
      assessments: [],
    })
    expect(goesOn).toMatchObject({ state: 'IN_PROGRESS', executionDuration: null })
  })

  it('widen their traces, and end them once the root comes', async () => {
    await log(childOf(1, 2))
    const done = await log(
      spanOf(1, { startTimeUnixNano: 10n ** 9n, status: { code: 'ERROR', message: '' } }),
    )
    expect(done).toMatchObject({ requestTime: 1000, executionDuration: 1750, state: 'ERROR' })
  })

  it('tell of the name, tags, session and user of their trace', async () => {
    const { tags, traceMetadata } = await log(
      spanOf(1, {
        attributes: {
          'mlflow.traceTag.mlflow.traceName': '"the name"',
          'mlflow.traceTag.team': 'red',
          'mlflow.traceTag...': 'no tag',
          'session.id': 's',
          'user.id': 'u',
        },
      }),
      childOf(1, 2, { attributes: { 'session.id': 'other', 'mlflow.traceTag.x': 'no root' } }),
    )
    expect(tags).toMatchObject({ 'mlflow.traceName': 'the name', team: 'red' })
    expect(Object.keys(tags)).toHaveLength(4)
    expect(traceMetadata).toEqual({ 'mlflow.trace.session': 's', 'mlflow.trace.user': 'u' })
  })

  it('give previews of the root, of which the first stays', async () => {
    const root = (inputs: string): Span =>
      spanOf(1, { attributes: { 'mlflow.spanInputs': inputs, 'mlflow.spanOutputs': '{"a": 1}' } })
    const first = await log(root(`"${'é🙂'.repeat(600)}"`))
    expect(Array.from(first.requestPreview!)).toHaveLength(1000)
    expect(first.requestPreview).toMatch(/^"(é🙂)+\.\.\.$/u)
    expect(first.responsePreview).toBe('{"a": 1}')
    expect((await log(root('"new"'))).requestPreview).toBe(first.requestPreview)
  })

  it.each([
    ['{"messages": [{"role": "user", "content": "q"}, {"role": "tool", "content": "t"}]}', 'q'],
    [
      '{"request": {"input": [{"role": "x", "content": [{"type": "text", "text": "deep"}]}]}}',
      'deep',
    ],
    ['{"messages": [{"role": "user"}]}', '{"messages": [{"role": "user"}]}'],
    ['no JSON', 'no JSON'],
  ])('preview a chat by its last message: %s', async (inputs, preview) => {
    const { requestPreview } = await log(spanOf(1, { attributes: { 'mlflow.spanInputs': inputs } }))
    expect(requestPreview).toBe(preview)
  })

  it('sum up tokens over the tree, not twice below a span that counts', async () => {
    const key = 'mlflow.trace.tokenUsage'
    const first = await log(
      childOf(1, 3, { ...usage({ input_tokens: 5 }), parentSpanId: spanIdOf(2) }),
      childOf(1, 4, usage({ input_tokens: 7, cache_read_input_tokens: 1, x: 9 })),
    )
    expect(first.traceMetadata[key]).toBe(
      '{"input_tokens": 12, "output_tokens": 0, "total_tokens": 0, "cache_read_input_tokens": 1}',
    )
    const second = await log(childOf(1, 2, usage({ output_tokens: 3, total_tokens: 3 })))
    expect(second.traceMetadata[key]).toBe(
      '{"input_tokens": 7, "output_tokens": 3, "total_tokens": 3, "cache_read_input_tokens": 1}',
    )
  })

  it('do not change what a client has counted', async () => {
    const key = 'mlflow.trace.tokenUsage'
    await store.startTrace({
      traceId: traceIdOf(1),
      experimentId: experiment,
      requestTime: 5000,
      executionDuration: 1,
      traceMetadata: { [key]: '{"input_tokens": 1}' },
    })
    const info = await log(spanOf(1, usage({ input_tokens: 99 })))
    expect(info.traceMetadata[key]).toBe('{"input_tokens": 1}')
    expect(info).toMatchObject({ requestTime: 5000, executionDuration: 1 })
  })

  it('tell the same by other conventions', async () => {
    const { traceMetadata, requestPreview, responsePreview } = await log(
      spanOf(1, {
        attributes: {
          'gen_ai.usage.input_tokens': 4n,
          'gen_ai.usage.output_tokens': '5',
          'gen_ai.operation.name': 'chat',
          'input.value': 'question',
          'gen_ai.output.messages': [{ role: 'assistant', content: 'answer' }],
        },
      }),
    )
    expect(traceMetadata['mlflow.trace.tokenUsage']).toBe(
      '{"input_tokens": 4, "output_tokens": 5, "total_tokens": 9}',
    )
    expect([requestPreview, responsePreview]).toEqual([
      '"question"',
      '[{"role": "assistant", "content": "answer"}]',
    ])
    expect((await spansOf(1))[0]?.attributes['mlflow.spanType']).toBe('"CHAT_MODEL"')
  })

  it('survive parents that go round in a ring', async () => {
    const { traceMetadata } = await log(
      childOf(1, 2, { ...usage({ input_tokens: 1 }), parentSpanId: spanIdOf(3) }),
      childOf(1, 3, { ...usage({ input_tokens: 1 }), parentSpanId: spanIdOf(2) }),
      childOf(1, 4, { ...usage({ input_tokens: 1 }), parentSpanId: spanIdOf(4) }),
    )
    expect(traceMetadata).toEqual({})
  })

  it('link a run to the traces whose roots are among them', async () => {
    await store.logSpans(experiment, [spanOf(1), childOf(2, 2)], { runId: 'run' })
    const query = { experimentIds: [experiment], filter: "run_id = 'run'" }
    const { items } = await store.searchTraces(query)
    expect(items.map(({ traceId }) => traceId)).toEqual([traceIdOf(1)])
  })

  it('stay with the experiment of their trace', async () => {
    const other = await store.createExperiment('other')
    await log(spanOf(1))
    await store.logSpans(other, [childOf(1, 2)])
    expect((await store.getTraceInfo(traceIdOf(1))).experimentId).toBe(experiment)
    expect((await refusal(store.logSpans('99', [spanOf(7)])))[0]).toBe('RESOURCE_DOES_NOT_EXIST')
  })

  const deep = (levels: number): SpanValue => (levels === 0 ? 1 : [deep(levels - 1)])

  it.each<[string, Partial<Span>]>([
    ['a short trace id', { traceId: '12' }],
    ['a trace id of zeros', { traceId: '0'.repeat(32) }],
    ['a span id in capitals', { spanId: 'A'.repeat(16) }],
    ['a parent that is none', { parentSpanId: 'x' }],
    ['a time before the epoch', { startTimeUnixNano: -1n }],
    ['a time past 64 bits', { endTimeUnixNano: 2n ** 63n }],
    ['a time that is no bigint', { endTimeUnixNano: 5 as unknown as bigint }],
    ['a name with a NUL', { name: 'a\0' }],
    ['an unknown status', { status: { code: 'FINE' as 'OK', message: '' } }],
    ['an integer past 64 bits', { attributes: { a: 2n ** 64n } }],
    ['a function', { attributes: { a: (() => 1) as unknown as string } }],
    ['deep nesting', { attributes: { a: deep(5000) } }],
    ['no events', { events: null as unknown as [] }],
  ])('are refused, all of them, for %s', async (_, bad) => {
    const [code] = await refusal(store.logSpans(experiment, [spanOf(1), spanOf(2, bad)]))
    expect(code).toBe('INVALID_PARAMETER_VALUE')
    expect(await store.getTraces([traceIdOf(1), traceIdOf(2)])).toEqual([])
  })
})

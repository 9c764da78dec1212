import { expect, it } from 'vitest'
import type { Tracker } from '../../../src/index.js'
import { codeOf } from './helpers.js'

/** Traces and what is thought of them, over a tracker of any kind. */
export function traceTests(tracker: () => Tracker): void {
  const client = (): Tracker['client'] => tracker().client

  /** A trace of a root and a child, stored; gives its id. */
  async function record(name: string, options: { tags?: object; error?: boolean } = {}) {
    const tags = { ...options.tags }
    const root = client().startTrace(name, { spanType: 'CHAIN', inputs: { x: 20 }, tags })
    const { traceId } = root
    const child = client().startSpan('child', { traceId, parentId: root.spanId })
    client().endSpan(traceId, child.spanId, { outputs: [1, 2.5] })
    const ended = options.error ? { status: 'ERROR', statusMessage: 'boom' } : { outputs: 'done' }
    await client().endTrace(traceId, ended as object)
    return traceId
  }

  it('stores a trace with its spans', async () => {
    const root = client().startTrace('ask', {
      spanType: 'AGENT',
      inputs: { question: 'été?', deep: [1, 1.5, true, null, { a: 'b' }] },
      attributes: { model: 'm', n: 3, ratio: 0.5 },
      tags: { team: 'x' },
      metadata: { 'mlflow.trace.user': 'me' },
    })
    const child = client().startSpan('look up', {
      traceId: root.traceId,
      parentId: root.spanId,
      spanType: 'RETRIEVER',
      inputs: 'q',
    })
    child.setAttribute('hits', [1, 2])
    child.addEvent('found', { count: 2 })
    client().endSpan(root.traceId, child.spanId, { status: 'ERROR', statusMessage: 'lost' })
    await client().endTrace(root.traceId, { outputs: { answer: 42 } })

    const { info, spans } = await client().getTrace(root.traceId)
    expect(info).toMatchObject({
      traceId: root.traceId,
      experimentId: '0',
      state: 'OK',
      requestPreview: '{"question": "été?", "deep": [1, 1.5, true, null, {"a": "b"}]}',
      responsePreview: '{"answer": 42}',
      tags: { team: 'x', 'mlflow.traceName': 'ask' },
      traceMetadata: { 'mlflow.trace.user': 'me' },
    })
    expect(info.requestTime).toBeGreaterThan(1_600_000_000_000)
    expect(spans.map(({ name }) => name)).toEqual(['ask', 'look up'])
    expect(spans[0]).toMatchObject({
      traceId: root.traceId.slice(3),
      spanId: root.spanId,
      parentSpanId: '',
      status: { code: 'OK' },
    })
    expect(spans[0]!.attributes).toMatchObject({
      'mlflow.spanInputs': info.requestPreview,
      'mlflow.spanOutputs': '{"answer": 42}',
      'mlflow.spanType': '"AGENT"',
      model: 'm',
      n: 3n,
      ratio: 0.5,
    })
    expect(spans[1]).toMatchObject({
      spanId: child.spanId,
      parentSpanId: root.spanId,
      status: { code: 'ERROR', message: 'lost' },
      attributes: { 'mlflow.spanInputs': '"q"', hits: [1n, 2n] },
      events: [{ name: 'found', attributes: { count: 2n } }],
    })
  })

  it('finds traces, in pages and in order', async () => {
    const ids: string[] = []
    for (const [i, name] of ['a', 'b', 'c'].entries())
      ids.push(await record(name, { tags: { odd: String(i % 2 === 1) }, error: i === 2 }))
    const names = (page: Awaited<ReturnType<typeof search>>): (string | undefined)[] =>
      page.traces.map(({ info }) => info.tags['mlflow.traceName'])
    const search = (options: object) => client().searchTraces(['0'], options)
    const orderBy = ['name ASC']
    const first = await search({ orderBy, maxResults: 2 })
    expect(names(first)).toEqual(['a', 'b'])
    const rest = await search({ orderBy, maxResults: 2, pageToken: first.nextPageToken })
    expect([names(rest), rest.nextPageToken]).toEqual([['c'], null])
    expect(names(await search({ filter: "tags.odd = 'true'" }))).toEqual(['b'])
    expect(names(await search({ filter: "status = 'ERROR'" }))).toEqual(['c'])
    const [whole] = (await search({ filter: "name = 'a'" })).traces
    expect(whole?.spans).toHaveLength(2)
    const bare = await search({ filter: "name = 'a'", includeSpans: false })
    expect(bare.traces[0]).toMatchObject({ info: { traceId: ids[0] }, spans: [] })
    expect(await codeOf(() => search({ filter: 'nothing' }))).toBe('INVALID_PARAMETER_VALUE')
    expect(await codeOf(() => search({ filterString: "name = 'a'" }))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
  })

  it('tags traces, links them to runs, and deletes them', async () => {
    const [one, other] = [await record('one'), await record('other')]
    await client().setTraceTag(one, 'stage', 2)
    expect((await client().getTrace(one)).info.tags['stage']).toBe('2')
    await client().deleteTraceTag(one, 'stage')
    expect((await client().getTrace(one)).info.tags['stage']).toBeUndefined()
    expect(await codeOf(() => client().deleteTraceTag(one, 'stage'))).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
    const run = await tracker().startRun()
    await client().linkTracesToRun([one], run.id)
    await client().linkTracesToRun([one], run.id)
    const linked = await client().searchTraces(['0'], { filter: `run_id = '${run.id}'` })
    expect(linked.traces.map(({ info }) => info.traceId)).toEqual([one])
    await run.end()
    expect(await client().deleteTraces('0', { traceIds: [one, 'tr-none'] })).toBe(1)
    expect(await codeOf(() => client().getTrace(one))).toBe('RESOURCE_DOES_NOT_EXIST')
    const maxTimestampMillis = Date.now() + 60_000
    expect(await client().deleteTraces('0', { maxTimestampMillis, maxTraces: 5 })).toBe(1)
    expect(await codeOf(() => client().getTrace(other))).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(await codeOf(() => client().deleteTraces('0', {}))).toBe('INVALID_PARAMETER_VALUE')
  })

  it('keeps what is thought of a trace', async () => {
    const traceId = await record('judged')
    const source = { sourceType: 'LLM_JUDGE', sourceId: 'gpt' } as const
    const good = await client().logFeedback(traceId, {
      name: 'good',
      value: 0.5,
      source,
      rationale: 'because',
      metadata: { project: 'p' },
    })
    expect(good).toMatchObject({
      name: 'good',
      traceId,
      source,
      feedback: { value: 0.5, error: null },
      expectation: null,
      rationale: 'because',
      metadata: { project: 'p' },
      valid: true,
    })
    const expected = await client().logExpectation(traceId, {
      name: 'facts',
      value: { list: [1, 'two'] },
    })
    expect(expected).toMatchObject({
      source: { sourceType: 'HUMAN', sourceId: 'default' },
      expectation: { value: { list: [1, 'two'] } },
      feedback: null,
    })
    const failed = await client().logFeedback(traceId, { error: 'too slow' })
    expect(failed).toMatchObject({
      name: 'feedback',
      source: { sourceType: 'CODE' },
      feedback: { value: null, error: { errorCode: 'ASSESSMENT_ERROR', errorMessage: 'too slow' } },
    })
    const { assessmentId: id } = good
    const change = { feedback: { value: true, error: null }, rationale: 'on reflection' }
    expect(await client().updateAssessment(traceId, id, change)).toMatchObject({
      name: 'good',
      ...change,
    })
    expect(await client().getAssessment(traceId, id)).toMatchObject(change)
    const { assessments } = (await client().getTrace(traceId)).info
    expect(assessments.map(({ name }) => name).sort()).toEqual(['facts', 'feedback', 'good'])
    await client().deleteAssessment(traceId, id)
    await client().deleteAssessment(traceId, id)
    expect(await codeOf(() => client().getAssessment(traceId, id))).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(await codeOf(() => client().logFeedback('tr-none', { value: 1 }))).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
    expect(
      await codeOf(() => client().logExpectation(traceId, { name: 'none', value: null })),
    ).toBe('INVALID_PARAMETER_VALUE')
  })

  it('ends with a trace what goes on in it, and knows it no more', async () => {
    const root = client().startTrace('open')
    const { traceId } = root
    const child = client().startSpan('still', { traceId, parentId: root.spanId })
    const parentId = 'nobody'
    expect(await codeOf(() => client().startSpan('lost', { traceId, parentId }))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    const loop: unknown[] = []
    loop.push(loop)
    expect(await codeOf(() => child.setAttribute('loop', loop))).toBe('INVALID_PARAMETER_VALUE')
    await client().endTrace(traceId)
    expect(child.isEnded).toBe(true)
    const { spans } = await client().getTrace(traceId)
    expect(spans.map(({ endTimeUnixNano }) => endTimeUnixNano > 0n)).toEqual([true, true])
    expect(await codeOf(() => child.addEvent('late'))).toBe('INVALID_PARAMETER_VALUE')
    expect(await codeOf(() => client().endTrace(traceId))).toBe('INVALID_PARAMETER_VALUE')
    expect(await codeOf(() => client().endSpan(traceId, child.spanId))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
  })
}

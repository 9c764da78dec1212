import { beforeEach, describe, expect, it } from 'vitest'
import { EXPORT, sendSpans, TRACE_ID } from './otlp-bodies.js'
import { Wire } from './wire.js'

const API = '/api/3.0/mlflow/'
const FILE = '/ajax-api/3.0/mlflow/get-trace-artifact'
const LOCATION = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }
const OTHER = `tr-${'7'.repeat(32)}`
const INFO = {
  trace_id: OTHER,
  client_request_id: 'cr',
  trace_location: LOCATION,
  request_preview: 'rq',
  response_preview: 'rs',
  request_time: '2026-01-02T03:04:05.678Z',
  execution_duration: '1.5s',
  state: 'OK',
  trace_metadata: { m: '1' },
  tags: { t: 'v' },
}
/** The spans of EXPORT as MLflow's own server answers them. */
const SPANS = [
  {
    trace_id: 'ABEiM0RVZneImaq7zN3u/w==',
    span_id: 'AAAAAAAAAAE=',
    name: 'root',
    // Past what a double holds; `exact` has them.
    start_time_unix_nano: expect.any(Number) as unknown,
    end_time_unix_nano: expect.any(Number) as unknown,
    attributes: [
      {
        key: 'mlflow.spanInputs',
        value: { kvlist_value: { values: [{ key: 'x', value: { int_value: 20 } }] } },
      },
      { key: 'mlflow.spanType', value: { string_value: 'LLM' } },
      {
        key: 'nested',
        value: { kvlist_value: { values: [{ key: 'a', value: { int_value: 1 } }] } },
      },
      { key: 'double', value: { double_value: 1 } },
      { key: 'big', value: { int_value: expect.any(Number) as unknown } },
      { key: 'list', value: { array_value: { values: [{ bool_value: true }, {}] } } },
      { key: 'none' },
      { key: 'nan', value: { double_value: 'NaN' } },
      { key: 'empty', value: { array_value: {} } },
      { key: 'é', value: { string_value: 'ü' } },
      { key: 'mlflow.traceRequestId', value: { string_value: TRACE_ID } },
    ],
    events: [
      {
        time_unix_nano: expect.any(Number) as unknown,
        name: 'ev',
        attributes: [{ key: 'k', value: { int_value: 3 } }],
      },
    ],
    links: [
      {
        trace_id: 'VVVVVVVVVVVVVVVVVVVVVQ==',
        span_id: 'ZmZmZmZmZmY=',
        attributes: [{ key: 'q', value: { bool_value: true } }],
      },
    ],
    status: { code: 'STATUS_CODE_OK' },
  },
  {
    trace_id: 'ABEiM0RVZneImaq7zN3u/w==',
    span_id: 'AAAAAAAAAAI=',
    parent_span_id: 'AAAAAAAAAAE=',
    name: 'child',
    start_time_unix_nano: expect.any(Number) as unknown,
    end_time_unix_nano: expect.any(Number) as unknown,
    attributes: [{ key: 'mlflow.traceRequestId', value: { string_value: TRACE_ID } }],
    status: { message: 'boom', code: 'STATUS_CODE_ERROR' },
  },
]

let wire: Wire

beforeEach(async () => {
  wire = await Wire.open()
  return () => wire.store.close()
})

const post = (path: string, body: unknown) => wire.send(`${API}${path}`, { method: 'POST', body })
const start = (change: object = {}) =>
  post('traces', { trace: { trace_info: { ...INFO, ...change } } })

describe('traces over REST', () => {
  it('are answered with their spans as MLflow does', async () => {
    await sendSpans(wire, EXPORT)
    const { text, body } = await wire.send(`${API}traces/get`, { query: { trace_id: TRACE_ID } })
    const info = {
      trace_id: TRACE_ID,
      trace_location: LOCATION,
      request_time: '2023-11-14T22:13:20Z',
      execution_duration: '1.500s',
      state: 'OK',
      tags: {
        'mlflow.trace.spansLocation': 'TRACKING_STORE',
        'mlflow.artifactLocation': `mlflow-artifacts:/0/traces/${TRACE_ID}/artifacts`,
      },
      request_preview: '{"x": 20}',
    }
    expect(body).toEqual({ trace: { trace_info: info, spans: SPANS } })
    for (const exact of ['1700000000000000001', '9007199254740993', '"double_value":1.0'])
      expect(text).toContain(exact)
    const query = { trace_ids: [TRACE_ID, 'tr-none'] }
    expect(await wire.get(`${API}traces/batchGet`, query)).toEqual({
      traces: [{ trace_info: info, spans: SPANS }],
    })
    expect((await post('traces/batchGetInfos', query)).body).toEqual({ trace_infos: [info] })
    expect(await wire.get(`${API}traces/${TRACE_ID}`)).toEqual({ trace: { trace_info: info } })
  })

  it('give their spans as the file that clients know', async () => {
    await sendSpans(wire, EXPORT)
    const { headers, text } = await wire.send(FILE, { query: { request_id: TRACE_ID } })
    expect(headers.get('content-disposition')).toBe('attachment; filename=traces.json')
    const { spans } = JSON.parse(text) as { spans: Record<string, unknown>[] }
    expect(spans[0]).toMatchObject({
      trace_id: 'ABEiM0RVZneImaq7zN3u/w==',
      parent_span_id: null,
      attributes: {
        'mlflow.spanInputs': '{"x": 20}',
        'mlflow.spanType': '"LLM"',
        nested: '{"a": 1}',
        double: '1.0',
        big: '9007199254740993',
        none: 'null',
        nan: 'NaN',
        é: '"ü"',
        'mlflow.traceRequestId': `"${TRACE_ID}"`,
      },
      events: [{ name: 'ev', attributes: { k: 3 } }],
      status: { code: 'STATUS_CODE_OK', message: '' },
      links: [
        { trace_id: `tr-${'5'.repeat(32)}`, span_id: '6'.repeat(16), attributes: { q: true } },
      ],
    })
  })

  it('of clients that keep spans among their files give those', async () => {
    const { body } = await start()
    expect(body).toEqual({
      trace: {
        trace_info: {
          ...INFO,
          execution_duration: '1.500s',
          trace_metadata: { m: '1', 'mlflow.trace.infoFinalized': 'true' },
          tags: {
            t: 'v',
            'mlflow.artifactLocation': `mlflow-artifacts:/0/traces/${OTHER}/artifacts`,
          },
        },
      },
    })
    const answered = await wire.send(FILE, { query: { request_id: OTHER } })
    expect(answered).toMatchObject({
      status: 404,
      body: { message: 'Trace data not found for path=traces.json' },
    })
    const path = `/api/2.0/mlflow-artifacts/artifacts/0/traces/${OTHER}/artifacts/traces.json`
    expect((await wire.send(path, { method: 'PUT', raw: '{"spans": []}' })).status).toBe(200)
    expect((await wire.send(FILE, { query: { request_id: OTHER } })).text).toBe('{"spans": []}')
    expect(await wire.send(`${API}traces/get`, { query: { trace_id: OTHER } })).toMatchObject({
      status: 404,
      body: { message: 'Trace data not stored in tracking store' },
    })
    const attachment = { request_id: OTHER, path: '../../secret' }
    expect((await wire.send(FILE, { query: attachment })).body).toMatchObject({
      message: 'Invalid path',
    })
  })

  it('are searched in pages of at most 500', async () => {
    for (const [i, state] of ['OK', 'ERROR', 'OK'].entries())
      await start({ trace_id: `tr-${i}`, state, request_time: `2026-01-02T03:04:0${i}Z` })
    const search = async (body: object) =>
      (await post('traces/search', { locations: [LOCATION], ...body })).body as {
        traces: { trace_id: string }[]
        next_page_token?: string
      }
    const first = await search({ max_results: 2 })
    expect(first.traces.map(({ trace_id: id }) => id)).toEqual(['tr-2', 'tr-1'])
    const rest = await search({ max_results: 2, page_token: first.next_page_token })
    expect([rest.traces.length, rest.next_page_token]).toEqual([1, undefined])
    const errors = await search({ filter: "status = 'ERROR'", order_by: ['timestamp_ms ASC'] })
    expect(errors.traces.map(({ trace_id: id }) => id)).toEqual(['tr-1'])
    for (const [body, message] of [
      [{ max_results: 501 }, /^Invalid value 501 for parameter 'max_results' supplied:  Hint/],
      [{ max_results: 0 }, /It must be a positive integer$/],
      [{ page_token: 'zz' }, /^Invalid page token/],
      [{ locations: [] }, /^Missing value for required parameter 'locations'/],
    ] as const)
      expect(await search(body)).toMatchObject({ message: expect.stringMatching(message) })
  })

  it('are tagged, linked and deleted', async () => {
    await start()
    const tags = `traces/${OTHER}/tags`
    for (const root of ['', API]) {
      const set = { method: 'PATCH', body: { key: 'k', value: 'v' } }
      expect((await wire.send(root + tags, set)).body).toEqual({})
      const remove = { method: 'DELETE', body: { key: 'k' } }
      expect((await wire.send(root + tags, remove)).body).toEqual({})
      expect(await wire.send(root + tags, remove)).toMatchObject({ status: 404 })
    }
    const key = 'mlflow.trace.spansLocation'
    const locked = { method: 'PATCH', body: { key, value: 'x' } }
    expect((await wire.send(tags, locked)).body).toMatchObject({
      message: `Tag '${key}' is immutable and cannot be set on a trace.`,
    })
    const runId = await wire.newRun()
    const link = { trace_ids: [OTHER], run_id: runId }
    expect(await wire.post('traces/link-to-run', link)).toEqual({})
    const many = { ...link, trace_ids: Array.from({ length: 101 }, () => OTHER) }
    expect((await wire.send('traces/link-to-run', { method: 'POST', body: many })).status).toBe(400)
    const which = { experiment_id: '0', request_ids: [OTHER, 'tr-none'] }
    expect((await post('traces/delete-traces', which)).body).toEqual({ traces_deleted: 1 })
    const none = await wire.send('traces/delete-traces', {
      method: 'POST',
      body: { experiment_id: '0' },
    })
    expect(none).toMatchObject({ status: 400 })
    expect((await wire.send(`${API}traces/${OTHER}`)).body).toMatchObject({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Trace with ID '${OTHER}' not found.`,
    })
  })

  it('are not made out of what cannot be read', async () => {
    for (const change of [
      { request_time: 'nope' },
      { request_time: 5 },
      { execution_duration: '1.5' },
      { state: 'FINE' },
      { tags: { a: 1 } },
      { tags: [] },
      { trace_location: {} },
      { trace_location: { mlflow_experiment: { experiment_id: 'x' } } },
      { trace_id: '' },
      { assessments: [{ assessment_name: 'x' }] },
    ])
      expect((await start(change)).status).toBe(400)
    expect((await post('traces', {})).body).toMatchObject({
      message: expect.stringContaining("Missing value for required parameter 'trace'"),
    })
    const found = await post('traces/search', { locations: [LOCATION] })
    expect(found.body).toEqual({})
  })
})

describe('traces of MLflow 2’s clients', () => {
  it('may be of any time', async () => {
    const times = [Number.MAX_SAFE_INTEGER, 0]
    for (const timestamp_ms of times)
      await wire.post('traces', { experiment_id: '0', timestamp_ms })
    const { body } = await post('traces/search', { locations: [LOCATION] })
    expect(body).toMatchObject({
      traces: [
        { request_time: '9999-12-31T23:59:59.999Z' },
        { request_time: '1970-01-01T00:00:00Z' },
      ],
    })
  })

  it('begin, end, and are found', async () => {
    const begun = (await wire.post('traces', {
      experiment_id: '0',
      timestamp_ms: 5,
      request_metadata: [{ key: 'a', value: 'b' }],
      tags: [{ key: 't', value: 'u' }],
    })) as { trace_info: { request_id: string } }
    expect(begun.trace_info).toMatchObject({ timestamp_ms: 5, status: 'IN_PROGRESS' })
    const { request_id: id } = begun.trace_info
    const body = { timestamp_ms: 15, status: 'OK', tags: [{ key: 't2', value: 'u' }] }
    const ended = await wire.send(`traces/${id}`, { method: 'PATCH', body })
    expect(ended.body).toMatchObject({
      trace_info: { request_id: id, timestamp_ms: 5, execution_time_ms: 10, status: 'OK' },
    })
    const { trace_info: info } = (await wire.get(`traces/${id}/info`)) as typeof begun
    expect((info as unknown as { tags: object[] }).tags).toEqual(
      expect.arrayContaining([
        { key: 't', value: 'u' },
        { key: 't2', value: 'u' },
      ]),
    )
    expect(await wire.get('traces', { experiment_ids: ['0'] })).toEqual({ traces: [info] })
  })
})

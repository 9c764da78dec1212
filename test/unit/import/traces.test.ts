import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import type { Trace } from '../../../src/entities/trace.js'
import { openEngine } from '../../../src/store/engine.js'
import type { LocalStore } from '../../../src/store/store.js'
import { experimentFiles, takeTexts, traceFiles } from './text-tree.js'
import type { Files } from './text-tree.js'

const TRACE = 'tr-8b93919c84f85d02d6b5d5438481739f'
const ONE = experimentFiles('7', 'one')

let store: LocalStore
beforeEach(async () => {
  store = await openEngine(memoryAdapter())
})
afterEach(() => store.close())

async function traceOf(traceId = TRACE): Promise<Trace> {
  const [trace] = await store.getTraces([traceId])
  return trace!
}

function assessment(id: string, rest: string, sourceType = 'AI_JUDGE'): Files {
  return {
    [`assessments/${id}.yaml`]: `assessment_id: ${id}
assessment_name: quality
create_time: '2026-11-21T04:02:27Z'
last_update_time: '2026-11-21T04:02:28Z'
source:
  source_id: bob
  source_type: ${sourceType}
trace_id: ${TRACE}
${rest}
`,
  }
}

describe('spans of a trace', () => {
  it('are read as MLflow 3 writes them, exactly', async () => {
    const span = `{"trace_id": "i5ORnIT4XQLWtdVDhIFznw==", "span_id": "W+KhYh/LHKc=",
      "parent_span_id": "rVywsCh2HfI=", "name": "inner", "start_time_unix_nano": 1795233747198663135,
      "end_time_unix_nano": null, "events": [{"name": "e", "time_unix_nano": 7, "attributes": {"n": 1}}],
      "status": {"code": "STATUS_CODE_ERROR", "message": "oops"}, "attributes": {"mlflow.spanType": "\\"LLM\\"",
      "k": "9007199254740993", "text": "\\"abc\\"", "raw": "no json", "list": "[1, 2.5]"},
      "links": [{"trace_id": "${TRACE}", "span_id": "ad5cb0b028761df2", "attributes": {}}]}`
    const files = traceFiles('7', TRACE, { 'artifacts/traces.json': `{"spans": [${span}]}` })
    expect((await takeTexts(store, { ...ONE, ...files })).doubts).toEqual([])
    const { info, spans } = await traceOf()
    expect(info).toMatchObject({
      state: 'ERROR',
      requestTime: 1_795_233_747_198,
      executionDuration: 3,
    })
    expect(spans).toEqual([
      {
        traceId: '8b93919c84f85d02d6b5d5438481739f',
        spanId: '5be2a1621fcb1ca7',
        parentSpanId: 'ad5cb0b028761df2',
        name: 'inner',
        startTimeUnixNano: 1795233747198663135n,
        endTimeUnixNano: 0n,
        status: { code: 'ERROR', message: 'oops' },
        attributes: {
          'mlflow.spanType': '"LLM"',
          k: 9007199254740993n,
          text: 'abc',
          raw: 'no json',
          list: [1n, 2.5],
        },
        events: [{ name: 'e', timeUnixNano: 7n, attributes: { n: 1n } }],
        links: [
          {
            traceId: '8b93919c84f85d02d6b5d5438481739f',
            spanId: 'ad5cb0b028761df2',
            attributes: {},
          },
        ],
      },
    ])
    expect(await store.listArtifacts(TRACE)).toEqual([])
  })

  it('are read as MLflow 2 writes them', async () => {
    const id = '0123456789abcdef0123456789abcdef'
    const span = `{"name": "f", "context": {"span_id": "0x6ad27fd8b3a2ab44", "trace_id": "0x${id}"},
      "parent_id": null, "start_time": 1700500000000000001, "end_time": 1700500000000000009,
      "status_code": "OK", "status_message": "", "attributes": {"mlflow.traceRequestId": "\\"${id}\\""},
      "events": [{"name": "e", "timestamp": 3, "attributes": {}}]}`
    await takeTexts(store, {
      ...ONE,
      [`7/traces/${id}/trace_info.yaml`]: `execution_time_ms: 4
experiment_id: '7'
request_id: ${id}
status: OK
timestamp_ms: 1700500000000
`,
      [`7/traces/${id}/request_metadata/mlflow.sourceRun`]: 'r',
      [`7/traces/${id}/artifacts/traces.json`]: `{"spans": [${span}], "request": "", "response": ""}`,
    })
    const { info, spans } = await traceOf(id)
    expect(info).toMatchObject({
      requestTime: 1_700_500_000_000,
      executionDuration: 4,
      state: 'OK',
      traceMetadata: { 'mlflow.sourceRun': 'r' },
    })
    expect(spans).toMatchObject([
      {
        spanId: '6ad27fd8b3a2ab44',
        parentSpanId: '',
        startTimeUnixNano: 1700500000000000001n,
        events: [{ name: 'e', timeUnixNano: 3n }],
      },
    ])
  })

  it.each([
    ['no JSON', '{"spans": ['],
    ['no list', '{"spans": 3}'],
    ['another thing', '[]'],
    ['a bad id', '{"spans": [{"trace_id": "x", "span_id": "y", "start_time_unix_nano": 1}]}'],
    [
      'an id of zeros',
      `{"spans": [{"trace_id": "${'0'.repeat(32)}", "span_id": "${'1'.repeat(16)}", "start_time_unix_nano": 1}]}`,
    ],
    ['a broken time', '{"spans": [{"start_time_unix_nano": 1.5}]}'],
    ['nesting', `{"spans": ${'['.repeat(500)}${']'.repeat(500)}}`],
  ])('that cannot be read stay a file: %s', async (_, text) => {
    const files = traceFiles('7', TRACE, {
      'artifacts/traces.json': text,
      'artifacts/attachments/a': 'x',
    })
    const report = await takeTexts(store, { ...ONE, ...files })
    expect(report.doubts.map(({ path }) => path)).toEqual([
      `7/traces/${TRACE}/artifacts/traces.json`,
    ])
    const { info, spans } = await traceOf()
    expect(spans).toEqual([])
    expect(info.tags['mlflow.trace.spansLocation']).toBeUndefined()
    const { handle } = await store.openRead(TRACE, 'traces.json')
    expect(new TextDecoder().decode((await store.read(handle))!)).toBe(text)
    expect(report.artifacts).toBe(2)
  })
})

describe('assessments of a trace', () => {
  it.each([
    ['0.9', 0.9],
    ['1', 1],
    ['-1.5e+3', -1500],
    ['1e3', '1e3'],
    ['true', true],
    ["'true'", 'true'],
    ['null', null],
    ["''", ''],
    ['[1, x, {a: false}]', [1, 'x', { a: false }]],
  ])('have the value that YAML says: %s', async (yaml, value) => {
    const files = traceFiles('7', TRACE, assessment('a-1', `feedback:\n  value: ${yaml}`))
    expect((await takeTexts(store, { ...ONE, ...files })).doubts).toEqual([])
    expect((await traceOf()).info.assessments).toMatchObject([
      {
        assessmentId: 'a-1',
        name: 'quality',
        source: { sourceType: 'LLM_JUDGE', sourceId: 'bob' },
        feedback: { value, error: null },
        expectation: null,
        createTime: 1_795_233_747_000,
        lastUpdateTime: 1_795_233_748_000,
        valid: true,
      },
    ])
  })

  it('are expectations, errors, replaced ones and those of spans too', async () => {
    const serialized =
      'serialized_value: {serialization_format: JSON_FORMAT, value: \'{"a": [1]}\'}'
    const error = 'error: {error_code: E, error_message: m, stack_trace: s}'
    const files = traceFiles('7', TRACE, {
      ...assessment('a-1', `expectation:\n  ${serialized}\nvalid: false`),
      ...assessment('a-2', `feedback:\n  value: null\n  ${error}\noverrides: a-1\nspan_id: s1`),
      ...assessment('a-3', 'expectation: {value: yes}\nmetadata: {k: v}\nrationale: "1"'),
    })
    expect((await takeTexts(store, { ...ONE, ...files })).doubts).toEqual([])
    expect((await traceOf()).info.assessments).toMatchObject([
      { assessmentId: 'a-1', expectation: { value: { a: [1] } }, valid: false, spanId: null },
      {
        assessmentId: 'a-2',
        feedback: { error: { errorCode: 'E', errorMessage: 'm', stackTrace: 's' } },
        overrides: 'a-1',
        spanId: 's1',
        valid: true,
      },
      { assessmentId: 'a-3', expectation: { value: true }, metadata: { k: 'v' }, rationale: '1' },
    ])
  })

  it.each([
    ['HUMAN', 'HUMAN'],
    ['CODE', 'CODE'],
    ['LLM_JUDGE', 'LLM_JUDGE'],
    ['ORACLE', 'SOURCE_TYPE_UNSPECIFIED'],
    ['constructor', 'SOURCE_TYPE_UNSPECIFIED'],
  ])('of a source of the type %s', async (given, sourceType) => {
    const files = traceFiles('7', TRACE, assessment('a-1', 'feedback: {value: 1}', given))
    expect((await takeTexts(store, { ...ONE, ...files })).doubts).toEqual([])
    expect((await traceOf()).info.assessments).toMatchObject([{ source: { sourceType } }])
  })

  it.each([
    ['of no kind', ''],
    ['of an issue', 'issue: {issue_name: x}'],
    ['without a value to expect', 'expectation: {value: null}'],
    ['with a list as feedback', 'feedback: [1]'],
  ])('%s are left out, with a doubt', async (_, rest) => {
    const files = traceFiles('7', TRACE, {
      ...assessment('a-1', rest),
      ...assessment('a-2', 'feedback: {value: 1}'),
    })
    const report = await takeTexts(store, { ...ONE, ...files })
    expect(report.doubts).toHaveLength(1)
    expect((await traceOf()).info.assessments.map((one) => one.assessmentId)).toEqual(['a-2'])
  })

  it('of one id are those of one trace', async () => {
    const other = `tr-${'5'.repeat(32)}`
    const report = await takeTexts(store, {
      ...ONE,
      ...traceFiles('7', TRACE, assessment('a-1', 'feedback: {value: 1}')),
      ...traceFiles('7', other, assessment('a-1', 'feedback: {value: 2}')),
    })
    expect(report.traces.added).toBe(2)
    expect(report.doubts).toHaveLength(1)
    const all = [...(await traceOf()).info.assessments, ...(await traceOf(other)).info.assessments]
    expect(all).toHaveLength(1)
  })
})

describe('a trace', () => {
  it.each([
    ['whose id is not its folder', `trace_id: ${TRACE}`, 'trace_id: tr-x'],
    ['of another experiment', "experiment_id: '7'", "experiment_id: '8'"],
    ['of no time', '2026-11-21', 'yesterday'],
  ])('%s is left out, with a doubt', async (_, from, to) => {
    const files = traceFiles('7', TRACE)
    const path = `7/traces/${TRACE}/trace_info.yaml`
    const changed = { ...files, [path]: files[path]!.replace(from, to) }
    const report = await takeTexts(store, { ...ONE, ...changed })
    expect(report.traces.added).toBe(0)
    expect(report.doubts.map((doubt) => doubt.path)).toEqual([path])
  })
})

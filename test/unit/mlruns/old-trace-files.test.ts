import { describe, expect, it } from 'vitest'
import type { Span, Trace } from '../../../src/entities/trace.js'
import { isOldTrace, oldSpansToFile, oldTraceMeta } from '../../../src/mlruns/old-trace-files.js'
import { readSpanFile } from '../../../src/mlruns/read/span-file.js'

const ID = '124da6c33ccb466c8d5aaaf9a879bc5e'

const ROOT: Span = {
  traceId: ID,
  spanId: 'fed466674824c70e',
  parentSpanId: '',
  name: 'answer ü',
  startTimeUnixNano: 1_795_276_285_400_568_015n,
  endTimeUnixNano: 1_795_276_285_401_063_878n,
  status: { code: 'OK', message: '' },
  attributes: {
    'mlflow.traceRequestId': `"${ID}"`,
    'mlflow.spanInputs': '{"question": "why?"}',
    'mlflow.spanOutputs': '[1, null]',
    deep: { a: [true, 1.5, 9_007_199_254_740_993n] },
  },
  events: [{ name: 'found', timeUnixNano: 1_795_276_285_400_900n, attributes: { ü: '✓' } }],
  links: [],
}
const CHILD: Span = {
  ...ROOT,
  spanId: '5be2a1621fcb1ca7',
  parentSpanId: ROOT.spanId,
  endTimeUnixNano: 0n,
  status: { code: 'ERROR', message: 'oops' },
}
const TRACE: Trace = {
  info: {
    traceId: ID,
    experimentId: '7',
    clientRequestId: null,
    requestPreview: null,
    responsePreview: null,
    requestTime: 1_795_276_285_399,
    executionDuration: null,
    state: 'IN_PROGRESS',
    traceMetadata: { 'mlflow.trace_schema.version': '2' },
    tags: {},
    assessments: [],
  },
  spans: [ROOT, CHILD],
}

describe('a trace in the form of MLflow 2', () => {
  it('has the same spans when it is read again', () => {
    expect(readSpanFile(oldSpansToFile(TRACE.spans, ID))).toEqual(TRACE.spans)
  })

  it('tells what went into its root and came out of it', () => {
    const file = JSON.parse(oldSpansToFile([CHILD, ROOT], ID)) as object
    expect(file).toMatchObject({ request: '{"question": "why?"}', response: '[1, null]' })
    expect(JSON.parse(oldSpansToFile([CHILD], ID))).toMatchObject({ request: null, response: null })
  })

  it('gives every span the id of its trace, which MLflow 2 asks for', () => {
    const file = oldSpansToFile([{ ...ROOT, attributes: {} }], ID)
    expect(JSON.parse(file)).toMatchObject({
      spans: [{ attributes: { 'mlflow.traceRequestId': `"${ID}"` } }],
    })
  })

  it('has a status for every state, and a duration that may be missing', () => {
    expect(oldTraceMeta(TRACE.info)).toMatchObject({
      ...{ request_id: ID, experiment_id: '7', timestamp_ms: 1_795_276_285_399 },
      ...{ status: 'IN_PROGRESS', execution_time_ms: null },
    })
    const { status } = oldTraceMeta({ ...TRACE.info, state: 'STATE_UNSPECIFIED' })
    expect(status).toBe('TRACE_STATUS_UNSPECIFIED')
  })

  it('is taken only where it can hold the whole trace', () => {
    const { info, spans } = TRACE
    expect(isOldTrace(TRACE)).toBe(true)
    const metadata = { 'mlflow.trace_schema.version': '3' }
    expect(isOldTrace({ spans, info: { ...info, traceMetadata: metadata } })).toBe(false)
    expect(isOldTrace({ spans, info: { ...info, traceMetadata: {} } })).toBe(false)
    expect(isOldTrace({ spans, info: { ...info, clientRequestId: 'c' } })).toBe(false)
    expect(isOldTrace({ spans, info: { ...info, requestPreview: '' } })).toBe(false)
    const linked = { ...ROOT, links: [{ traceId: ID, spanId: CHILD.spanId, attributes: {} }] }
    expect(isOldTrace({ info, spans: [linked] })).toBe(false)
  })
})

import fc from 'fast-check'
import { deflateSync, gzipSync, zlibSync } from 'fflate'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Span, SpanValue } from '../../../src/entities/trace.js'
import { inflateBody } from '../../../src/rest/otlp/inflate-body.js'
import { MalformedOtlp } from '../../../src/rest/otlp/malformed.js'
import { readJsonSpans } from '../../../src/rest/otlp/read-json-spans.js'
import { readProtobufSpans } from '../../../src/rest/otlp/read-protobuf.js'
import { keepSpan } from '../../../src/rest/otlp/received-spans.js'
import { writeProtobufSpans } from '../../../src/rest/otlp/write-protobuf.js'
import { EXPORT, sendSpans, TRACE_ID } from './otlp-bodies.js'
import { Wire } from './wire.js'

const PROTOBUF = 'application/x-protobuf'
const SPANS = readJsonSpans(EXPORT).spans.map(keepSpan)
const BYTES = writeProtobufSpans(SPANS)

let wire: Wire

beforeEach(async () => {
  wire = await Wire.open()
  return () => wire.store.close()
})

async function storedTraces(): Promise<number> {
  return (await wire.store.searchTraces({ experimentIds: ['0'] })).items.length
}

describe('spans in protobuf', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(arbitrarySpan(), { maxLength: 4 }), (spans) => {
        const read = readProtobufSpans(writeProtobufSpans(spans)).spans.map(keepSpan)
        expect(read).toEqual(spans.map(keepSpan))
      }),
      { numRuns: 200 },
    )
  })

  it('are read, or refused as malformed, whatever the bytes are', () => {
    const broken = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(BYTES.length - 1).map((length) => BYTES.slice(0, length)),
      fc
        .array(fc.tuple(fc.nat(BYTES.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
        .map((changes) => {
          const bytes = BYTES.slice()
          for (const [at, byte] of changes) bytes[at] = byte
          return bytes
        }),
    )
    fc.assert(
      fc.property(broken, (bytes) => {
        try {
          expect(Array.isArray(readProtobufSpans(bytes).spans)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedOtlp)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('skip what they do not know, and fields of another type than theirs', () => {
    const [span] = SPANS
    const unknown = [0x98, 0x06, 0x01, 0xa2, 0x06, 0x02, 0x01, 0x02, 0x08, 0x05]
    const bytes = nest(1, nest(2, nest(2, [...innermost(span!), ...unknown])))
    expect(readProtobufSpans(Uint8Array.from(bytes)).spans).toEqual(
      readProtobufSpans(writeProtobufSpans([span!])).spans,
    )
  })

  it('are refused when they nest too deep, or announce more than there is', async () => {
    let value: number[] = [0x10, 0x01]
    for (let depth = 0; depth < 150; depth++) value = nest(5, nest(1, value))
    const deep = nest(1, nest(2, nest(2, [...innermost(SPANS[0]!), ...nest(9, nest(2, value))])))
    const huge = [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]
    for (const bytes of [deep, huge]) {
      const { status, body } = await sendSpans(wire, Uint8Array.from(bytes), { type: PROTOBUF })
      expect([status, body]).toEqual([400, { detail: 'Invalid OpenTelemetry format' }])
    }
    expect(await storedTraces()).toBe(0)
  })
})

describe('POST /v1/traces', () => {
  it('keeps what is sent in JSON and in protobuf, packed or not', async () => {
    const json = new TextEncoder().encode(JSON.stringify(EXPORT))
    const sent: [Uint8Array, string, object][] = [
      [json, 'application/json; charset=utf-8', {}],
      [BYTES, PROTOBUF, {}],
      [gzipSync(json), 'application/json', { 'content-encoding': 'gzip' }],
      [zlibSync(BYTES), PROTOBUF, { 'content-encoding': 'deflate' }],
      [deflateSync(BYTES), PROTOBUF, { 'content-encoding': 'deflate' }],
    ]
    const answers: unknown[] = []
    for (const [bytes, type, headers] of sent) {
      const fresh = await Wire.open()
      const { status, text, headers: told } = await sendSpans(fresh, bytes, { type, headers })
      expect([status, text, told.get('content-type')]).toEqual([200, '', PROTOBUF])
      const query = { trace_id: TRACE_ID }
      answers.push(await fresh.get('/api/3.0/mlflow/traces/get', query))
      await fresh.store.close()
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  })

  it('links to a run what is sent with its id', async () => {
    const runId = await wire.newRun()
    await sendSpans(wire, EXPORT, { headers: { 'x-mlflow-run-id': runId } })
    const filter = `run_id = '${runId}'`
    const found = await wire.store.searchTraces({ experimentIds: ['0'], filter })
    expect(found.items.map(({ traceId }) => traceId)).toEqual([TRACE_ID])
  })

  it('keeps nothing of what it refuses, and says why as MLflow does', async () => {
    const [span] = EXPORT.resourceSpans[0]!.scopeSpans[0]!.spans
    const withSpan = (change: object): object => ({
      resourceSpans: [{ scopeSpans: [{ spans: [span, { ...span, ...change }] }] }],
    })
    const invalid = 'Invalid OpenTelemetry format'
    const none = 'Invalid OpenTelemetry format - no spans found'
    const unfit = 'Cannot convert OpenTelemetry span to MLflow span'
    const refused: [unknown, { type?: string; headers?: object }, number, string][] = [
      [EXPORT, { type: 'text/plain' }, 400, 'Invalid Content-Type: text/plain. Expected: application/x-protobuf or application/json'],
      [new Uint8Array(0), { type: PROTOBUF }, 400, none],
      [new Uint8Array([255, 255]), { type: PROTOBUF }, 400, invalid],
      [{}, {}, 400, none],
      [[], {}, 400, invalid],
      [new Uint8Array([123]), {}, 400, invalid],
      [EXPORT, { headers: { 'content-encoding': 'br' } }, 400, 'Unsupported Content-Encoding: br'],
      [EXPORT, { headers: { 'content-encoding': 'gzip' } }, 400, 'Failed to decompress gzip payload'],
      [EXPORT, { headers: { 'content-encoding': 'deflate' } }, 400, 'Failed to decompress deflate payload'],
      [withSpan({ spanId: '' }), {}, 422, unfit],
      [withSpan({ traceId: '' }), {}, 422, unfit],
      [withSpan({ traceId: 'a'.repeat(34) }), {}, 422, unfit],
      [withSpan({ startTimeUnixNano: String(2n ** 64n - 1n) }), {}, 422, unfit],
      [withSpan({ traceId: 'xyz' }), {}, 400, invalid],
      [withSpan({ startTimeUnixNano: '-1' }), {}, 400, invalid],
      [withSpan({ name: 5 }), {}, 400, invalid],
      [withSpan({ attributes: {} }), {}, 400, invalid],
      [withSpan({ status: { code: 'FINE' } }), {}, 400, invalid],
      [withSpan({ attributes: [{ key: 'a', value: { intValue: 1.5 } }] }), {}, 400, invalid],
      [withSpan({ attributes: [{ key: 'a', value: { doubleValue: 'constructor' } }] }), {}, 400, invalid],
      [withSpan({ attributes: [{ key: 'a', value: { intValue: 1, boolValue: true } }] }), {}, 400, invalid],
      [withSpan({ attributes: [{ key: 'a', value: { bytesValue: '*' } }] }), {}, 400, invalid],
    ] // prettier-ignore
    for (const [sent, options, status, detail] of refused) {
      const answer = await sendSpans(wire, sent, options)
      expect([answer.status, answer.body]).toEqual([status, { detail }])
    }
    const unknown = { headers: { 'x-mlflow-experiment-id': '999' } }
    expect((await sendSpans(wire, EXPORT, unknown)).body).toMatchObject({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: 'No Experiment with id=999 exists',
    })
    const wrong = { headers: { 'x-mlflow-experiment-id': 'abc' } }
    expect((await sendSpans(wire, EXPORT, wrong)).body).toMatchObject({
      error_code: 'INVALID_PARAMETER_VALUE',
    })
    expect(await storedTraces()).toBe(0)
  })

  it('needs to know the experiment', async () => {
    const sent = { method: 'POST', body: EXPORT } as const
    const { status, body } = await wire.send('/v1/traces', sent)
    const missing = { type: 'missing', loc: ['header', 'x-mlflow-experiment-id'] }
    expect([status, body]).toEqual([
      422,
      { detail: [{ ...missing, msg: 'Field required', input: null }] },
    ])
  })

  it('refuses what grows too long when it is unpacked', async () => {
    const bomb = gzipSync(new Uint8Array(1024 * 1024))
    await expect(inflateBody(bomb, 'gzip', 1024 * 1024)).resolves.toHaveLength(1024 * 1024)
    await expect(inflateBody(bomb, 'gzip', 1024 * 1024 - 1)).rejects.toMatchObject({ status: 413 })
  })

  it('never fails of itself, whatever is sent', async () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
      fc.nat(BYTES.length - 1).map((length) => BYTES.slice(0, length)),
    )
    const type = fc.constantFrom(PROTOBUF, 'application/json')
    await fc.assert(
      fc.asyncProperty(body, type, async (bytes, type) => {
        expect((await sendSpans(wire, bytes, { type })).status).toBeLessThan(500)
      }),
      { numRuns: 300 },
    )
  })
})

function nest(field: number, bytes: readonly number[]): number[] {
  const length: number[] = []
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128)
    if (rest < 128) break
  }
  return [(field << 3) | 2, ...length, ...bytes]
}

/** A span's message without the request around it. */
function innermost(span: Span): number[] {
  let bytes = [...writeProtobufSpans([span])]
  for (let level = 0; level < 3; level++) {
    let at = 1
    while (bytes[at]! >= 128) at++
    bytes = bytes.slice(at + 1)
  }
  return bytes
}

function arbitrarySpan(): fc.Arbitrary<Span> {
  const hex = (digits: number): fc.Arbitrary<string> =>
    fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`))
  const nanos = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
  const attributes = fc.dictionary(fc.string({ unit: 'grapheme' }), arbitraryValue(), {
    maxKeys: 4,
  })
  return fc.record({
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: fc.oneof(fc.constant(''), hex(16)),
    name: fc.string({ unit: 'grapheme' }),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    status: fc.record({
      code: fc.constantFrom('UNSET' as const, 'OK' as const, 'ERROR' as const),
      message: fc.string(),
    }),
    attributes,
    events: fc.array(fc.record({ name: fc.string(), timeUnixNano: nanos, attributes }), {
      maxLength: 2,
    }),
    links: fc.array(fc.record({ traceId: hex(32), spanId: hex(16), attributes }), { maxLength: 2 }),
  })
}

function arbitraryValue(): fc.Arbitrary<SpanValue> {
  const { value } = fc.letrec<{ value: SpanValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.double(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 5 }),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
    ),
  }))
  return value
}

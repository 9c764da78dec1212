import { beforeEach, describe, expect, it } from 'vitest'
import { EXPORT, sendSpans, TRACE_ID } from './otlp-bodies.js'
import { Wire } from './wire.js'

const PATH = `/api/3.0/mlflow/traces/${TRACE_ID}/assessments`
const GIVEN = {
  assessment_name: 'n',
  source: { source_type: 'HUMAN', source_id: 'me' },
  create_time: '2026-01-02T03:04:05.1Z',
  last_update_time: '2026-01-02T03:04:05.678Z',
  valid: true,
}

let wire: Wire

beforeEach(async () => {
  wire = await Wire.open()
  await sendSpans(wire, EXPORT)
  return () => wire.store.close()
})

const create = (given: object) =>
  wire.send(PATH, { method: 'POST', body: { assessment: { ...GIVEN, ...given } } })

async function idOf(given: object): Promise<string> {
  const { body } = await create(given)
  return (body as { assessment: { assessment_id: string } }).assessment.assessment_id
}

describe('assessments over REST', () => {
  it.each([
    [{ value: 's' }, '"feedback":{"value":"s"}'],
    [{ value: 1 }, '"feedback":{"value":1.0}'],
    [{ value: null }, '"feedback":{"value":null}'],
    [{}, '"feedback":{"value":null}'],
    [{ value: [1, 'é', []] }, '"feedback":{"value":[1.0,"\\u00e9",[]]}'],
    [{ value: { a: null } }, '"feedback":{"value":{"a":null}}'],
    [
      { value: true, error: { error_code: 'E', stack_trace: 'st' } },
      '"feedback":{"value":true,"error":{"error_code":"E","stack_trace":"st"}}',
    ],
  ])('answer the feedback %j as MLflow does', async (feedback, text) => {
    expect((await create({ feedback })).text).toContain(text)
  })

  it('answer expectations as MLflow does', async () => {
    const serialized = { serialization_format: 'JSON_FORMAT', value: '{"a": [1, "x"]}' }
    for (const [expectation, text] of [
      [{ value: 'x' }, '"expectation":{"value":"x"}'],
      [{ value: 3 }, '"expectation":{"value":3.0}'],
      [
        { serialized_value: serialized },
        `"expectation":${JSON.stringify({ serialized_value: serialized })}`,
      ],
    ] as const)
      expect((await create({ expectation })).text).toContain(text)
  })

  it('are made, read, changed and removed', async () => {
    const feedback = { value: 'old' }
    const whole = { feedback, rationale: 'why', metadata: { a: 'b' }, span_id: '0000000000000001' }
    const { body } = await create(whole)
    const { assessment } = body as { assessment: { assessment_id: string } }
    expect(assessment).toEqual({
      ...GIVEN,
      ...whole,
      create_time: '2026-01-02T03:04:05.100Z',
      assessment_id: expect.stringMatching(/^a-[0-9a-f]{32}$/) as unknown,
      trace_id: TRACE_ID,
    })
    const path = `${PATH}/${assessment.assessment_id}`
    expect(await wire.get(path)).toEqual({ assessment })
    const change = { feedback: { value: 'new' }, assessment_name: 'n2', rationale: 'r2' }
    const patch = (mask: string) =>
      wire.send(path, { method: 'PATCH', body: { assessment: change, update_mask: mask } })
    expect((await patch('feedback,assessmentName')).body).toMatchObject({
      assessment: { feedback: { value: 'new' }, assessment_name: 'n2', rationale: 'why' },
    })
    expect((await patch('rationale,unknown')).body).toMatchObject({
      assessment: { rationale: 'r2' },
    })
    expect((await wire.send(path, { method: 'DELETE' })).body).toEqual({})
    expect((await wire.send(path, { method: 'DELETE' })).body).toEqual({})
    expect(await wire.send(path)).toMatchObject({
      status: 404,
      body: {
        message: `Assessment with ID '${assessment.assessment_id}' not found for trace '${TRACE_ID}'`,
      },
    })
  })

  it('lose to those that override them', async () => {
    const first = await idOf({ feedback: { value: 1 } })
    const second = await idOf({ feedback: { value: 2 }, overrides: first })
    expect(await wire.get(`${PATH}/${first}`)).toMatchObject({ assessment: { valid: false } })
    expect(await wire.get(`${PATH}/${second}`)).toMatchObject({
      assessment: { valid: true, overrides: first },
    })
  })

  it('are refused where they say nothing, or too much', async () => {
    const wrong = (format: string, value: string): object => ({
      expectation: { serialized_value: { serialization_format: format, value } },
    })
    for (const [given, message] of [
      [{}, 'Unknown assessment type: None'],
      [{ expectation: {} }, 'The `value` field must be specified.'],
      [wrong('X', '{'), 'Unknown serialization format: X. Only JSON_FORMAT is supported.'],
      [wrong('JSON_FORMAT', '{'), 'The serialized value of the expectation is no JSON.'],
      [
        { feedback: {}, expectation: { value: 1 } },
        'Exactly one of `expectation` and `feedback` must be specified.',
      ],
      [
        { issue: { issue_name: 'i' } },
        'Issues are not kept here: an assessment must be a feedback or an expectation.',
      ],
    ] as const)
      expect(await create(given)).toMatchObject({ status: 400, body: { message } })
    for (const given of [
      { source: { source_type: 'ALIEN' }, feedback: {} },
      { create_time: 'now', feedback: {} },
      { metadata: { a: 1 }, feedback: {} },
    ])
      expect(await create(given)).toMatchObject({ status: 400 })
    const id = await idOf({ feedback: { value: 1 } })
    const patch = (body: object) => wire.send(`${PATH}/${id}`, { method: 'PATCH', body })
    expect((await patch({ assessment: { rationale: 'x' } })).body).toMatchObject({
      message: expect.stringContaining("required parameter 'update_mask'"),
    })
    const other = { assessment: { expectation: { value: 1 } }, update_mask: 'expectation' }
    expect((await patch(other)).body).toMatchObject({
      message: 'Cannot update expectation value on a Feedback assessment.',
    })
    const lost = await wire.send('/api/3.0/mlflow/traces/tr-x/assessments', {
      method: 'POST',
      body: { assessment: { ...GIVEN, feedback: { value: 1 } } },
    })
    expect(lost).toMatchObject({
      status: 404,
      body: { message: "Trace with ID 'tr-x' not found." },
    })
  })
})

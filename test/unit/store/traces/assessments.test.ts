import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import type { Assessment } from '../../../../src/entities/trace.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'
import type { CreateAssessment } from '../../../../src/store/trace-store.js'
import { refusal, spanOf, traceIdOf } from './sample-spans.js'

let stores = 0
let store: LocalStore
const trace = traceIdOf(1)
const source = { sourceType: 'HUMAN', sourceId: 'me' } as const

beforeEach(async () => {
  store = await openEngine(memoryAdapter(`assessments-${stores++}`))
  await store.logSpans('0', [spanOf(1)])
})

afterEach(() => store.close())

const judge = (more: Partial<CreateAssessment> = {}): Promise<Assessment> => {
  const value = { feedback: { value: 1, error: null } }
  const own = 'expectation' in more ? {} : value
  return store.createAssessment(trace, { name: 'q', source, ...own, ...more })
}
const get = (id: string): Promise<Assessment> => store.getAssessment(trace, id)
const lacks = (id: string) => [
  'RESOURCE_DOES_NOT_EXIST',
  `Assessment with ID '${id}' not found for trace '${trace}'`,
]

describe('an assessment', () => {
  it('is what it was made of', async () => {
    const value = { list: [1, 'é\0\ud800', null, true], '': {} }
    const error = { errorCode: 'E', errorMessage: null, stackTrace: 'at' }
    const made = await judge({
      feedback: { value, error },
      spanId: 'span',
      rationale: 'why',
      metadata: { a: 'b' },
      createTime: 5,
      lastUpdateTime: 6,
      valid: false,
    })
    expect(made).toEqual({
      assessmentId: expect.stringMatching(/^a-[0-9a-f]{32}$/) as string,
      name: 'q',
      traceId: trace,
      spanId: 'span',
      source,
      createTime: 5,
      lastUpdateTime: 6,
      feedback: { value, error },
      expectation: null,
      rationale: 'why',
      metadata: { a: 'b' },
      overrides: null,
      valid: true,
    })
    expect(await get(made.assessmentId)).toEqual(made)
    expect((await store.getTraceInfo(trace)).assessments).toEqual([made])
  })

  it('is no longer valid while another one overrides it', async () => {
    const first = await judge()
    const second = await judge({ overrides: first.assessmentId })
    expect((await get(first.assessmentId)).valid).toBe(false)
    await store.deleteAssessment(trace, second.assessmentId)
    expect(await get(first.assessmentId)).toEqual(first)
    expect(await refusal(judge({ overrides: 'a-none' }))).toEqual(lacks('a-none'))
    expect((await store.getTraceInfo(trace)).assessments).toEqual([first])
  })

  it('changes in what is given, its metadata by key', async () => {
    const made = await judge({ rationale: 'why', metadata: { a: '1', b: '2' } })
    const id = made.assessmentId
    const feedback = { value: 'yes', error: null }
    const changed = await store.updateAssessment(trace, id, { feedback, metadata: { b: '3' } })
    const metadata = { a: '1', b: '3' }
    expect(changed).toEqual({ ...made, feedback, metadata, lastUpdateTime: changed.lastUpdateTime })
    expect(await store.updateAssessment(trace, id, { name: 'new' })).toMatchObject({
      name: 'new',
      feedback,
      rationale: 'why',
    })
  })

  it('stays of its kind', async () => {
    const { assessmentId: feedback } = await judge()
    const { assessmentId: expectation } = await judge({ expectation: { value: [1] } })
    expect(
      await refusal(store.updateAssessment(trace, feedback, { expectation: { value: 1 } })),
    ).toEqual([
      'INVALID_PARAMETER_VALUE',
      'Cannot update expectation value on a Feedback assessment.',
    ])
    const change = { feedback: { value: 1, error: null } }
    expect(await refusal(store.updateAssessment(trace, expectation, change))).toEqual([
      'INVALID_PARAMETER_VALUE',
      'Cannot update feedback value on an Expectation assessment.',
    ])
  })

  it('comes with its trace, again and again', async () => {
    const given = { assessmentId: 'a-own', name: 'q', source }
    const start = (value: number, n = 1) =>
      store.startTrace({
        traceId: traceIdOf(n),
        experimentId: '0',
        requestTime: 1,
        assessments: [{ ...given, feedback: { value, error: null } }],
      })
    await start(1)
    await judge()
    const { assessments } = await start(2)
    expect(assessments.map(({ feedback }) => feedback?.value)).toEqual([2, 1])
    expect((await refusal(start(3, 2)))[0]).toBe('INVALID_PARAMETER_VALUE')
    expect(await store.getTraceInfos([traceIdOf(2)])).toEqual([])
  })

  it('has an id of its own', async () => {
    await judge({ assessmentId: 'mine' })
    expect((await refusal(judge({ assessmentId: 'mine' })))[0]).toBe('INVALID_PARAMETER_VALUE')
  })

  it('must be there to be read and changed, but not to be deleted', async () => {
    expect(await refusal(get('a-x'))).toEqual(lacks('a-x'))
    expect(await refusal(store.updateAssessment(trace, 'a-x', {}))).toEqual(lacks('a-x'))
    await store.deleteAssessment(trace, 'a-x')
    await store.deleteAssessment('tr-none', 'a-x')
    const gone = ['RESOURCE_DOES_NOT_EXIST', "Trace with request_id 'tr-none' not found"]
    expect(await refusal(store.getAssessment('tr-none', 'a-x'))).toEqual(gone)
    const given = { name: 'q', source, feedback: { value: 1, error: null } }
    expect((await refusal(store.createAssessment('tr-none', given)))[0]).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
  })

  it.each<[string, object]>([
    ['both kinds', { expectation: { value: 1 }, feedback: { value: 1, error: null } }],
    ['neither kind', { feedback: undefined }],
    ['an expectation of nothing', { expectation: { value: null } }],
    ['no source', { source: undefined }],
    ['an unknown source', { source: { sourceType: 'GOD', sourceId: '' } }],
    ['a value that JSON cannot say', { feedback: { value: 1n, error: null } }],
    ['NaN', { feedback: { value: Number.NaN, error: null } }],
    ['a name that is none', { name: 5 }],
    ['metadata that is no text', { metadata: { a: 1 } }],
  ])('is refused for %s', async (_, bad) => {
    const [code] = await refusal(judge(bad as Partial<CreateAssessment>))
    expect(code).toBe('INVALID_PARAMETER_VALUE')
    expect((await store.getTraceInfo(trace)).assessments).toEqual([])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../../../adapters/memory.js'
import type { Trace } from '../../../../src/entities/trace.js'
import { TrackletError } from '../../../../src/errors.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'
import type { CreateAssessment } from '../../../../src/store/trace-store.js'
import { childOf, putFile, spanOf, traceIdOf } from './sample-spans.js'

type Call = (store: LocalStore) => Promise<unknown>

const EXPERIMENTS = ['0', '1']
const TRACES = [1, 2, 3]
const source = { sourceType: 'CODE', sourceId: '' } as const

const n = fc.constantFrom(...TRACES)
const id = n.map(traceIdOf)
const experimentId = fc.constantFrom(...EXPERIMENTS)
const time = fc.integer({ min: 0, max: 5 })
const key = fc.constantFrom('k', '__proto__', 'mlflow.traceName', 'mlflow.trace.session')
const text = fc.constantFrom('', 'x', 'é\n🙂', '{"input_tokens": 1}')
const texts = fc.dictionary(key, text, { maxKeys: 2 })
const assessmentId = fc.constantFrom('a-1', 'a-2')

const assessment: fc.Arbitrary<CreateAssessment> = fc
  .tuple(assessmentId, fc.option(assessmentId), fc.boolean(), fc.jsonValue({ maxDepth: 2 }))
  .map(([own, overrides, isFeedback, value]) => ({
    assessmentId: own,
    name: 'q',
    source,
    overrides,
    ...(isFeedback
      ? { feedback: { value: value as null, error: null } }
      : { expectation: { value: value as null } }),
  }))

const started: fc.Arbitrary<Call> = fc
  .tuple(id, experimentId, time, texts, texts, fc.array(assessment, { maxLength: 1 }))
  .map(
    ([traceId, place, requestTime, tags, traceMetadata, assessments]): Call =>
      (s) =>
        s.startTrace({
          traceId,
          experimentId: place,
          requestTime,
          tags,
          traceMetadata,
          assessments,
        }),
  )

const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: started },
  fc
    .tuple(
      experimentId,
      fc.array(fc.tuple(n, fc.integer({ min: 1, max: 3 }), text), { maxLength: 4 }),
    )
    .map(
      ([place, parts]): Call =>
        (s) =>
          s.logSpans(
            place,
            parts.map(([trace, span, value]) => {
              const attributes = { 'mlflow.chat.tokenUsage': value, 'session.id': value }
              return span === 1
                ? spanOf(trace, { attributes })
                : childOf(trace, span, { attributes })
            }),
            { runId: 'run' },
          ),
    ),
  fc.tuple(id, key, text).map(
    ([t, k, v]): Call =>
      (s) =>
        s.setTraceTag(t, k, v),
  ),
  fc.tuple(id, key).map(
    ([t, k]): Call =>
      (s) =>
        s.deleteTraceTag(t, k),
  ),
  id.map(
    (t): Call =>
      (s) =>
        s.linkTracesToRun('run', [t]),
  ),
  id.map(
    (t): Call =>
      (s) =>
        putFile(s, t, new TextEncoder().encode(t)),
  ),
  fc.tuple(id, assessment).map(
    ([t, a]): Call =>
      (s) =>
        s.createAssessment(t, a),
  ),
  fc.tuple(id, assessmentId, texts).map(
    ([t, a, metadata]): Call =>
      (s) =>
        s.updateAssessment(t, a, { metadata }),
  ),
  fc.tuple(id, assessmentId).map(
    ([t, a]): Call =>
      (s) =>
        s.deleteAssessment(t, a),
  ),
  fc.tuple(experimentId, id).map(
    ([e, t]): Call =>
      (s) =>
        s.deleteTraces(e, { traceIds: [t] }),
  ),
  fc.tuple(experimentId, time).map(
    ([e, maxTimestampMillis]): Call =>
      (s) =>
        s.deleteTraces(e, { maxTimestampMillis }),
  ),
)

describe('any sequence of calls', () => {
  it('leaves the same traces after reopening, from the image and from the journal', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 8, maxLength: 25, size: 'max' }),
        fc.array(fc.nat(24), { maxLength: 4 }),
        async (calls, reopenings) => {
          const place = `random-traces-${stores++}`
          let store = await openEngine(memoryAdapter(place))
          await store.createExperiment('other')
          for (const [at, one] of calls.entries()) {
            const before = await everything(store)
            if (await isAccepted(one(store))) accepted++
            else expect(await everything(store)).toEqual(before)
            if (!reopenings.includes(at)) continue
            const left = await everything(store)
            // Every other time as after a kill: what was awaited is in the journal alone.
            if (at % 2 === 0) await store.close()
            else unlockMemory(place)
            store = await openEngine(memoryAdapter(place))
            expect(await everything(store)).toEqual(left)
          }
          await checkFiles(store)
          await store.close()
        },
      ),
      { numRuns: 40 },
    )
    expect(accepted).toBeGreaterThan(200)
  })
})

let stores = 0

async function isAccepted(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer
    return true
  } catch (error) {
    if (!(error instanceof TrackletError) || error.errorCode === 'INTERNAL_ERROR') throw error
    return false
  }
}

async function everything(
  store: LocalStore,
): Promise<{ readonly traces: readonly Trace[]; readonly found: string; readonly run: string }> {
  const find = async (filter: string): Promise<string> => {
    const { items } = await store.searchTraces({ experimentIds: EXPERIMENTS, filter })
    return items.map(({ traceId }) => traceId).join(' ')
  }
  return {
    traces: await store.getTraces(TRACES.map(traceIdOf)),
    found: await find("feedback.q IS NOT NULL AND span.name LIKE '%'"),
    run: await find("run_id = 'run'"),
  }
}

/** What is gone keeps no bytes, and what is there has none of another's. */
async function checkFiles(store: LocalStore): Promise<void> {
  const left: string[] = []
  for (const { traceId } of await store.getTraceInfos(TRACES.map(traceIdOf)))
    for (const { path } of await store.listArtifacts(traceId)) left.push(`${traceId} ${path}`)
  const { artifactBytes } = await store.storage()
  expect(artifactBytes).toBe(left.length * traceIdOf(1).length)
}

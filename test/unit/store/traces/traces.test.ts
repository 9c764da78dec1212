import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import type { TraceInfo } from '../../../../src/entities/trace.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'
import type { StartTrace } from '../../../../src/store/trace-store.js'
import { putFile, refusal, spanOf, traceIdOf } from './sample-spans.js'

let stores = 0
let store: LocalStore
let experiment: string

beforeEach(async () => {
  store = await openEngine(memoryAdapter(`traces-${stores++}`))
  experiment = await store.createExperiment('e')
})

afterEach(() => store.close())

const start = (n: number, more: Partial<StartTrace> = {}): Promise<TraceInfo> =>
  store.startTrace({ traceId: traceIdOf(n), experimentId: experiment, requestTime: 1000, ...more })

const gone = (id: string) => ['RESOURCE_DOES_NOT_EXIST', `Trace with ID '${id}' not found.`]

describe('startTrace', () => {
  it('makes a trace of what is given, in progress', async () => {
    const made = await start(1, { traceMetadata: { m: '1', '': 'é' }, tags: { t: '' } })
    expect(made).toEqual({
      traceId: traceIdOf(1),
      experimentId: experiment,
      clientRequestId: null,
      requestPreview: null,
      responsePreview: null,
      requestTime: 1000,
      executionDuration: null,
      state: 'IN_PROGRESS',
      traceMetadata: { m: '1', '': 'é', 'mlflow.trace.infoFinalized': 'true' },
      tags: {
        t: '',
        'mlflow.artifactLocation': `mlflow-artifacts:/${experiment}/traces/${traceIdOf(1)}/artifacts`,
      },
      assessments: [],
    })
    expect(await store.getTraceInfo(traceIdOf(1))).toEqual(made)
  })

  it('completes a trace that spans have made, keeping what it does not name', async () => {
    await store.logSpans(experiment, [
      spanOf(1, {
        attributes: { 'mlflow.spanInputs': '"in"', 'mlflow.traceTag.a': '"by span"' },
      }),
    ])
    const done = await start(1, {
      requestTime: 5,
      executionDuration: 7,
      state: 'ERROR',
      responsePreview: 'out',
      tags: { b: '2' },
      traceMetadata: { c: '3' },
    })
    expect(done).toMatchObject({
      requestTime: 5,
      executionDuration: 7,
      state: 'ERROR',
      requestPreview: '"in"',
      responsePreview: 'out',
      traceMetadata: { c: '3', 'mlflow.trace.infoFinalized': 'true' },
      tags: { a: 'by span', b: '2', 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
    })
    expect((await store.getTraces([traceIdOf(1)]))[0]?.spans).toHaveLength(1)
  })

  it('keeps token counts that mean something, and joins them with known ones', async () => {
    const key = 'mlflow.trace.tokenUsage'
    const usage = async (given: string) =>
      (await start(1, { traceMetadata: { [key]: given } })).traceMetadata[key]
    expect(await usage('no JSON')).toBeUndefined()
    expect(
      await usage('{"total_tokens": 3, "input_tokens": 1, "x": 1, "output_tokens": 0.5}'),
    ).toBe('{"input_tokens": 1, "total_tokens": 3}')
    expect(await usage('{"input_tokens": null, "output_tokens": 2}')).toBe(
      '{"output_tokens": 2, "total_tokens": 3}',
    )
    expect(await usage('{"output_tokens": null, "total_tokens": null}')).toBeUndefined()
  })

  it('wants an active experiment', async () => {
    expect(await refusal(start(1, { experimentId: '99' }))).toEqual([
      'RESOURCE_DOES_NOT_EXIST',
      'No Experiment with id=99 exists',
    ])
    await store.deleteExperiment(experiment)
    expect((await refusal(start(1)))[0]).toBe('INVALID_PARAMETER_VALUE')
  })

  it.each(['', 'a/b', '..', 'x'.repeat(51), 'a\0', 'tr-\ud800', 5])(
    'refuses the id %j',
    async (traceId) => {
      const [code] = await refusal(start(1, { traceId: traceId as string }))
      expect(code).toBe('INVALID_PARAMETER_VALUE')
    },
  )

  it.each<[string, Partial<StartTrace>]>([
    ['too long a name', { tags: { 'mlflow.traceName': 'n'.repeat(4097) } }],
    ['a tag that is no text', { tags: { a: 5 as unknown as string } }],
    ['a tag that cannot be stored', { tags: { a: '\0' } }],
    ['too long a session', { traceMetadata: { 'mlflow.trace.session': 's'.repeat(251) } }],
    ['an unknown state', { state: 'DONE' as 'OK' }],
    ['a time that is no integer', { requestTime: 0.5 }],
    ['a duration that is no number', { executionDuration: Number.NaN }],
    [
      'an assessment that says nothing',
      { assessments: [{ name: 'a', source: { sourceType: 'HUMAN', sourceId: '' } }] },
    ],
  ])('refuses %s, and keeps nothing of it', async (_, bad) => {
    const [code] = await refusal(start(1, bad))
    expect(code).toBe('INVALID_PARAMETER_VALUE')
    expect(await store.getTraceInfos([traceIdOf(1)])).toEqual([])
  })
})

describe('traces', () => {
  it('are given in the order asked, each once, those that are not there left out', async () => {
    await start(1)
    await start(2)
    const ids = [traceIdOf(2), 'tr-none', traceIdOf(1), traceIdOf(2)]
    const infos = await store.getTraceInfos(ids)
    expect(infos.map(({ traceId }) => traceId)).toEqual([traceIdOf(2), traceIdOf(1)])
    expect((await store.getTraces(ids)).map(({ info }) => info)).toEqual(infos)
    expect(await refusal(store.getTraceInfo('tr-none'))).toEqual(gone('tr-none'))
  })

  it('have tags that can be set and deleted', async () => {
    await start(1)
    const id = traceIdOf(1)
    await store.setTraceTag(id, 'a', 'x'.repeat(5000))
    await store.setTraceTag(id, 'b', '')
    await store.setTraceTag(id, 'b', 'é')
    const { tags } = await store.getTraceInfo(id)
    expect([tags['a']?.length, tags['b']]).toEqual([4096, 'é'])
    await store.deleteTraceTag(id, 'a')
    const lacks = (key: string, of: string) => [
      'RESOURCE_DOES_NOT_EXIST',
      `No trace tag with key '${key}' for trace with ID '${of}'`,
    ]
    expect(await refusal(store.deleteTraceTag(id, 'a'))).toEqual(lacks('a', id))
    expect(await refusal(store.deleteTraceTag('tr-no', 'a'))).toEqual(lacks('a', 'tr-no'))
    expect(await refusal(store.setTraceTag('tr-no', 'a', ''))).toEqual(gone('tr-no'))
    for (const key of ['', '..', 'a\x01', 'k'.repeat(251)])
      expect((await refusal(store.setTraceTag(id, key, '')))[0]).toBe('INVALID_PARAMETER_VALUE')
  })

  it('are deleted by ids, within their experiment alone', async () => {
    const other = await store.createExperiment('other')
    await start(1)
    await start(2, { experimentId: other })
    const ids = [traceIdOf(1), traceIdOf(1), traceIdOf(2), 'tr-none']
    expect(await store.deleteTraces(experiment, { traceIds: ids })).toBe(1)
    expect((await store.getTraceInfos(ids)).map(({ traceId }) => traceId)).toEqual([traceIdOf(2)])
    expect(await store.deleteTraces('99', { traceIds: ids })).toBe(0)
  })

  it('are deleted until a time, the oldest first', async () => {
    for (const [n, requestTime] of [3, 1, 2, 4].entries()) await start(n + 1, { requestTime })
    expect(await store.deleteTraces(experiment, { maxTimestampMillis: 3, maxTraces: 2 })).toBe(2)
    const { items } = await store.searchTraces({ experimentIds: [experiment] })
    expect(items.map(({ requestTime }) => requestTime)).toEqual([4, 3])
    expect(await store.deleteTraces(experiment, { maxTimestampMillis: 3 })).toBe(1)
  })

  it.each([
    [{}, 'Either `max_timestamp_millis` or `trace_ids` must be specified.'],
    [{ maxTraces: 1 }, 'Either `max_timestamp_millis` or `trace_ids` must be specified.'],
    [
      { traceIds: ['tr-1'], maxTimestampMillis: 1 },
      'Only one of `max_timestamp_millis` and `trace_ids` can be specified.',
    ],
    [
      { traceIds: ['tr-1'], maxTraces: 1 },
      "`max_traces` can't be specified if `trace_ids` is specified.",
    ],
    [
      { maxTimestampMillis: 1, maxTraces: 0 },
      '`max_traces` must be a positive integer, received 0.',
    ],
  ])('are not deleted for %j', async (which, message) => {
    expect(await refusal(store.deleteTraces(experiment, which))).toEqual([
      'INVALID_PARAMETER_VALUE',
      message,
    ])
  })

  it('go with their experiment, their files and all', async () => {
    await start(1)
    await store.logSpans(experiment, [spanOf(1)])
    await putFile(store, traceIdOf(1), new Uint8Array(9))
    expect((await store.storage()).artifactBytes).toBe(9)
    await store.deleteExperiment(experiment)
    await store.purgeExperiment(experiment)
    expect(await store.getTraces([traceIdOf(1)])).toEqual([])
    expect((await store.storage()).artifactBytes).toBe(0)
  })

  it.each(['req-1', 'm-1', 'c6c6b6e118d74a87a4c4d78f0b1a5c0a'])(
    'keep files whatever their ids begin with: %s',
    async (traceId) => {
      await store.startTrace({ traceId, experimentId: experiment, requestTime: 1 })
      await putFile(store, traceId, new Uint8Array(4))
      expect(await store.listArtifacts(traceId)).toMatchObject([{ fileSize: 4 }])
      await store.deleteTraces(experiment, { traceIds: [traceId] })
      expect((await store.storage()).artifactBytes).toBe(0)
      expect((await refusal(store.listArtifacts(traceId)))[0]).toBe('RESOURCE_DOES_NOT_EXIST')
    },
  )

  it('lose their files when they are deleted, and start anew without anything of before', async () => {
    await start(1, { tags: { a: '1' } })
    await store.linkTracesToRun('run', [traceIdOf(1)])
    await putFile(store, traceIdOf(1), new Uint8Array(3))
    await store.deleteTraces(experiment, { traceIds: [traceIdOf(1)] })
    const again = await start(1)
    expect(again.tags['a']).toBeUndefined()
    expect(await store.listArtifacts(traceIdOf(1))).toEqual([])
    const query = { experimentIds: [experiment], filter: "run_id = 'run'" }
    expect((await store.searchTraces(query)).items).toEqual([])
  })

  it('are linked to runs, at most 100 at once, whether or not they are there', async () => {
    await store.linkTracesToRun('run', [traceIdOf(1), 'tr-none'])
    await store.linkTracesToRun('run', [traceIdOf(1)])
    await start(1)
    const query = { experimentIds: [experiment], filter: "run_id = 'run'" }
    expect((await store.searchTraces(query)).items).toHaveLength(1)
    const many = Array.from({ length: 101 }, (_, i) => `tr-${i}`)
    expect(await refusal(store.linkTracesToRun('run', many))).toEqual([
      'INVALID_PARAMETER_VALUE',
      'Cannot link more than 100 traces to a run in a single request. Provided 101 traces.',
    ])
  })
})

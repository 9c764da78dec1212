import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import type { LoggedModel, ModelMetric } from '../../../../src/entities/logged-model.js'
import { TrackletError } from '../../../../src/errors.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'

let stores = 0
let store: LocalStore
let experiment: string

beforeEach(async () => {
  store = await openEngine(memoryAdapter(`logged-models-${stores++}`))
  experiment = await store.createExperiment('e')
})

afterEach(() => store.close())

const newRun = async (): Promise<string> =>
  (await store.createRun({ experimentId: experiment, startTime: 1 })).info.runId

const create = (more: object = {}): Promise<LoggedModel> =>
  store.createLoggedModel({ experimentId: experiment, ...more })

/** The code and message of a refusal. */
async function refusal(call: Promise<unknown>): Promise<readonly [string, string]> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof TrackletError)) throw new Error('The call was not refused.')
  return [error.errorCode, error.message]
}

const gone = (modelId: string): readonly [string, string] => [
  'RESOURCE_DOES_NOT_EXIST',
  `Logged model with ID '${modelId}' not found.`,
]

describe('a logged model', () => {
  it('is what it was made of, in the state PENDING', async () => {
    const made = await create({
      name: 'n',
      modelType: 'sk',
      sourceRunId: 'of nobody',
      params: [
        ['p', '1'],
        ['__proto__', 'x'],
      ],
      tags: [['t', '']],
    })
    expect(made).toEqual({
      modelId: expect.stringMatching(/^m-[0-9a-f]{32}$/) as string,
      experimentId: experiment,
      name: 'n',
      artifactLocation: `mlflow-artifacts:/${experiment}/models/${made.modelId}/artifacts`,
      creationTimestamp: made.lastUpdatedTimestamp,
      lastUpdatedTimestamp: expect.any(Number) as number,
      modelType: 'sk',
      sourceRunId: 'of nobody',
      status: 'PENDING',
      params: Object.fromEntries([
        ['p', '1'],
        ['__proto__', 'x'],
      ]),
      tags: { t: '' },
      metrics: [],
    })
    expect(await store.getLoggedModel(made.modelId)).toEqual(made)
  })

  it('has a made-up name, and no type and run, where none is given', async () => {
    const { name, modelType, sourceRunId } = await create()
    expect(name).toMatch(/^[a-z]+-[a-z]+-\d+$/)
    expect([modelType, sourceRunId]).toEqual([null, null])
  })

  it.each(['', 'a/b', 'a:b', 'a.b', 'a%', '"', "it's"])('is not named %j', async (name) => {
    const [code, message] = await refusal(create({ name }))
    expect(code).toBe('INVALID_PARAMETER_VALUE')
    expect(message).toContain('Model name must be a non-empty string and cannot contain')
  })

  it('is not made in an experiment that is deleted or unknown', async () => {
    expect((await refusal(create({ experimentId: '31337' })))[0]).toBe('RESOURCE_DOES_NOT_EXIST')
    await store.deleteExperiment(experiment)
    expect((await refusal(create()))[0]).toBe('INVALID_PARAMETER_VALUE')
  })

  it('is not made of bad keys, nor of keys with two values', async () => {
    const bad: readonly object[] = [
      { params: [['a?', '1']] },
      { tags: [['', '1']] },
      { tags: [['a', 'x'.repeat(100_001)]] },
      { params: [['a', 1]] },
      {
        params: [
          ['a', '1'],
          ['a', '2'],
        ],
      },
      {
        tags: [
          ['a', '1'],
          ['a', '1'],
        ],
      },
    ]
    for (const more of bad) await refusal(create(more))
    expect((await store.searchLoggedModels({ experimentIds: [experiment] })).items).toEqual([])
  })

  it('takes a status, which touches it, and tags and params, which do not', async () => {
    const made = await create({ params: [['a', '1']] })
    await store.setLoggedModelTags(made.modelId, [
      ['t', '1'],
      ['t', '2'],
      ['u', '3'],
    ])
    await store.deleteLoggedModelTag(made.modelId, 'u')
    await store.logLoggedModelParams(made.modelId, [
      ['a', '1'],
      ['b', '2'],
      ['b', '2'],
    ])
    expect(await store.getLoggedModel(made.modelId)).toEqual({
      ...made,
      tags: { t: '2' },
      params: { a: '1', b: '2' },
    })
    const ready = await store.finalizeLoggedModel(made.modelId, 'READY')
    expect(ready.status).toBe('READY')
    expect(ready.lastUpdatedTimestamp).toBeGreaterThanOrEqual(made.lastUpdatedTimestamp)
    const status = 'NOPE' as 'READY'
    expect((await refusal(store.finalizeLoggedModel(made.modelId, status)))[0]).toBe(
      'INVALID_PARAMETER_VALUE',
    )
  })

  it('keeps params as they are', async () => {
    const { modelId } = await create({ params: [['a', '1']] })
    const call = store.logLoggedModelParams(modelId, [
      ['b', '1'],
      ['a', '2'],
    ])
    expect((await refusal(call))[1]).toContain('Changing param values is not allowed.')
    expect((await store.getLoggedModel(modelId)).params).toEqual({ a: '1' })
  })

  it('lacks a tag that is to be deleted', async () => {
    const { modelId } = await create()
    expect(await refusal(store.deleteLoggedModelTag(modelId, 'u'))).toEqual([
      'RESOURCE_DOES_NOT_EXIST',
      `No tag with key 'u' found for model with ID '${modelId}'.`,
    ])
  })

  it('is found by no call once it is deleted', async () => {
    const { modelId } = await create()
    expect((await refusal(store.purgeLoggedModel(modelId)))[0]).toBe('INVALID_PARAMETER_VALUE')
    await store.deleteLoggedModel(modelId)
    const calls = [
      store.getLoggedModel(modelId),
      store.finalizeLoggedModel(modelId, 'READY'),
      store.deleteLoggedModel(modelId),
      store.setLoggedModelTags(modelId, [['t', '1']]),
      store.deleteLoggedModelTag(modelId, 't'),
      store.logLoggedModelParams(modelId, [['p', '1']]),
      store.listArtifacts(modelId),
      store.openWrite(modelId, 'a'),
    ]
    for (const call of calls) expect(await refusal(call)).toEqual(gone(modelId))
    await store.purgeLoggedModel(modelId)
    expect(await refusal(store.purgeLoggedModel(modelId))).toEqual(gone(modelId))
  })

  it('outlives the deletion of its experiment, and goes when that is purged', async () => {
    const { modelId } = await create()
    await store.deleteExperiment(experiment)
    expect((await store.getLoggedModel(modelId)).modelId).toBe(modelId)
    expect((await store.searchLoggedModels({ experimentIds: [experiment] })).items).toHaveLength(1)
    await store.setLoggedModelTags(modelId, [['t', '1']])
    await store.purgeExperiment(experiment)
    expect(await refusal(store.getLoggedModel(modelId))).toEqual(gone(modelId))
  })
})

describe('metrics of a logged model', () => {
  const log = (
    runId: string,
    modelId: string,
    [value, timestamp, step]: readonly [number, number, number],
    more: object = {},
  ): Promise<void> => store.logMetric(runId, { key: 'm', value, timestamp, step, modelId, ...more })

  const points = async (modelId: string): Promise<readonly ModelMetric[]> =>
    (await store.getLoggedModel(modelId)).metrics

  it('are every point of every run, by key, timestamp and step, exact repeats once', async () => {
    const [a, b] = [await newRun(), await newRun()]
    const { modelId } = await create()
    const other = await create()
    const onData = { datasetName: 'd', datasetDigest: 'x' }
    await log(a, modelId, [0.5, 100, 1])
    await log(a, modelId, [0.5, 100, 1])
    await log(a, modelId, [0.25, 50, 3])
    await log(b, modelId, [Number.NaN, 50, 3], onData)
    await log(b, modelId, [Number.NEGATIVE_INFINITY, 7, 0], { key: 'a' })
    await log(a, other.modelId, [9, 9, 9])
    await store.logMetric(a, { key: 'm', value: 8, timestamp: 8, step: 8 })
    const plain = { modelId, datasetName: null, datasetDigest: null }
    const wanted = [
      { ...plain, runId: b, key: 'a', value: Number.NEGATIVE_INFINITY, timestamp: 7, step: 0 },
      { ...plain, runId: a, key: 'm', value: 0.25, timestamp: 50, step: 3 },
      { modelId, ...onData, runId: b, key: 'm', value: Number.NaN, timestamp: 50, step: 3 },
      { ...plain, runId: a, key: 'm', value: 0.5, timestamp: 100, step: 1 },
    ]
    expect(await points(modelId)).toEqual(wanted)
    await store.checkpoint()
    expect(await points(modelId)).toEqual(wanted)
    expect((await store.finalizeLoggedModel(modelId, 'READY')).metrics).toEqual(wanted)
    const { items } = await store.searchLoggedModels({ experimentIds: [experiment] })
    expect(items.find((model) => model.modelId === modelId)?.metrics).toEqual(wanted)
  })

  it('go with a purged run, and stay the run’s when the model is purged', async () => {
    const [a, b] = [await newRun(), await newRun()]
    const { modelId } = await create()
    await log(a, modelId, [1, 1, 1])
    await log(b, modelId, [2, 2, 2])
    await store.deleteRun(a)
    expect(await points(modelId)).toHaveLength(2)
    await store.purgeRun(a)
    expect((await points(modelId)).map(({ runId }) => runId)).toEqual([b])
    await store.deleteLoggedModel(modelId)
    await log(b, modelId, [3, 3, 3])
    await store.purgeLoggedModel(modelId)
    expect((await store.getRun(b)).data.metrics).toEqual({ m: 3 })
    expect(await refusal(log(b, modelId, [4, 4, 4]))).toEqual(gone(modelId))
  })

  it('are refused for a model that does not exist, with all of their batch', async () => {
    const run = await newRun()
    const point = { key: 'm', value: 1, timestamp: 1, step: 1 }
    expect(await refusal(store.logMetric(run, { ...point, modelId: 'm-1' }))).toEqual(gone('m-1'))
    const batch = { metrics: [point, { ...point, modelId: 'm-1' }], tags: [['t', '1']] as const }
    expect(await refusal(store.logBatch(run, batch))).toEqual(gone('m-1'))
    expect((await store.getRun(run)).data).toMatchObject({ metrics: {} })
    expect((await store.getRun(run)).data.tags['t']).toBeUndefined()
  })
})

describe('links between runs and logged models', () => {
  it('show wherever the run does, for models that do not exist too', async () => {
    const [run, other] = [await newRun(), await newRun()]
    const { modelId } = await create()
    await store.searchRuns({ experimentIds: [experiment] })
    await store.logOutputs(run, [{ modelId, step: 3 }])
    await store.logOutputs(run, [{ modelId: 'm-none', step: -1 }])
    await store.logInputs(run, [], [{ modelId }, { modelId }])
    await store.logInputs(run, [], [{ modelId }])
    const inputs = [{ modelId }]
    const outputs = [
      { modelId, step: 3 },
      { modelId: 'm-none', step: -1 },
    ]
    const shown = await store.getRun(run)
    expect(shown.inputs).toEqual({ datasetInputs: [], modelInputs: inputs })
    expect(shown.outputs).toEqual({ modelOutputs: outputs })
    const { items } = await store.searchRuns({ experimentIds: [experiment] })
    expect(items.find(({ info }) => info.runId === run)).toEqual(shown)
    expect(items.find(({ info }) => info.runId === other)).toMatchObject({
      inputs: { modelInputs: [] },
      outputs: { modelOutputs: [] },
    })
  })

  it('are made once only as an output', async () => {
    const run = await newRun()
    const { modelId } = await create()
    const twice = [
      { modelId, step: 1 },
      { modelId, step: 2 },
    ]
    expect((await refusal(store.logOutputs(run, twice)))[0]).toBe('BAD_REQUEST')
    expect((await store.getRun(run)).outputs.modelOutputs).toEqual([])
    await store.logOutputs(run, twice.slice(0, 1))
    expect((await refusal(store.logOutputs(run, twice.slice(1))))[0]).toBe('BAD_REQUEST')
    expect((await store.getRun(run)).outputs.modelOutputs).toEqual(twice.slice(0, 1))
  })

  it('are for active runs, and go with the run', async () => {
    const run = await newRun()
    await store.logOutputs(run, [{ modelId: 'm-1', step: 0 }])
    await store.deleteRun(run)
    const outputs = [{ modelId: 'm-2', step: 0 }]
    expect((await refusal(store.logOutputs(run, outputs)))[0]).toBe('INVALID_PARAMETER_VALUE')
    expect((await refusal(store.logInputs(run, [], outputs)))[0]).toBe('INVALID_PARAMETER_VALUE')
    expect((await refusal(store.logOutputs('none', outputs)))[0]).toBe('RESOURCE_DOES_NOT_EXIST')
    await store.purgeRun(run)
    expect((await refusal(store.getRun(run)))[0]).toBe('RESOURCE_DOES_NOT_EXIST')
  })

  it('are told to those who watch the run', async () => {
    const run = await newRun()
    const { port1, port2 } = new MessageChannel()
    const told = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data)
    })
    await store.subscribe({ runIds: [run] }, port2)
    await store.logOutputs(run, [{ modelId: 'm-1', step: 0 }])
    expect(await told).toMatchObject({ runIds: [run] })
    port1.postMessage('close')
    port1.close()
  })

  it.each([[[{}]], [['m-1']], [[{ modelId: '' }]], [[{ modelId: 'm', step: 0.5 }]], ['m']])(
    'are not made of %j',
    async (models) => {
      const run = await newRun()
      const given = models as unknown as { modelId: string; step: number }[]
      expect((await refusal(store.logOutputs(run, given)))[0]).toBe('INVALID_PARAMETER_VALUE')
      expect((await store.getRun(run)).outputs.modelOutputs).toEqual([])
    },
  )
})

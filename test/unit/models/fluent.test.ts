import { expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import { createFluent, type Fluent } from '../../../src/client/fluent.js'
import { createTracker, openEngine } from '../../../src/index.js'
import { codeOf } from '../../contract/client/helpers.js'

function newFluent(): Fluent {
  return createFluent({
    openTracker: async () => createTracker(await openEngine(memoryAdapter())),
    defaultUri: () => 'memory:default',
    scope: { current: () => undefined },
    env: { get: () => undefined, set: () => undefined, delete: () => undefined },
  }).fluent
}

it('the fluent functions make logged models of the active run, and find them again', async () => {
  const mlflow = newFluent()
  try {
    const { experimentId } = await mlflow.setExperiment('nets')
    const loose = await mlflow.initializeLoggedModel({ name: 'loose' })
    expect(loose).toMatchObject({ experimentId, sourceRunId: null, status: 'PENDING' })
    const run = await mlflow.startRun()
    const { modelId } = await mlflow.initializeLoggedModel({ name: 'net', tags: { a: 1 } })
    await mlflow.finalizeLoggedModel(modelId, 'READY')
    await mlflow.setLoggedModelTags(modelId, { b: 2 })
    await mlflow.deleteLoggedModelTag(modelId, 'a')
    await mlflow.logModelParams(modelId, { lr: 0.1 })
    await mlflow.logOutputs([{ modelId, step: 2 }])
    expect(await mlflow.getLoggedModel(modelId)).toMatchObject({
      experimentId,
      sourceRunId: run.id,
      status: 'READY',
      tags: { b: '2' },
      params: { lr: '0.1' },
    })
    expect((await run.read()).outputs.modelOutputs).toEqual([{ modelId, step: 2 }])
    const names = async (options?: Parameters<Fluent['searchLoggedModels']>[0]) =>
      (await mlflow.searchLoggedModels(options)).loggedModels.map(({ name }) => name)
    expect(await names()).toEqual(['net', 'loose'])
    expect(await names({ experimentIds: ['0'] })).toEqual([])
    await mlflow.deleteLoggedModel(modelId)
    expect(await names({ filter: "name LIKE '%'" })).toEqual(['loose'])
  } finally {
    await mlflow.close()
  }
})

it('the fluent registerModel sees what the active run has just logged', async () => {
  const mlflow = newFluent()
  try {
    const run = await mlflow.startRun()
    const uri = `runs:/${run.id}/net`
    expect(await codeOf(() => mlflow.registerModel(uri, 'net'))).toBe('RESOURCE_DOES_NOT_EXIST')
    await mlflow.logText('flavors: {}', 'net/MLmodel')
    const version = await mlflow.registerModel(uri, 'net', { tags: { a: 1 } })
    expect(version).toMatchObject({ name: 'net', version: '1', runId: run.id, tags: { a: '1' } })
  } finally {
    await mlflow.close()
  }
})

import { beforeEach, describe, expect, it } from 'vitest'
import type { LoggedModel } from '../../../../src/entities/logged-model.js'
import type { CreateModelVersion } from '../../../../src/store/model-registry-store.js'
import { freshStore, makeRun, refusal, type Harness } from '../catalog/harness.js'

// Versions of registered models that stand for logged models: MLflow's rules (server/handlers.py, _validate_source_model).

let store: Harness
let run: string
let model: Pick<LoggedModel, 'modelId' | 'artifactLocation'>

beforeEach(() => {
  store = freshStore()
  run = makeRun(store)
  model = logged({ sourceRunId: run })
  store.do(({ registry }) => registry.planCreateModel('m'))
})

const logged = (more: object = {}) =>
  store.do((c) => c.loggedModels.planCreate({ experimentId: '0', ...more }))

const create = (version: CreateModelVersion) =>
  store.do(({ registry }) => registry.planCreateVersion('m', version))

/** The code and message; nothing may be left behind. */
function refused(version: CreateModelVersion): readonly [string, string] {
  const before = store.dump()
  const { errorCode, message } = refusal(() => create(version))
  expect(store.dump()).toEqual(before)
  return [errorCode, message]
}

const noted = (modelId: string): unknown =>
  JSON.parse(store.catalog.loggedModels.get(modelId).tags['mlflow.modelVersions'] ?? 'null')

describe('a version of a logged model', () => {
  it('has its run and its files, and is noted in its tag', () => {
    const { modelId } = model
    const made = create({ source: `models:/${modelId}`, modelId })
    expect(made).toMatchObject({ source: `models:/${modelId}`, runId: run, modelId })
    expect(store.catalog.registry.getDownloadUri('m', 1)).toBe(model.artifactLocation)
    expect(noted(modelId)).toEqual([{ name: 'm', version: 1 }])
    create({ source: 's3://bucket/x', modelId, runId: 'other' })
    const own = `mlflow-artifacts:/0/models/${modelId}/artifacts`
    expect(create({ source: own, modelId }).runId).toBe(run)
    expect(create({ source: `${own}/below`, modelId }).runId).toBe(run)
    const versions = [1, 2, 3, 4].map((version) => ({ name: 'm', version }))
    expect(noted(modelId)).toEqual(versions)
    expect(store.catalog.registry.getVersion('m', 2).runId).toBe('other')
    expect(store.catalog.loggedModels.get(modelId).tags['mlflow.modelVersions']).toContain(
      '[{"name": "m", "version": 1}, {"name"',
    )
  })

  it('has no run where the model has none', () => {
    const { modelId } = logged()
    expect(create({ source: `models:/${modelId}`, modelId }).runId).toBe('')
  })

  it('may be in the local folder of the model', () => {
    const experimentId = store.do((c) =>
      c.planCreateExperiment('local', { artifactLocation: '/data/x' }),
    )
    const { modelId, artifactLocation } = logged({ experimentId })
    expect(artifactLocation).toBe(`/data/x/models/${modelId}/artifacts`)
    expect(create({ source: `${artifactLocation}/a`, modelId }).modelId).toBe(modelId)
    expect(refused({ source: `/data/x/models/${modelId}`, modelId })[1]).toContain(
      'the model_id request parameter has to be specified',
    )
    expect(refused({ source: `${artifactLocation}/a`, modelId: 'm-none' })[1]).toContain(
      'The model_id request parameter must identify',
    )
  })

  it('is refused where there is no such model, or a deleted one', () => {
    const { modelId } = logged()
    store.do((c) => c.loggedModels.planDelete(modelId))
    for (const id of ['m-none', modelId]) {
      expect(refused({ source: `models:/${id}`, modelId: id })).toEqual([
        'RESOURCE_DOES_NOT_EXIST',
        `Unable to fetch model from model URI source artifact location 'models:/${id}'.` +
          `Error: Logged model with ID '${id}' not found.`,
      ])
      expect(refused({ source: 's3://bucket/x', modelId: id })).toEqual([
        'RESOURCE_DOES_NOT_EXIST',
        `Logged model with ID '${id}' not found.`,
      ])
    }
  })

  it('is refused where the model does not hold the source', () => {
    const other = logged().modelId
    const sources = [
      `models:/${model.modelId}`,
      `mlflow-artifacts:/0/models/${model.modelId}/artifacts/x`,
      `runs:/${run}/x`,
    ]
    for (const source of sources)
      expect(refused({ source, modelId: other })).toEqual([
        'INVALID_PARAMETER_VALUE',
        `Invalid model version source: '${source}'. The model_id request parameter must identify the resource ` +
          'that contains the source.',
      ])
  })

  it('is noted once more under a name that was used before, and beside what else is in the tag', () => {
    const { modelId } = model
    const version = { source: `models:/${modelId}`, modelId }
    create(version)
    store.do(({ registry }) => registry.planDeleteModel('m'))
    store.do(({ registry }) => registry.planCreateModel('m'))
    create(version)
    expect(noted(modelId)).toEqual([{ name: 'm', version: 1 }])
    const tag = ['mlflow.modelVersions', 'no JSON'] as const
    store.do((c) => c.loggedModels.planSetTags(modelId, [tag]))
    create(version)
    expect(noted(modelId)).toEqual([{ name: 'm', version: 2 }])
  })

  it('is copied with its files, also when the model is gone', () => {
    const { modelId } = model
    create({ source: `models:/${modelId}`, modelId })
    const copy = create({ source: 'models:/m/1' })
    expect(copy).toMatchObject({ modelId, runId: run })
    store.do((c) => c.loggedModels.planDelete(modelId))
    expect(create({ source: 'models:/m/2' }).modelId).toBe(modelId)
    expect(store.catalog.registry.getDownloadUri('m', 3)).toBe(model.artifactLocation)
  })
})

import { describe, expect, it } from 'vitest'
import type { CreateModelVersion } from '../../../../src/store/model-registry-store.js'
import { freshStore, makeRun, refusal, type Harness } from '../catalog/harness.js'

// What a version may be made of: MLflow's rules (server/handlers.py), with runs and versions that are there.

interface Setting {
  readonly store: Harness
  readonly run: string
  readonly localRun: string
}

function setting(): Setting {
  const store = freshStore()
  const run = makeRun(store)
  const local = store.do((c) => c.planCreateExperiment('local', { artifactLocation: '/data/x' }))
  const created = store.do((c) => c.planCreateRun({ experimentId: local, startTime: 1 }))
  store.do(({ registry }) => registry.planCreateModel('m'))
  store.do(({ registry }) => registry.planCreateModel('copy'))
  return { store, run, localRun: created.info.runId }
}

function create(store: Harness, name: string, version: CreateModelVersion) {
  return store.do(({ registry }) => registry.planCreateVersion(name, version))
}

function loggedModel(store: Harness, more: object = {}) {
  return store.do((c) => c.loggedModels.planCreate({ experimentId: '0', ...more }))
}

function refused(store: Harness, version: CreateModelVersion): string {
  const before = store.dump()
  const { errorCode, message } = refusal(() => create(store, 'm', version))
  expect(errorCode).toBe('INVALID_PARAMETER_VALUE')
  expect(store.dump()).toEqual(before)
  return message
}

describe('a version made of a place', () => {
  it('may be remote, and is then read from there', () => {
    const { store } = setting()
    const { version } = create(store, 'm', { source: 's3://bucket/one' })
    expect(store.catalog.registry.getDownloadUri('m', version)).toBe('s3://bucket/one')
  })

  it.each(['http://h/x', 'HTTPS://h/x', 'ftp://h/x', 'sftp://h/x', 'hdfs://h/x'])(
    'is not at a host of the caller: %s',
    (source) => {
      const scheme = source.split(':')[0]!.toLowerCase()
      expect(refused(setting().store, { source })).toContain(
        `'source' cannot use the '${scheme}' scheme`,
      )
    },
  )

  it('may be a local path only inside the artifacts of its run', () => {
    const { store, run, localRun } = setting()
    const inside = `/data/x/${localRun}/artifacts/model`
    expect(create(store, 'm', { source: inside, runId: localRun }).source).toBe(inside)
    expect(create(store, 'm', { source: `file://${inside}`, runId: localRun }).version).toBe('2')
    const local = 'To use a local path as a model version source'
    for (const source of [inside, 'file:///etc/passwd', 'model', `${inside}/../../../../etc`])
      expect(refused(store, { source })).toContain(local)
    for (const source of ['/etc/passwd', `${inside}/../../../../etc`, `/data/x/${localRun}`])
      expect(refused(store, { source, runId: localRun })).toContain(local)
    expect(refused(store, { source: inside, runId: run })).toContain(local)
    expect(refused(store, { source: inside, runId: 'none' })).toContain(
      'The run_id request parameter must identify',
    )
    expect(refused(store, { source: inside, runId: localRun, modelId: 'm-1' })).toContain(
      'The model_id request parameter must identify',
    )
  })

  it('of a run names that run', () => {
    const { store, run } = setting()
    const wanted = 'The run_id request parameter must identify the resource'
    expect(create(store, 'm', { source: `runs:/${run}/a`, runId: run }).runId).toBe(run)
    expect(refused(store, { source: `runs:/${run}/a` })).toContain(wanted)
    expect(refused(store, { source: `runs:/${run}x/a`, runId: run })).toContain(wanted)
    expect(refused(store, { source: `runs://h/${run}/a`, runId: run })).toContain(wanted)
    expect(refused(store, { source: `runs:/${run}/../x`, runId: run })).toContain('absolute path')
    expect(refused(store, { source: `runs:/${run}/a`, runId: run, modelId: 'm-1' })).toContain(
      'The model_id request parameter must identify',
    )
  })

  it('behind the artifact proxy lies in the artifacts of its run', () => {
    const { store, run } = setting()
    const wanted = 'The run_id request parameter must identify the resource'
    const root = `mlflow-artifacts:/0/${run}/artifacts`
    expect(create(store, 'm', { source: `${root}/model`, runId: run }).source).toBe(`${root}/model`)
    expect(refused(store, { source: `${root}/model` })).toContain(wanted)
    expect(refused(store, { source: `${root}2/model`, runId: run })).toContain(wanted)
    expect(refused(store, { source: `${root}/model`, runId: 'none' })).toContain(wanted)
    expect(refused(store, { source: `${root}/%2e%2e/x`, runId: run })).toContain('absolute path')
  })
})

describe('a version made of another', () => {
  it('has its run and files, however it is named, and keeps the chain', () => {
    const { store, run } = setting()
    const { modelId: id } = loggedModel(store)
    create(store, 'm', { source: 's3://bucket/one', runId: run, modelId: id })
    create(store, 'm', { source: 's3://bucket/two' })
    store.do(({ registry }) => registry.planSetAlias('m', 'champ', 1))
    store.do(({ registry }) => registry.planSetStage('m', 1, 'staging'))
    const made = ['models:/m/1', 'models:/m@champ', 'models:/m/STAGING', 'models:/m/latest'].map(
      (source) => create(store, 'copy', { source }),
    )
    expect(made.map(({ source }) => source)).toEqual([
      'models:/m/1',
      'models:/m/1',
      'models:/m/1',
      'models:/m/2',
    ])
    expect(made.map(({ runId, modelId }) => [runId, modelId])).toEqual([
      [run, id],
      [run, id],
      [run, id],
      ['', ''],
    ])
    const second = create(store, 'copy', { source: 'models:/copy/1' })
    store.do(({ registry }) => registry.planDeleteModel('m'))
    expect(second.source).toBe('models:/copy/1')
    expect(store.catalog.registry.getDownloadUri('copy', second.version)).toBe('s3://bucket/one')
  })

  it('is refused with the words of the look-up where there is none', () => {
    const { store } = setting()
    const message = (source: string): unknown => refusal(() => create(store, 'copy', { source }))
    const missing = 'RESOURCE_DOES_NOT_EXIST'
    expect(message('models:/none/1')).toEqual({
      errorCode: missing,
      message: 'Registered Model with name=none not found',
    })
    expect(message('models:/m/7')).toEqual({
      errorCode: missing,
      message: 'Model Version (name=m, version=7) not found',
    })
    expect(message('models:/m/latest')).toEqual({
      errorCode: missing,
      message: "No versions of model with name 'm' found",
    })
    expect(message('models:/m/Production')).toEqual({
      errorCode: missing,
      message: "No versions of model with name 'm' and stage 'Production' found",
    })
    expect(message('models:/m@nobody')).toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    expect(message('models:/m/best')).toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
  })

  it('is not given a run of its own, nor a host, nor made of a prompt', () => {
    const { store, run } = setting()
    create(store, 'm', { source: 's3://bucket/one', runId: run })
    const tags = [['mlflow.prompt.is_prompt', 'true']] as const
    store.do(({ registry }) => registry.planCreateModel('p', { tags }))
    expect(refused(store, { source: 'models:/m/1', runId: '' })).toContain('must match')
    expect(refused(store, { source: 'models:/m/1', modelId: 'm-2' })).toContain('must match')
    expect(refused(store, { source: 'models://host/m/1' })).toContain('active model registry')
    expect(refused(store, { source: 'models:/m/1/x' })).toContain('must identify')
    expect(refused(store, { source: 'models:/p/1' })).toContain('Prompt versions cannot be used')
    expect(refused(store, { source: 's3://b/x', tags })).toContain('Invalid prompt source')
    expect(create(store, 'p', { source: 'dummy-source', tags }).source).toBe('dummy-source')
  })

  it('of a logged model names that model', () => {
    const { store } = setting()
    const { modelId } = loggedModel(store)
    const source = `models:/${modelId}`
    expect(refused(store, { source })).toContain('The model_id request parameter must identify')
    expect(refused(store, { source, modelId: 'm-2' })).toContain('must identify')
    expect(create(store, 'm', { source, modelId })).toMatchObject({ source, modelId, runId: '' })
  })
})

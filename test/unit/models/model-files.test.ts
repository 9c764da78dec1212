import { beforeEach, describe, expect, it } from 'vitest'
import { findModelFiles } from '../../../src/models/model-files.js'
import { registerModel } from '../../../src/models/register-model.js'
import { writeArtifact } from '../../../src/artifacts/write.js'
import { openEngine } from '../../../src/store/engine.js'
import type { LocalStore } from '../../../src/store/store.js'
import { memoryAdapter } from '../../../adapters/memory.js'
import { codeOf, errorOf, untyped } from '../../contract/client/helpers.js'

let store: LocalStore
let runId: string

beforeEach(async () => {
  store = await openEngine(memoryAdapter())
  runId = await runWithModel('0')
  return () => store.close()
})

async function runWithModel(experimentId: string, path = 'deep/model'): Promise<string> {
  const { info } = await store.createRun({ experimentId, startTime: 1, tags: [] })
  await writeArtifact(store, info.runId, `${path}/MLmodel`, new TextEncoder().encode('flavors: {}'))
  return info.runId
}

describe('the files of a model', () => {
  it('are found by each kind of URI', async () => {
    const place = { runId, path: 'deep/model' }
    await registerModel(store, `runs:/${runId}/deep/model`, 'net')
    await store.setRegisteredModelAlias('net', 'champ', 1)
    await store.transitionModelVersionStage('net', 1, 'Production')
    for (const uri of ['net/1', 'net/latest', 'net/production', 'net@champ'])
      expect(await findModelFiles(store, `models:/${uri}`)).toEqual(place)
    expect(await findModelFiles(store, `runs:/${runId}/deep/model`)).toEqual(place)
  })

  it('of a copy are those of what was copied, whatever became of that', async () => {
    await registerModel(store, `runs:/${runId}/deep/model`, 'net')
    await registerModel(store, 'models:/net/1', 'copy')
    await registerModel(store, 'models:/copy/latest', 'again')
    await store.deleteRegisteredModel('net')
    await store.deleteRegisteredModel('copy')
    expect(await findModelFiles(store, 'models:/again/1')).toEqual({ runId, path: 'deep/model' })
  })

  it('are found by a source that is written in another way', async () => {
    await store.createRegisteredModel('net')
    const inRun = { runId }
    const proxied = `mlflow-artifacts:/0/${runId}/artifacts`
    for (const source of [`runs:/${runId}/deep/model`, `${proxied}/deep/model/`, proxied])
      await store.createModelVersion('net', { source, ...inRun })
    expect(await findModelFiles(store, 'models:/net/1')).toEqual({ runId, path: 'deep/model' })
    expect(await findModelFiles(store, 'models:/net/2')).toEqual({ runId, path: 'deep/model' })
    expect(await findModelFiles(store, 'models:/net/3')).toEqual({ runId, path: '' })
  })

  it.each(['s3://bucket/models', '/data/models', 'file:///data/my%20models'])(
    'are found where the experiment’s location is %s',
    async (artifactLocation) => {
      const own = await runWithModel(await store.createExperiment('e', { artifactLocation }))
      await registerModel(store, `runs:/${own}/deep/model`, 'net')
      const expected = { runId: own, path: 'deep/model' }
      expect(await findModelFiles(store, 'models:/net/1')).toEqual(expected)
    },
  )

  it('are those of a logged model, by its id, its versions and the run that made it', async () => {
    const make = async (step: number): Promise<string> => {
      const { modelId } = await store.createLoggedModel({
        experimentId: '0',
        name: 'net',
        sourceRunId: runId,
      })
      await store.logOutputs(runId, [{ modelId, step }])
      return modelId
    }
    const [early, late] = [await make(1), await make(8)]
    await registerModel(store, `models:/${early}`, 'Net')
    await registerModel(store, 'models:/Net/1', 'Copy')
    await registerModel(store, `runs:/${runId}/net`, 'Net')
    const { artifactLocation } = await store.getLoggedModel(early)
    await store.createModelVersion('Net', { source: artifactLocation, modelId: early })
    for (const uri of [early, 'Net/1', 'Copy/1', 'Net/3'])
      expect(await findModelFiles(store, `models:/${uri}`)).toEqual({ runId: early, path: '' })
    expect(await findModelFiles(store, 'models:/Net/2')).toEqual({ runId: late, path: '' })
    const below = await findModelFiles(store, `runs:/${runId}/net/data`)
    expect(below).toEqual({ runId: late, path: 'data' })
  })

  it('that no run has are told to be elsewhere', async () => {
    await store.createRegisteredModel('net')
    await store.createModelVersion('net', { source: 's3://bucket/x', runId })
    const error = await errorOf(() => findModelFiles(store, 'models:/net/1'))
    expect(error.errorCode).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(error.message).toContain('s3://bucket/x')
  })

  it.each([
    ['models:/nowhere/1', 'RESOURCE_DOES_NOT_EXIST'],
    ['models:/net/7', 'RESOURCE_DOES_NOT_EXIST'],
    ['models:/net/Staging', 'RESOURCE_DOES_NOT_EXIST'],
    ['models:/net/Nostage', 'INVALID_PARAMETER_VALUE'],
    ['models:/net@nobody', 'INVALID_PARAMETER_VALUE'],
    ['models:/net/1/more', 'INVALID_PARAMETER_VALUE'],
    ['models://host/net/1', 'INVALID_PARAMETER_VALUE'],
    ['models:/m-0123456789abcdef', 'RESOURCE_DOES_NOT_EXIST'],
    ['s3://bucket/x', 'INVALID_PARAMETER_VALUE'],
    ['', 'INVALID_PARAMETER_VALUE'],
    [untyped<string>(3), 'INVALID_PARAMETER_VALUE'],
  ])('of %s are none: %s', async (uri, code) => {
    await registerModel(store, `runs:/${runId}/deep/model`, 'net')
    expect(await codeOf(() => findModelFiles(store, uri))).toBe(code)
  })
})

describe('a run that has files and a logged model of one name', () => {
  it('is registered by its files where they have an MLmodel', async () => {
    await store.createLoggedModel({ experimentId: '0', name: 'deep', sourceRunId: runId })
    await writeArtifact(store, runId, 'deep/MLmodel', new TextEncoder().encode('flavors: {}'))
    const version = await registerModel(store, `runs:/${runId}/deep`, 'net')
    expect(version).toMatchObject({ runId, modelId: '' })
    expect(version.source).toMatch(/artifacts\/deep$/)
  })
})

describe('what is not registered', () => {
  it.each([
    ['a folder without an MLmodel file', () => `runs:/${runId}/deep`],
    ['the root of a run without one', () => `runs:/${runId}`],
    ['a file', () => `runs:/${runId}/deep/model/MLmodel`],
    ['a run that is not there', () => `runs:/${'0'.repeat(32)}/model`],
    ['a path that climbs', () => `runs:/${runId}/../model`],
    ['no run', () => 'runs:/'],
    ['a logged model that is not there', () => `models:/m-${'0'.repeat(32)}`],
    ['a logged model that the run has not made', () => `runs:/${runId}/net`],
    ['a name that no model can have', () => `runs:/${runId}/a'b`],
    ['a version that is not there', () => 'models:/nowhere/1'],
    ['a models:/ URI that is none', () => 'models:/a/b/c'],
    ['a local folder', () => '/data/model'],
    ['a relative one', () => 'model'],
    ['a host that nothing is read from', () => 'https://example.org/model'],
    ['nothing', () => ''],
  ])('%s, leaves no model behind', async (_, uri) => {
    expect(await codeOf(() => registerModel(store, uri(), 'net'))).toMatch(
      /^(INVALID_PARAMETER_VALUE|RESOURCE_DOES_NOT_EXIST)$/,
    )
    expect((await store.searchRegisteredModels()).items).toEqual([])
  })

  it('under a name that no model may have', async () => {
    for (const name of ['', 'a/b', 'a:b', '.', untyped<string>(undefined)])
      expect(await codeOf(() => registerModel(store, `runs:/${runId}/deep/model`, name))).toBe(
        'INVALID_PARAMETER_VALUE',
      )
    expect((await store.searchRegisteredModels()).items).toEqual([])
  })
})

describe('registering at the same time', () => {
  it('makes one model with a version for each', async () => {
    const uri = `runs:/${runId}/deep/model`
    const made = await Promise.all(
      Array.from({ length: 5 }, () => registerModel(store, uri, 'net')),
    )
    expect(made.map(({ version }) => version).sort()).toEqual(['1', '2', '3', '4', '5'])
  })
})

import { expect, it } from 'vitest'
import type { Tracker } from '../../../src/index.js'
import { codeOf, errorOf, textOf } from './helpers.js'

/** MLflow 3's logged models, over a tracker of any kind. */
export function loggedModelTests(tracker: () => Tracker): void {
  const client = (): Tracker['client'] => tracker().client

  it('takes a logged model through its life', async () => {
    const run = await tracker().startRun()
    const made = await client().createLoggedModel('0', {
      name: 'net',
      sourceRunId: run.id,
      modelType: 'cnn',
      params: { layers: 3 },
      tags: { team: 'vision' },
    })
    expect(made).toMatchObject({
      experimentId: '0',
      name: 'net',
      status: 'PENDING',
      modelType: 'cnn',
      sourceRunId: run.id,
      params: { layers: '3' },
      tags: { team: 'vision' },
      metrics: [],
    })
    const { modelId } = made
    expect(modelId).toMatch(/^m-[0-9a-f]{32}$/)
    expect((await client().finalizeLoggedModel(modelId, 'READY')).status).toBe('READY')
    await client().setLoggedModelTags(modelId, { team: 'audio', n: 1 })
    await client().deleteLoggedModelTag(modelId, 'n')
    await client().logModelParams(modelId, { lr: 0.1 })
    expect(await client().getLoggedModel(modelId)).toMatchObject({
      tags: { team: 'audio' },
      params: { layers: '3', lr: '0.1' },
    })
    await client().deleteLoggedModel(modelId)
    expect(await errorOf(() => client().getLoggedModel(modelId))).toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
      message: `Logged model with ID '${modelId}' not found.`,
    })
    await run.end()
  })

  it('has a made-up name, no type and no run where none was given', async () => {
    const { name, modelType, sourceRunId } = await client().createLoggedModel('0')
    expect([name.length > 0, modelType, sourceRunId]).toEqual([true, null, null])
  })

  it('links logged models to runs, and values of metrics to logged models', async () => {
    const run = await tracker().startRun()
    const [made, used] = [
      await client().createLoggedModel('0', { name: 'made' }),
      await client().createLoggedModel('0', { name: 'used' }),
    ]
    await client().logOutputs(run.id, [{ modelId: made.modelId, step: 3 }])
    await client().logInputs(run.id, [], [{ modelId: used.modelId }])
    const dataset = { datasetName: 'test', datasetDigest: 'abc' }
    const options = { step: 2, timestamp: 1000, modelId: used.modelId, ...dataset }
    await client().logMetric(run.id, 'acc', 0.5, options)
    const { inputs, outputs, data } = await run.read()
    expect(outputs.modelOutputs).toEqual([{ modelId: made.modelId, step: 3 }])
    expect(inputs.modelInputs).toEqual([{ modelId: used.modelId }])
    expect(data.metrics).toEqual({ acc: 0.5 })
    const point = { key: 'acc', value: 0.5, step: 2, timestamp: 1000 }
    const of = { modelId: used.modelId, runId: run.id, ...dataset }
    expect((await client().getLoggedModel(used.modelId)).metrics).toEqual([{ ...point, ...of }])
    await run.end()
  })

  it('finds logged models, page by page', async () => {
    const run = await tracker().startRun()
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      const params = { even: String(i % 2 === 0) }
      const { modelId } = await client().createLoggedModel('0', { name, params })
      await client().logMetric(run.id, 'score', i / 2, { modelId, step: i, timestamp: i })
    }
    await run.end()
    const names = async (options: Parameters<Tracker['client']['searchLoggedModels']>[1]) =>
      (await client().searchLoggedModels(['0'], options)).loggedModels.map(({ name }) => name)
    expect(
      await names({ filter: "params.even = 'true'", orderBy: [{ fieldName: 'name' }] }),
    ).toEqual(['a', 'c'])
    const orderBy = [{ fieldName: 'metrics.score', ascending: false }]
    expect(await names({ filter: 'metrics.score > 0.1', orderBy })).toEqual(['c', 'b'])
    const query = { orderBy, maxResults: 2 }
    const first = await client().searchLoggedModels(['0'], query)
    expect(first.loggedModels.map(({ name }) => name)).toEqual(['c', 'b'])
    expect(await names({ ...query, pageToken: first.nextPageToken! })).toEqual(['a'])
    expect(
      await codeOf(() => client().searchLoggedModels(['0'], { filter: "bogus.x = '1'" })),
    ).toBe('INVALID_PARAMETER_VALUE')
  })

  it('keeps files of logged models', async () => {
    const { modelId } = await client().createLoggedModel('0', { name: 'net' })
    const bytes = new TextEncoder().encode('flavors: {}')
    await client().logModelArtifact(modelId, bytes, 'MLmodel')
    await client().logModelArtifact(modelId, new Uint8Array(300_000).fill(7), 'data/weights.bin')
    const root = await client().listLoggedModelArtifacts(modelId)
    expect(root.map(({ path, isDir, fileSize }) => [path, isDir, fileSize])).toEqual([
      ['MLmodel', false, 11],
      ['data', true, null],
    ])
    const below = await client().listLoggedModelArtifacts(modelId, 'data')
    expect(below.map(({ path }) => path)).toEqual(['data/weights.bin'])
    expect(await textOf(client().readLoggedModelArtifact(modelId, 'MLmodel'))).toBe('flavors: {}')
    const range = { start: 299_998, end: 300_000 }
    const part = await client().openLoggedModelArtifact(modelId, 'data/weights.bin', { range })
    expect([...new Uint8Array(await part.arrayBuffer())]).toEqual([7, 7])
    await client().deleteLoggedModelArtifacts(modelId, 'data')
    expect(await client().listLoggedModelArtifacts(modelId, 'data')).toEqual([])
    expect(await codeOf(() => client().openLoggedModelArtifact(modelId, 'data/weights.bin'))).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
  })

  it('registers logged models, by id and by the run that made them', async () => {
    const run = await tracker().startRun()
    const ids: string[] = []
    for (const step of [5, 9, 1]) {
      const options = { name: 'net', sourceRunId: run.id }
      const { modelId } = await client().createLoggedModel('0', options)
      await client().logModelArtifact(modelId, Uint8Array.of(step), 'MLmodel')
      await client().finalizeLoggedModel(modelId, 'READY')
      await client().logOutputs(run.id, [{ modelId, step }])
      ids.push(modelId)
    }
    await run.end()
    const byRun = await client().registerModel(`runs:/${run.id}/net`, 'Net')
    expect(byRun).toMatchObject({ version: '1', source: `models:/${ids[1]}`, runId: run.id })
    const byId = await client().registerModel(`models:/${ids[0]}`, 'Net', { tags: { a: 1 } })
    expect(byId).toMatchObject({ version: '2', source: `models:/${ids[0]}`, tags: { a: '1' } })
    const { artifactLocation } = await client().getLoggedModel(ids[0]!)
    expect(await client().getModelVersionDownloadUri('Net', 2)).toBe(artifactLocation)
    const { tags } = await client().getLoggedModel(ids[0]!)
    expect(JSON.parse(tags['mlflow.modelVersions']!)).toEqual([{ name: 'Net', version: 2 }])
  })

  it.each([
    ['a run has made no model of the name', (runId: string) => `runs:/${runId}/other`],
    ['there is no such model', () => `models:/m-${'0'.repeat(32)}`],
  ])('registers nothing where %s', async (_, uri) => {
    const run = await tracker().startRun()
    await run.end()
    expect(await codeOf(() => client().registerModel(uri(run.id), 'Net'))).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
    expect((await client().searchRegisteredModels()).registeredModels).toEqual([])
  })

  it('says what logged models there are not', async () => {
    const nobody = `m-${'0'.repeat(32)}`
    const { modelId } = await client().createLoggedModel('0', { params: { p: 1 } })
    const codes = [
      await codeOf(() => client().getLoggedModel(nobody)),
      await codeOf(() => client().finalizeLoggedModel(nobody, 'READY')),
      await codeOf(() => client().setLoggedModelTags(nobody, { a: 'b' })),
      await codeOf(() => client().deleteLoggedModelTag(modelId, 'nothing')),
      await codeOf(() => client().createLoggedModel('31337')),
      await codeOf(() => client().logOutputs('0'.repeat(32), [{ modelId }])),
    ]
    expect(codes).toEqual(codes.map(() => 'RESOURCE_DOES_NOT_EXIST'))
    expect(await codeOf(() => client().createLoggedModel('0', { name: 'a/b' }))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    expect(await codeOf(() => client().getLoggedModel(''))).toBe('INVALID_PARAMETER_VALUE')
  })
}

import { expect, it } from 'vitest'
import type { Tracker } from '../../../src/index.js'
import { codeOf } from './helpers.js'

/** The model registry, over a tracker of any kind. */
export function registryTests(tracker: () => Tracker): void {
  const client = (): Tracker['client'] => tracker().client

  it('takes a model and its versions through their lives', async () => {
    const made = await client().createRegisteredModel('cnn', {
      tags: { team: 'vision' },
      description: 'small',
    })
    expect(made).toMatchObject({ name: 'cnn', description: 'small', tags: { team: 'vision' } })
    expect(await codeOf(() => client().createRegisteredModel('cnn'))).toBe(
      'RESOURCE_ALREADY_EXISTS',
    )
    const run = await tracker().startRun()
    await run.end()
    const source = `runs:/${run.id}/model`
    const first = await client().createModelVersion('cnn', source, { runId: run.id })
    expect(first).toMatchObject({ version: '1', currentStage: 'None', status: 'READY', source })
    await client().createModelVersion('cnn', source, { runId: run.id, tags: { ok: 'no' } })
    await client().deleteModelVersion('cnn', 2)
    const third = await client().createModelVersion('cnn', source, { runId: run.id })
    expect(third.version).toBe('3')
    await client().setRegisteredModelAlias('cnn', 'best', 3)
    expect((await client().getModelVersionByAlias('cnn', 'best')).version).toBe('3')
    await client().transitionModelVersionStage('cnn', '1', 'production')
    const latest = await client().getLatestVersions('cnn')
    expect(Object.fromEntries(latest.map((one) => [one.currentStage, one.version]))).toEqual({
      Production: '1',
      None: '3',
    })
    expect((await client().renameRegisteredModel('cnn', 'net')).aliases).toEqual({ best: '3' })
    expect(await codeOf(() => client().getRegisteredModel('cnn'))).toBe('RESOURCE_DOES_NOT_EXIST')
    await client().deleteRegisteredModel('net')
    expect(await codeOf(() => client().getModelVersion('net', 1))).toBe('RESOURCE_DOES_NOT_EXIST')
  })

  it('searches models and versions', async () => {
    for (const name of ['a', 'b', 'c'])
      await client().createRegisteredModel(name, { tags: { even: String(name === 'b') } })
    const page = await client().searchRegisteredModels({ maxResults: 2 })
    expect(page.registeredModels.map(({ name }) => name)).toEqual(['a', 'b'])
    const rest = await client().searchRegisteredModels({
      maxResults: 2,
      pageToken: page.nextPageToken!,
    })
    expect(rest.registeredModels.map(({ name }) => name)).toEqual(['c'])
    const filter = "tags.even = 'true'"
    const even = await client().searchRegisteredModels({ filter })
    expect(even.registeredModels.map(({ name }) => name)).toEqual(['b'])
    await client().createModelVersion('a', 's3://bucket/one')
    await client().createModelVersion('a', 's3://bucket/two')
    const { modelVersions } = await client().searchModelVersions({
      filter: "name = 'a'",
      orderBy: ['version_number DESC'],
    })
    expect(modelVersions.map(({ version }) => version)).toEqual(['2', '1'])
    expect(await codeOf(() => client().searchModelVersions({ filter: 'nothing' }))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
  })

  it('copies a version by what its URI means', async () => {
    await client().createRegisteredModel('from')
    await client().createModelVersion('from', 's3://bucket/x', { description: 'good' })
    await client().setRegisteredModelAlias('from', 'champ', 1)
    const copy = await client().copyModelVersion('models:/from@champ', 'to')
    expect(copy).toMatchObject({
      name: 'to',
      version: '1',
      source: 'models:/from/1',
      description: 'good',
    })
    expect(await client().getModelVersionDownloadUri('to', 1)).toBe('s3://bucket/x')
    expect((await client().copyModelVersion('models:/from/latest', 'to')).version).toBe('2')
    for (const uri of ['models:/from', 'models:/from/1/2', 'runs:/x/y', 'models:/from/Nowhere'])
      expect(await codeOf(() => client().copyModelVersion(uri, 'to'))).not.toBe(
        'nothing was thrown',
      )
  })

  it('registers the model of a run, and registered ones again', async () => {
    const run = await tracker().startRun()
    await run.logText('flavors: {}', 'net/MLmodel')
    await run.logText('hello', 'notes/a.txt')
    const uri = `runs:/${run.id}/net`
    const first = await client().registerModel(uri, 'reg', { tags: { team: 'vision', n: 1 } })
    expect(first).toMatchObject({
      name: 'reg',
      version: '1',
      runId: run.id,
      source: `${run.info.artifactUri}/net`,
      tags: { team: 'vision', n: '1' },
    })
    expect((await client().registerModel(uri, 'reg')).version).toBe('2')
    const again = await client().registerModel('models:/reg/1', 'other')
    expect(again).toMatchObject({ name: 'other', version: '1', source: 'models:/reg/1' })
    expect(await client().getModelVersionDownloadUri('other', 1)).toBe(first.source)
    const outside = await client().registerModel('s3://bucket/model', 'outside')
    expect(outside).toMatchObject({ version: '1', source: 's3://bucket/model', runId: '' })
    await run.end()
  })

  it('registers nothing where there is no model', async () => {
    const run = await tracker().startRun()
    await run.logText('hello', 'notes/a.txt')
    const codes = async (...uris: string[]): Promise<string[]> => {
      const found: string[] = []
      for (const uri of uris) found.push(await codeOf(() => client().registerModel(uri, 'none')))
      return found
    }
    expect(
      await codes(`runs:/${run.id}/notes`, `runs:/${'0'.repeat(32)}/net`, 'models:/nowhere/1'),
    ).toEqual(Array.from({ length: 3 }, () => 'RESOURCE_DOES_NOT_EXIST'))
    expect(await codes('models:/a/b/c', 'runs:/', 'https://example.org/model', '')).toEqual(
      Array.from({ length: 4 }, () => 'INVALID_PARAMETER_VALUE'),
    )
    expect((await client().searchRegisteredModels()).registeredModels).toEqual([])
    await run.end()
  })
}

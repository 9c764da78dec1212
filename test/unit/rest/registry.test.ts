import { beforeEach, describe, expect, it } from 'vitest'
import { registerModel } from '../../../src/models/register-model.js'
import { writeArtifact } from '../../../src/artifacts/write.js'
import { Wire } from './wire.js'
import type { Answered } from './wire.js'

let wire: Wire

beforeEach(async () => {
  wire = await Wire.open()
  return () => wire.store.close()
})

const change = (path: string, body: unknown, method = 'POST'): Promise<Answered> =>
  wire.send(path, { method, body })

async function modelWith(versions: number): Promise<void> {
  await wire.post('registered-models/create', { name: 'net' })
  for (let i = 0; i < versions; i++)
    await wire.post('model-versions/create', { name: 'net', source: 's3://bucket/x' })
}

describe('a registered model on the wire', () => {
  it('has no fields for what it does not have', async () => {
    const { body } = await change('registered-models/create', { name: 'bare', description: '' })
    expect(body).toEqual({
      registered_model: {
        name: 'bare',
        creation_timestamp: expect.any(Number),
        last_updated_timestamp: expect.any(Number),
      },
    })
  })

  it('tells tags and aliases as lists, and the latest version of each stage', async () => {
    await wire.post('registered-models/create', {
      name: 'net',
      description: 'small',
      tags: [{ key: 'a', value: '1' }, { key: 'empty' }, { key: 'a', value: '2' }],
    })
    for (let i = 0; i < 3; i++)
      await wire.post('model-versions/create', { name: 'net', source: `s3://bucket/${i}` })
    await wire.post('registered-models/alias', { name: 'net', alias: 'champ', version: '2' })
    await wire.post('model-versions/transition-stage', {
      name: 'net',
      version: '1',
      stage: 'production',
    })
    const { registered_model: model } = (await wire.get('registered-models/get', {
      name: 'net',
    })) as { registered_model: Record<string, unknown> }
    expect(model).toMatchObject({
      description: 'small',
      tags: [
        { key: 'a', value: '2' },
        { key: 'empty', value: '' },
      ],
      aliases: [{ alias: 'champ', version: '2' }],
      latest_versions: [
        { version: '1', current_stage: 'Production' },
        { version: '3', current_stage: 'None' },
      ],
    })
  })
})

describe('a version on the wire', () => {
  it('has texts that are empty, and a description of none', async () => {
    await modelWith(0)
    const made = await change('model-versions/create', { name: 'net', source: 's3://bucket/x' })
    expect(made.body).toEqual({
      model_version: {
        name: 'net',
        version: '1',
        creation_timestamp: expect.any(Number),
        last_updated_timestamp: expect.any(Number),
        current_stage: 'None',
        description: '',
        source: 's3://bucket/x',
        run_id: '',
        status: 'READY',
        run_link: '',
      },
    })
    expect(await wire.get('model-versions/get', { name: 'net', version: 1 })).toEqual(made.body)
  })

  it('loses its description when an update brings none', async () => {
    await modelWith(1)
    const version = { name: 'net', version: '1' }
    const set = await change('model-versions/update', { ...version, description: 'good' }, 'PATCH')
    expect(set.body).toMatchObject({ model_version: { description: 'good' } })
    const cleared = await change('model-versions/update', version, 'PATCH')
    expect(cleared.body).not.toHaveProperty('model_version.description')
  })

  it('tells its aliases where it is asked for alone, not in searches', async () => {
    await modelWith(1)
    for (const alias of ['b', 'a'])
      await wire.post('registered-models/alias', { name: 'net', alias, version: '1' })
    const alone = { model_version: { aliases: ['a', 'b'] } }
    expect(await wire.get('model-versions/get', { name: 'net', version: '1' })).toMatchObject(alone)
    const byAlias = await wire.get('registered-models/alias', { name: 'net', alias: 'a' })
    expect(byAlias).toMatchObject(alone)
    const { model_versions: found } = (await wire.get('model-versions/search')) as {
      model_versions: object[]
    }
    expect(found).toHaveLength(1)
    expect(found[0]).not.toHaveProperty('aliases')
  })
})

describe('every change', () => {
  it('answers an empty object where it has nothing to tell', async () => {
    await modelWith(2)
    const version = { name: 'net', version: '1' }
    const answers = [
      await change('registered-models/set-tag', { name: 'net', key: 'k', value: 'v' }),
      await change('registered-models/delete-tag', { name: 'net', key: 'k' }, 'DELETE'),
      await change('registered-models/delete-tag', { name: 'net', key: 'k' }, 'DELETE'),
      await change('registered-models/alias', { ...version, alias: 'a' }),
      await change('registered-models/alias', { name: 'net', alias: 'a' }, 'DELETE'),
      await change('registered-models/alias', { name: 'net', alias: 'a' }, 'DELETE'),
      await change('model-versions/set-tag', { ...version, key: 'k', value: 'v' }),
      await change('model-versions/delete-tag', { ...version, key: 'k' }, 'DELETE'),
      await change('model-versions/delete', version, 'DELETE'),
      await change('registered-models/delete', { name: 'net' }, 'DELETE'),
    ]
    expect(answers.map(({ status, text }) => [status, text])).toEqual(
      answers.map(() => [200, '{}']),
    )
    const gone = await wire.send('registered-models/get', { query: { name: 'net' } })
    expect(gone.status).toBe(404)
  })

  it('needs the fields that MLflow needs', async () => {
    const refusals = [
      await change('registered-models/create', {}),
      await change('registered-models/rename', { name: 'net' }),
      await change('model-versions/create', { name: 'net' }),
      await change('model-versions/transition-stage', { name: 'net', version: '1' }),
      await change('registered-models/alias', { name: 'net', alias: 'a' }),
    ]
    expect(
      refusals.map(({ status, body }) => [status, (body as { message: string }).message]),
    ).toEqual(
      ['name', 'new_name', 'source', 'stage', 'version'].map((field) => [
        400,
        expect.stringContaining(`Missing value for required parameter '${field}'`),
      ]),
    )
  })
})

describe('files of a version', () => {
  const FILES = '/model-versions/get-artifact'
  let runId: string

  beforeEach(async () => {
    runId = await wire.newRun()
    const bytes = new TextEncoder().encode('flavors: {}')
    await writeArtifact(wire.store, runId, 'net/MLmodel', bytes)
    await writeArtifact(wire.store, runId, 'net/data/w.bin', Uint8Array.of(1, 2, 3))
    await writeArtifact(wire.store, runId, 'secret.txt', bytes)
    await registerModel(wire.store, `runs:/${runId}/net`, 'net')
    await registerModel(wire.store, 'models:/net/1', 'copy')
  })

  const file = (query: Record<string, string>, headers: Record<string, string> = {}) =>
    wire.send(FILES, { query: { name: 'net', version: '1', ...query }, headers })

  it('come as attachments, whole or a range of them', async () => {
    const whole = await file({ path: 'MLmodel' })
    expect([whole.status, whole.text]).toEqual([200, 'flavors: {}'])
    expect(whole.headers.get('content-disposition')).toMatch(/^attachment; .*MLmodel/)
    const part = await file({ path: 'data/w.bin' }, { range: 'bytes=1-' })
    expect([part.status, part.text]).toEqual([206, '\x02\x03'])
    expect((await file({ name: 'copy', path: 'MLmodel' })).text).toBe('flavors: {}')
  })

  it.each([
    ['a folder', { path: 'data' }, 400],
    ['no such file', { path: 'nothing' }, 404],
    ['a file beside the model', { path: 'secret.txt' }, 404],
    ['no path', { path: '' }, 400],
    ['a path that climbs', { path: '../secret.txt' }, 400],
    ['one that climbs once decoded', { path: '%2e%2e/secret.txt' }, 400],
    ['an absolute one', { path: '/etc/passwd' }, 400],
    ['no model', { name: '', path: 'MLmodel' }, 400],
    ['an unknown model', { name: 'nobody', path: 'MLmodel' }, 404],
    ['an unknown version', { version: '7', path: 'MLmodel' }, 404],
    ['no version', { version: '', path: 'MLmodel' }, 400],
    ['a version that is no number', { version: 'one', path: 'MLmodel' }, 400],
  ])('are not to be had: %s', async (_, query, status) => {
    const answer = await file(query)
    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain('flavors')
  })

  it('that no run has are told to be elsewhere', async () => {
    const version = { name: 'net', source: 's3://bucket/x' }
    await wire.post('model-versions/create', version)
    const answer = await file({ version: '2', path: 'MLmodel' })
    expect(answer.status).toBe(404)
    expect(answer.text).toContain('s3://bucket/x')
  })

  it('are to be downloaded through the server, wherever the experiment says that they are', async () => {
    const experiment = { name: 'far', artifact_location: 's3://bucket/far' }
    const { experiment_id: id } = (await wire.post('experiments/create', experiment)) as {
      experiment_id: string
    }
    const far = await wire.newRun(id)
    await writeArtifact(wire.store, far, 'net/MLmodel', Uint8Array.of(1))
    const { source } = await registerModel(wire.store, `runs:/${far}/net`, 'far')
    expect(source).toBe(`s3://bucket/far/${far}/artifacts/net`)
    const uri = (name: string, version: string) =>
      wire.get('model-versions/get-download-uri', { name, version })
    expect(await uri('far', '1')).toEqual({
      artifact_uri: `mlflow-artifacts:/${id}/${far}/artifacts/net`,
    })
    await wire.post('model-versions/create', { name: 'far', source: 's3://bucket/far/other' })
    expect(await uri('far', '2')).toEqual({ artifact_uri: 's3://bucket/far/other' })
    expect(await uri('net', '1')).toEqual({
      artifact_uri: `mlflow-artifacts:/0/${runId}/artifacts/net`,
    })
  })
})

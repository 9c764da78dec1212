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

interface Told {
  readonly info: Readonly<Record<string, unknown>> & { readonly model_id: string }
  readonly data: object
}

const send = (path: string, body: unknown, method = 'POST'): Promise<Answered> =>
  wire.send(path, { method, body })

async function newModel(fields: object = {}): Promise<Told> {
  const given = { experiment_id: '0', ...fields }
  return ((await wire.post('logged-models', given)) as { model: Told }).model
}

async function read(id: string): Promise<Told> {
  return ((await wire.get(`logged-models/${id}`)) as { model: Told }).model
}

function refusal({ status, body }: Answered): [number, string] {
  return [status, (body as { message: string }).message]
}

describe('a logged model on the wire', () => {
  it('has empty texts for what was not given, and a made-up name', async () => {
    const { info, data } = await newModel()
    expect(info).toEqual({
      model_id: expect.stringMatching(/^m-[0-9a-f]{32}$/),
      experiment_id: '0',
      name: expect.stringMatching(/./),
      creation_timestamp_ms: expect.any(Number),
      last_updated_timestamp_ms: expect.any(Number),
      artifact_uri: `mlflow-artifacts:/0/models/${info.model_id}/artifacts`,
      status: 'LOGGED_MODEL_PENDING',
      model_type: '',
      source_run_id: '',
    })
    expect(data).toEqual({})
  })

  it('is reached through the server, wherever its experiment says that it is', async () => {
    const { experiment_id: id } = (await wire.post('experiments/create', {
      name: 'far',
      artifact_location: 's3://bucket/far',
    })) as { experiment_id: string }
    const { info } = await newModel({ experiment_id: id })
    const { artifactLocation } = await wire.store.getLoggedModel(info.model_id)
    expect(artifactLocation).toBe(`s3://bucket/far/models/${info.model_id}/artifacts`)
    expect(info['artifact_uri']).toBe(`mlflow-artifacts:/${id}/models/${info.model_id}/artifacts`)
  })

  it.each([
    ['LOGGED_MODEL_READY', 'LOGGED_MODEL_READY'],
    [3, 'LOGGED_MODEL_UPLOAD_FAILED'],
    ['2', 'LOGGED_MODEL_READY'],
    [0, 'LOGGED_MODEL_STATUS_UNSPECIFIED'],
    ['READY', 'LOGGED_MODEL_STATUS_UNSPECIFIED'],
  ])('takes the status %s for %s', async (status, known) => {
    const { model_id } = (await newModel()).info
    const answer = await send(`logged-models/${model_id}`, { model_id, status }, 'PATCH')
    expect(answer.status).toBe(200)
    expect((await read(model_id)).info['status']).toBe(known)
  })

  it.each([
    ['PATCH', '', { status: 2 }],
    ['POST', '/params', { params: [{ key: 'a', value: '1' }] }],
  ])('must be the same in path and body: %s %s', async (method, path, fields) => {
    const [one, other] = [(await newModel()).info.model_id, (await newModel()).info.model_id]
    const at = `logged-models/${one}${path}`
    const absent = await send(at, fields, method)
    expect(refusal(absent)).toEqual([
      400,
      expect.stringContaining("Missing value for required parameter 'model_id'"),
    ])
    const wrong = await send(at, { ...fields, model_id: other }, method)
    expect(refusal(wrong)).toEqual([400, expect.stringContaining('names two models')])
    const [first, second] = [await read(one), await read(other)]
    expect([first.info['status'], first.data, second.info['status'], second.data]).toEqual([
      'LOGGED_MODEL_PENDING',
      {},
      'LOGGED_MODEL_PENDING',
      {},
    ])
  })

  it('loses a tag of any key', async () => {
    const { model_id } = (await newModel()).info
    const keys = ['plain', 'with/slash', 'a b', 'ä.b:c']
    const tags = keys.map((key) => ({ key, value: 'x' }))
    await send(`logged-models/${model_id}/tags`, { tags }, 'PATCH')
    expect((await read(model_id)).info['tags']).toHaveLength(keys.length)
    for (const key of keys) {
      const path = `logged-models/${model_id}/tags/${encodeURIComponent(key)}`
      expect((await wire.send(path, { method: 'DELETE' })).status).toBe(200)
    }
    expect((await read(model_id)).info['tags']).toBeUndefined()
  })

  it('has the points that runs have logged for it, one at a time and many', async () => {
    const { model_id } = (await newModel()).info
    const run_id = await wire.newRun()
    const dataset = { dataset_name: 'test', dataset_digest: 'abc' }
    const point = { key: 'acc', value: 0.5, timestamp: 1, step: 1, model_id }
    await wire.post('runs/log-metric', { run_id, ...point, ...dataset })
    const second = { ...point, value: 'NaN', step: 2 }
    await wire.post('runs/log-batch', { run_id, metrics: [second, { ...point, model_id: '' }] })
    expect((await read(model_id)).data).toEqual({
      metrics: [
        { ...point, ...dataset, run_id },
        { ...second, run_id },
      ],
    })
    const { run } = (await wire.get('runs/get', { run_id })) as { run: { data: object } }
    const latest = { key: 'acc', value: 'NaN', timestamp: 1, step: 2 }
    expect(run.data).toMatchObject({ metrics: [latest] })
  })
})

describe('a search for logged models', () => {
  const search = async (fields: object = {}) =>
    (await wire.post('logged-models/search', { experiment_ids: ['0'], ...fields })) as {
      models?: Told[]
      next_page_token?: string
    }

  it('gives 50 at once, 100 where 0 are asked for', async () => {
    for (let i = 0; i < 101; i++) await wire.store.createLoggedModel({ experimentId: '0' })
    expect((await search()).models).toHaveLength(50)
    expect((await search({ max_results: 0 })).models).toHaveLength(100)
    const all = await search({ max_results: '1000' })
    expect([all.models?.length, all.next_page_token]).toEqual([101, undefined])
  })

  it('gives tokens that are for this search alone', async () => {
    for (const name of ['a', 'b', 'c']) await newModel({ name })
    const order = { order_by: [{ field_name: 'name' }], max_results: 2 }
    const first = await search(order)
    expect(first.models?.map(({ info }) => info['name'])).toEqual(['a', 'b'])
    const page_token = first.next_page_token
    const second = await search({ ...order, page_token })
    expect(second.models?.map(({ info }) => info['name'])).toEqual(['c'])
    expect(second.next_page_token).toBeUndefined()
    const bad = [
      await send('logged-models/search', { experiment_ids: ['0'], page_token }),
      await send('logged-models/search', {
        experiment_ids: ['0'],
        ...order,
        page_token,
        filter: "name = 'a'",
      }),
      await send('logged-models/search', { experiment_ids: ['1'], ...order, page_token }),
      await send('logged-models/search', { experiment_ids: ['0'], page_token: 'x' }),
    ]
    expect(bad.map(({ status }) => status)).toEqual([400, 400, 400, 400])
  })

  it.each([
    [{ max_results: -1 }, 'max_results'],
    [{ max_results: 'many' }, 'max_results'],
    [{ filter: 3 }, 'filter'],
    [{ order_by: [{}] }, 'Invalid order by field name: '],
    [{ order_by: ['name'] }, 'order_by'],
    [{ datasets: [{}] }, '`dataset_name` in the `datasets` clause must be specified.'],
    [{ experiment_ids: [3] }, 'experiment_ids'],
  ])('refuses %j', async (fields, message) => {
    const answer = await send('logged-models/search', { experiment_ids: ['0'], ...fields })
    expect(refusal(answer)).toEqual([400, expect.stringContaining(message)])
  })
})

describe('outputs and inputs of a run', () => {
  it('are told with the run, and are none in what creating it answers', async () => {
    const { model_id } = (await newModel()).info
    const made = await wire.post('runs/create', { experiment_id: '0', start_time: 1 })
    expect((made as { run: object }).run).toEqual({
      info: expect.any(Object),
      data: expect.any(Object),
      inputs: {},
    })
    const run_id = await wire.newRun()
    expect(await wire.get('runs/get', { run_id })).toMatchObject({
      run: { inputs: {}, outputs: {} },
    })
    await wire.post('runs/outputs', { run_id, models: [{ model_id, step: '3' }] })
    await wire.post('runs/log-inputs', { run_id, models: [{ model_id }] })
    const linked = {
      inputs: { model_inputs: [{ model_id }] },
      outputs: { model_outputs: [{ model_id, step: 3 }] },
    }
    expect(await wire.get('runs/get', { run_id })).toMatchObject({ run: linked })
    const { runs } = (await wire.post('runs/search', { experiment_ids: ['0'] })) as {
      runs: { info: { run_id: string } }[]
    }
    expect(runs.find(({ info }) => info.run_id === run_id)).toMatchObject(linked)
  })

  it.each([
    ['runs/outputs', {}, "'models'"],
    ['runs/outputs', { models: [{ step: 1 }] }, 'models[0].model_id'],
    ['runs/outputs', { models: [{ model_id: 'm-1', step: 2 ** 60 }] }, 'step'],
    ['runs/outputs', { models: 'm-1' }, 'models'],
    ['runs/log-inputs', { models: [{}] }, 'models[0].model_id'],
  ])('%s refuses %j', async (path, fields, message) => {
    const answer = await send(path, { run_id: await wire.newRun(), ...fields })
    expect(refusal(answer)).toEqual([400, expect.stringContaining(message)])
  })
})

describe('files of a logged model', () => {
  const PLACE = '/ajax-api/2.0/mlflow/logged-models'
  let id: string

  beforeEach(async () => {
    id = (await newModel({ name: 'net' })).info.model_id
    const bytes = new TextEncoder().encode('flavors: {}')
    await writeArtifact(wire.store, id, 'MLmodel', bytes)
    await writeArtifact(wire.store, id, 'data/w.bin', Uint8Array.of(1, 2, 3))
  })

  it('are listed below its root', async () => {
    const root_uri = `mlflow-artifacts:/0/models/${id}/artifacts`
    const at = `logged-models/${id}/artifacts/directories`
    expect(await wire.get(at)).toEqual({
      root_uri,
      files: [
        { path: 'MLmodel', is_dir: false, file_size: 11 },
        { path: 'data', is_dir: true },
      ],
    })
    const files = [{ path: 'data/w.bin', is_dir: false, file_size: 3 }]
    expect(await wire.get(at, { artifact_directory_path: 'data' })).toEqual({ root_uri, files })
    expect(await wire.get(at, { artifact_directory_path: 'MLmodel' })).toEqual({ root_uri })
  })

  it('come as attachments, whole or a range of them, to pages alone', async () => {
    const query = { artifact_file_path: 'data/w.bin' }
    const whole = await wire.send(`${PLACE}/${id}/artifacts/files`, { query })
    expect([whole.status, whole.text]).toEqual([200, '\x01\x02\x03'])
    expect(whole.headers.get('content-disposition')).toMatch(/^attachment; .*w\.bin/)
    const headers = { range: 'bytes=1-' }
    const part = await wire.send(`${PLACE}/${id}/artifacts/files`, { query, headers })
    expect([part.status, part.text]).toEqual([206, '\x02\x03'])
    expect((await wire.send(`logged-models/${id}/artifacts/files`, { query })).status).toBe(404)
  })

  it.each([
    ['no path', '', 400],
    ['a folder', 'data', 400],
    ['no such file', 'nothing', 404],
    ['a path that climbs', '../x', 400],
    ['one that climbs once decoded', '%2e%2e/x', 400],
    ['an absolute one', '/etc/passwd', 400],
  ])('are not to be had: %s', async (_, path, status) => {
    const query = { artifact_file_path: path }
    expect((await wire.send(`${PLACE}/${id}/artifacts/files`, { query })).status).toBe(status)
  })

  it('are not to be had of a model that is not there, or deleted', async () => {
    const query = { artifact_file_path: 'MLmodel' }
    await wire.send(`logged-models/${id}`, { method: 'DELETE' })
    for (const model of [id, 'm-0']) {
      expect((await wire.send(`${PLACE}/${model}/artifacts/files`, { query })).status).toBe(404)
      const listed = await wire.send(`logged-models/${model}/artifacts/directories`)
      expect(listed.status).toBe(404)
    }
  })

  it('are those of the versions that it was registered as', async () => {
    await registerModel(wire.store, `models:/${id}`, 'Net')
    await registerModel(wire.store, 'models:/Net/1', 'Copy')
    for (const name of ['Net', 'Copy']) {
      const version = { name, version: '1' }
      const query = { ...version, path: 'MLmodel' }
      expect((await wire.send('/model-versions/get-artifact', { query })).text).toBe('flavors: {}')
      expect(await wire.get('model-versions/get-download-uri', version)).toEqual({
        artifact_uri: `mlflow-artifacts:/0/models/${id}/artifacts`,
      })
    }
  })
})

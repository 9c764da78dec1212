import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { sampleRows } from '../../../src/rest/sample-history.js'
import { Wire } from './wire.js'

let wire: Wire

beforeAll(async () => {
  wire = await Wire.open()
})

describe('integers of 64 bits', () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

  it('come back digit by digit, sent as numbers or as texts', async () => {
    await fc.assert(
      fc.asyncProperty(int64, int64, fc.boolean(), async (step, time, asText) => {
        const runId = await wire.newRun()
        const timestamp = time < 0n ? -(time + 1n) : time
        const shown = (value: bigint): string => (asText ? `"${value}"` : `${value}`)
        const raw = `{"run_id":"${runId}","key":"m","value":1,"timestamp":${shown(timestamp)},"step":${shown(step)}}`
        const { status, text } = await wire.send('runs/log-metric', { method: 'POST', raw })
        expect(status, text).toBe(200)
        const query = { run_id: runId, metric_key: 'm' }
        const history = await wire.send('metrics/get-history', { query })
        expect(history.text).toContain(`"timestamp":${timestamp},"step":${step}}`)
        const run = await wire.send('runs/get', { query })
        expect(run.text).toContain(`"timestamp":${timestamp},"step":${step}}`)
      }),
      { numRuns: 50 },
    )
  })

  it.each([2n ** 63n, -(2n ** 63n) - 1n])('are refused beyond: %s', async (step) => {
    const run_id = await wire.newRun()
    const raw = `{"run_id":"${run_id}","key":"m","value":1,"timestamp":1,"step":${step}}`
    const { status, text } = await wire.send('runs/log-metric', { method: 'POST', raw })
    expect(status).toBe(400)
    expect(text).toContain(`Invalid value ${step} for parameter 'step' supplied`)
    expect(await wire.get('metrics/get-history', { run_id, metric_key: 'm' })).toEqual({})
  })
})

describe('requests', () => {
  const tag = { key: 'k', value: 'v' }

  it('need a content type that is JSON', async () => {
    const none = await wire.send('runs/search', { method: 'POST', raw: '{}', contentType: null })
    expect([none.status, none.text]).toEqual([
      400,
      '{"error_code":"INVALID_PARAMETER_VALUE","message":"Bad Request. Content-Type header is missing."}',
    ])
    const contentType = 'application/json; charset=utf-8'
    const typed = await wire.send('runs/search', { method: 'POST', raw: '{}', contentType })
    expect(typed.status).toBe(200)
  })

  it('may be JSON within JSON', async () => {
    const run_id = await wire.newRun()
    const raw = JSON.stringify(JSON.stringify({ run_id, ...tag }))
    expect((await wire.send('runs/set-tag', { method: 'POST', raw })).text).toBe('{}')
  })

  it('may spell optional fields in camelCase, within objects too', async () => {
    const body = { experiment_ids: ['0'], maxResults: 1, orderBy: ['start_time ASC'] }
    const { runs } = (await wire.post('runs/search', body)) as { runs: unknown[] }
    expect(runs).toHaveLength(1)
    const twice = [{ key: 'm', value: 1, timestamp: 1, model_id: 'a', modelId: 'b' }]
    const both = { run_id: await wire.newRun(), metrics: twice }
    const { status, text } = await wire.send('runs/log-batch', { method: 'POST', body: both })
    expect(status).toBe(400)
    expect(text).toContain("Request specifies both 'model_id' and 'modelId'")
  })

  it('answer on the path for browsers as well', async () => {
    const query = { experiment_id: '0' }
    const { text } = await wire.send('/ajax-api/2.0/mlflow/experiments/get', { query })
    expect(text).toBe((await wire.send('experiments/get', { query })).text)
  })

  it.each([
    ['metrics[1].value', { key: 'b', timestamp: 1 }, 'Missing value'],
    ['metrics[1].timestamp', { key: 'b', value: 1, timestamp: 'x' }, 'Invalid value \\"x\\"'],
    ['metrics[1].step', { key: 'b', value: 1, timestamp: 1, step: 1.5 }, 'Invalid value 1.5'],
    ['metrics[1]', 5, 'Invalid value 5'],
  ])('say which item of a batch is wrong: %s', async (parameter, second, message) => {
    const run_id = await wire.newRun()
    const body = { run_id, metrics: [{ key: 'a', value: 1, timestamp: 1 }, second] }
    const { status, text } = await wire.send('runs/log-batch', { method: 'POST', body })
    expect(status).toBe(400)
    expect(text).toContain(message)
    expect(text).toContain(`parameter '${parameter}'`)
    expect(await wire.get('metrics/get-history', { run_id, metric_key: 'a' })).toEqual({})
  })

  it('may name a status by its number', async () => {
    const body = { run_id: await wire.newRun(), status: 4, end_time: '5' }
    const answer = await wire.post('runs/update', body)
    expect(answer).toMatchObject({ run_info: { status: 'FAILED', end_time: 5 } })
  })

  it.each([
    ['GET', 'runs/search', 405],
    ['PUT', 'runs/get', 405],
    ['POST', 'no/such/route', 404],
    ['GET', '/api/2.0/mlflow/metrics/get-history-bulk', 404],
    ['GET', '/api/2.0/mlflow/experiments/get/', 404],
    ['POST', '/api/3.0/mlflow/traces/nowhere/search', 404],
    ['GET', 'logged-models', 405],
  ])('%s %s is %i, as a page', async (method, path, status) => {
    const answer = await wire.send(path, { method, raw: '{}' })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toContain('text/html')
  })

  it('with HEAD are answered without a body', async () => {
    const answer = await wire.send('experiments/get', {
      method: 'HEAD',
      query: { experiment_id: '0' },
    })
    expect([answer.status, answer.text]).toEqual([200, ''])
  })
})

describe('histories of many runs', () => {
  let ids: string[]
  beforeAll(async () => {
    ids = [await wire.newRun(), await wire.newRun()].sort()
    for (const [i, run_id] of ids.entries()) {
      const metrics = Array.from({ length: 10 }, (_, step) => {
        return { key: 'm', value: step === 9 ? 'NaN' : step + i, timestamp: 100 - step, step }
      })
      await wire.post('runs/log-batch', { run_id, metrics })
    }
  })

  it('come by run and time, as many as are asked for in all', async () => {
    const query = { run_id: [...ids].reverse(), metric_key: 'm', max_results: 12 }
    const { body } = await wire.send('/ajax-api/2.0/mlflow/metrics/get-history-bulk', { query })
    const { metrics } = body as { metrics: { run_id: string; step: number; value: unknown }[] }
    expect(metrics.map(({ run_id }) => ids.indexOf(run_id)).join('')).toBe('000000000011')
    expect(metrics.map(({ step }) => step)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 9, 8])
    expect(metrics[0]?.value).toBe('NaN')
  })

  it.each([
    [{ metric_key: 'm' }, 'must specify at least one run_id'],
    [{ run_id: 'a' }, 'must specify a metric_key'],
    [{ run_id: Array<string>(101).fill('a'), metric_key: 'm' }, 'more than 100 run_ids'],
  ])('are refused for %o', async (query, message) => {
    const path = '/ajax-api/2.0/mlflow/metrics/get-history-bulk'
    const { status, text } = await wire.send(path, { query })
    expect(status).toBe(400)
    expect(text).toContain(message)
  })

  it('come by step when an interval is asked for, thinned out, of the runs that are there', async () => {
    const query = { run_ids: [ids[1], 'unknown', ids[0]], metric_key: 'm', max_results: 3 }
    const steps = async (more: object): Promise<unknown> => {
      const body = await wire.get('metrics/get-history-bulk-interval', { ...query, ...more })
      const { metrics = [] } = body as { metrics?: { run_id: string; step: number }[] }
      return metrics.map(({ run_id, step }) => `${ids.indexOf(run_id)}:${step}`).join(' ')
    }
    expect(await steps({})).toBe('1:0 1:4 1:9 0:0 0:4 0:9')
    expect(await steps({ start_step: 2, end_step: 4 })).toBe('1:2 1:3 1:4 0:2 0:3 0:4')
  })

  it.each([
    [{ start_step: 1 }, 'both must be specified'],
    [{ start_step: 2, end_step: 1 }, 'Found start_step=2 and end_step=1.'],
    [{ max_results: 2501 }, 'max_results must be between 1 and 2500.'],
    [{ max_results: 0 }, 'max_results must be between 1 and 2500.'],
  ])('of an interval are refused for %o', async (more, message) => {
    const query = { run_ids: ids, metric_key: 'm', ...more }
    const { status, text } = await wire.send('metrics/get-history-bulk-interval', { query })
    expect(status).toBe(400)
    expect(text).toContain(message)
  })

  // Measured on MLflow's SQL store.
  it.each([
    [10, 1, [9]],
    [10, 2, [0, 9]],
    [10, 3, [0, 4, 9]],
    [10, 4, [0, 3, 6, 9]],
    [11, 10, [0, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [100, 4, [0, 25, 50, 99]],
    [3, 5, [0, 1, 2]],
    [0, 5, []],
  ])('of %i points sampled to %i are %j', (count, limit, rows) => {
    expect(sampleRows(count, limit)).toEqual(rows)
  })
})

describe('what runs hold', () => {
  it('names the datasets of experiments, each once', async () => {
    const dataset = { name: 'd', digest: '1', source_type: 'local', source: 's' }
    const tags = [{ key: 'mlflow.data.context', value: 'train' }]
    const experiment = (await wire.post('experiments/create', { name: 'with data' })) as {
      experiment_id: string
    }
    for (let i = 0; i < 2; i++) {
      const run_id = await wire.newRun(experiment.experiment_id)
      await wire.post('runs/log-inputs', { run_id, datasets: [{ dataset, tags }] })
    }
    const path = '/ajax-api/2.0/mlflow/experiments/search-datasets'
    const body = { experiment_ids: [experiment.experiment_id] }
    const answer = await wire.send(path, { method: 'POST', body })
    expect(answer.body).toEqual({
      dataset_summaries: [{ ...experiment, name: 'd', digest: '1', context: 'train' }],
    })
    const none = await wire.send(path, { method: 'POST', body: {} })
    expect(none.text).toContain('must specify at least one experiment_id')
  })

  it('keeps a list of the models that old clients log, each call adding one', async () => {
    const run_id = await wire.newRun()
    const model = {
      run_id,
      artifact_path: 'model',
      utc_time_created: '2026-01-02 03:04:05',
      flavors: { python_function: { env: 'é', config: { big: 1 } } },
      signature: 'left out',
    }
    const body = { run_id, model_json: JSON.stringify(model) }
    await Promise.all([wire.post('runs/log-model', body), wire.post('runs/log-model', body)])
    const { data } = await wire.store.getRun(run_id)
    const { signature: _, ...kept } = {
      ...model,
      flavors: { python_function: { env: 'é' } },
      model_uuid: null,
    }
    expect(JSON.parse(data.tags['mlflow.log-model.history'] ?? '')).toEqual([kept, kept])
  })

  it.each([
    ['{', 'Malformed model info. \\n { \\n is not a valid JSON.'],
    [
      '{"flavors": {}, "run_id": "", "utc_time_created": ""}',
      "mandatory fields: {'artifact_path'}",
    ],
  ])('refuses the model %j', async (model_json, message) => {
    const run_id = await wire.newRun()
    const { status, text } = await wire.send('runs/log-model', {
      method: 'POST',
      body: { run_id, model_json },
    })
    expect(status).toBe(400)
    expect(text).toContain(message)
  })
})

describe('what the server says of itself', () => {
  it.each([
    ['/health', 'OK'],
    ['/version', '3.17.2'],
  ])('%s is %s', async (path, text) => {
    expect((await wire.send(path)).text).toBe(text)
  })

  it('has a page, and tells newer clients what it can do', async () => {
    expect((await wire.send('/')).headers.get('content-type')).toContain('text/html')
    const { body } = await wire.send('/api/3.0/mlflow/server-info')
    expect(body).toMatchObject({ store_type: 'SqlStore', multipart_uploads_enabled: false })
  })

  it('is an error with a closed store, and not a silence', async () => {
    const closed = await Wire.open()
    await closed.store.close()
    const { status, body } = await closed.send('experiments/get', { query: { experiment_id: '0' } })
    expect(status).toBe(500)
    expect(body).toMatchObject({ error_code: 'INVALID_STATE' })
  })
})

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { Wire, type Answered } from './wire.js'

// What MLflow's server answers to the questions of its pages, as measured; see also the pages' own test in interop/.

const START = 1_700_000_000_000
const EXPERIMENT = 'query MlflowGetExperimentQuery($input: MlflowGetExperimentInput!) { a }'
const RUN = 'query GetRun($data: MlflowGetRunInput!) @component(name: "x") { a }'

let wire: Wire
let runId = ''
let experimentId = ''

function ask(operationName: unknown, query: unknown, variables?: unknown): Promise<Answered> {
  return wire.send('/graphql', { method: 'POST', body: { operationName, query, variables } })
}

beforeAll(async () => {
  wire = await Wire.open()
  experimentId = await wire.store.createExperiment('named', { tags: [['team', 'vision']] })
  const tags = [['a', 'b']] as const
  const run = await wire.store.createRun({ experimentId, runName: 'one', startTime: START, tags })
  runId = run.info.runId
  await wire.store.logBatch(runId, {
    metrics: [
      { key: 'nan', value: Number.NaN, timestamp: 1, step: 0 },
      { key: 'inf', value: Number.POSITIVE_INFINITY, timestamp: 1, step: 0 },
      { key: 'x', value: 1, timestamp: 1, step: 2n ** 62n },
    ],
    params: [['p', '1']],
  })
  const dataset = { name: 'd', digest: 'e', sourceType: 'local', source: 's' }
  await wire.store.logInputs(runId, [
    { dataset: { ...dataset, schema: null, profile: null }, tags: { context: 'train' } },
  ])
  await wire.store.createRegisteredModel('model')
  await wire.store.createModelVersion('model', { source: `runs:/${runId}/model`, runId })
})

describe('an experiment', () => {
  it('is answered with every field that pages select, 64-bit numbers as texts', async () => {
    const { status, body } = await ask('MlflowGetExperimentQuery', EXPERIMENT, {
      input: { experimentId },
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      data: {
        mlflowGetExperiment: {
          __typename: 'MlflowGetExperimentResponse',
          apiError: null,
          experiment: {
            __typename: 'MlflowExperiment',
            artifactLocation: `mlflow-artifacts:/${experimentId}`,
            creationTime: expect.stringMatching(/^\d{13}$/) as unknown,
            effectiveTraceArchivalRetention: '',
            experimentId,
            lastUpdateTime: expect.stringMatching(/^\d{13}$/) as unknown,
            lifecycleStage: 'active',
            name: 'named',
            tags: [{ __typename: 'MlflowExperimentTag', key: 'team', value: 'vision' }],
            workspace: 'default',
          },
        },
      },
      errors: null,
    })
  })

  it('is the first one where none is named', async () => {
    const { body } = await ask('MlflowGetExperimentQuery', EXPERIMENT, { input: {} })
    expect(body).toMatchObject({
      data: { mlflowGetExperiment: { experiment: { name: 'Default' } } },
    })
  })

  it('that is not there is an error beside null', async () => {
    const { status, body } = await ask('MlflowGetExperimentQuery', EXPERIMENT, {
      input: { experimentId: '99' },
    })
    expect([status, body]).toEqual([
      200,
      { data: { mlflowGetExperiment: null }, errors: ['No Experiment with id=99 exists'] },
    ])
  })
})

describe('a run', () => {
  it.each(['runId', 'runUuid'])('is found by its %s, with all that belongs to it', async (name) => {
    const { body } = await ask('GetRun', RUN, { data: { [name]: runId } })
    const { run } = (body as { data: { mlflowGetRun: { run: Record<string, unknown> } } }).data
      .mlflowGetRun
    expect(run).toMatchObject({
      __typename: 'MlflowRunExtension',
      info: {
        __typename: 'MlflowRunInfo',
        artifactUri: `mlflow-artifacts:/${experimentId}/${runId}/artifacts`,
        endTime: '0',
        experimentId,
        lifecycleStage: 'active',
        runName: 'one',
        runUuid: runId,
        startTime: String(START),
        status: 'RUNNING',
        userId: '',
      },
      experiment: { __typename: 'MlflowExperiment', name: 'named' },
      modelVersions: [
        { __typename: 'MlflowModelVersion', name: 'model', version: '1', status: 'READY' },
      ],
      data: {
        __typename: 'MlflowRunData',
        params: [{ __typename: 'MlflowParam', key: 'p', value: '1' }],
      },
      inputs: {
        __typename: 'MlflowRunInputs',
        datasetInputs: [
          {
            __typename: 'MlflowDatasetInput',
            dataset: { __typename: 'MlflowDataset', name: 'd', schema: '', profile: '' },
            tags: [{ __typename: 'MlflowInputTag', key: 'context', value: 'train' }],
          },
        ],
        modelInputs: [],
      },
      outputs: { __typename: 'MlflowRunOutputs', modelOutputs: [] },
    })
  })

  it('has NaN as null, the infinities as the greatest doubles, and exact steps', async () => {
    const { body } = await ask('GetRun', RUN, { data: { runId } })
    const { metrics } = (body as RunBody).data.mlflowGetRun.run.data
    const byKey = Object.fromEntries(metrics.map((metric) => [metric.key, metric]))
    expect(byKey['nan']?.value).toBeNull()
    expect(byKey['inf']?.value).toBe(Number.MAX_VALUE)
    expect(byKey['x']).toMatchObject({ value: 1, step: String(2n ** 62n), timestamp: '1' })
  })

  it('that is not there, or not named, is an error beside null', async () => {
    for (const id of ['nope', '']) {
      const { status, body } = await ask('GetRun', RUN, { data: { runId: id } })
      expect(status).toBe(200)
      expect(body).toMatchObject({ data: { mlflowGetRun: null }, errors: [expect.any(String)] })
    }
  })

  it('is found by searches, too', async () => {
    const data = { experimentIds: [experimentId], filter: "params.p = '1'", maxResults: 5 }
    const { body } = await ask('SearchRuns', 'query SearchRuns { a }', { data })
    expect(body).toMatchObject({
      data: { mlflowSearchRuns: { apiError: null, runs: [{ info: { runUuid: runId } }] } },
    })
  })

  it('is not found by a filter that is wrong, which is an error', async () => {
    const data = { experimentIds: [experimentId], filter: 'what?' }
    const { status, body } = await ask('SearchRuns', 'query SearchRuns { a }', { data })
    expect(status).toBe(200)
    expect(body).toMatchObject({ data: { mlflowSearchRuns: null }, errors: [expect.any(String)] })
  })
})

interface RunBody {
  readonly data: {
    readonly mlflowGetRun: {
      readonly run: {
        readonly data: {
          readonly metrics: readonly { readonly key: string; readonly value: number | null }[]
        }
      }
    }
  }
}

describe('a request', () => {
  it('takes the name of its operation out of the query where it has none', async () => {
    const { body } = await ask(undefined, RUN, { data: { runId } })
    expect(body).toMatchObject({ data: { mlflowGetRun: { apiError: null } }, errors: null })
  })

  it('for an operation that is not known is answered with an error, as GraphQL has it', async () => {
    for (const name of ['Foo', '__proto__', 'constructor']) {
      const { status, body } = await ask(name, `query ${name} { a }`, {})
      expect(status).toBe(200)
      expect(body).toMatchObject({ data: null, errors: [expect.stringContaining(`'${name}'`)] })
    }
  })

  it.each([
    ['absent', {}],
    ['null', { data: null }],
    ['a text', { data: 'x' }],
    ['of a wrong type', { data: { runId: 5 } }],
  ])('whose input is %s is answered with an error', async (_, variables) => {
    const { status, body } = await ask('GetRun', RUN, variables)
    expect(status).toBe(200)
    expect(body).toMatchObject({ errors: [expect.any(String)] })
  })

  it.each([
    ...['nonsense', '[]', '{}', '"x"', '{"query": 5}', '{"query": ""}'],
    '{"query": "query GetRun { a }", "variables": 5}',
    '{"query": "query GetRun { a }", "operationName": 5}',
    '{"query": "{ a }"}',
  ])('that is none is refused: %s', async (raw) => {
    const { status, body } = await wire.send('/graphql', { method: 'POST', raw })
    expect(status).toBe(400)
    expect(body).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' })
  })

  it('has to be JSON by its header, and sent by POST', async () => {
    const form = { method: 'POST', raw: '{}', contentType: 'text/plain' }
    expect((await wire.send('/graphql', form)).status).toBe(400)
    expect((await wire.send('/graphql')).status).toBe(405)
  })

  it('of any kind never makes the server fail', async () => {
    const name = fc.oneof(fc.constantFrom('GetRun', 'SearchRuns', 'x'), fc.jsonValue())
    const input = fc.dictionary(
      fc.constantFrom('runId', 'run_id', 'experimentIds', 'filter', 'maxResults', 'orderBy'),
      fc.jsonValue(),
    )
    await fc.assert(
      fc.asyncProperty(name, input, async (operation, data) => {
        const { status } = await ask(operation, 'query x { a }', { data })
        expect([200, 400]).toContain(status)
      }),
    )
  })
})

describe('what else the pages ask', () => {
  it('is whether they may tell of their use, which they may not', async () => {
    const { status, body } = await wire.send('/ajax-api/3.0/mlflow/ui-telemetry')
    expect([status, body]).toEqual([
      200,
      { disable_ui_telemetry: true, disable_ui_events: [], ui_rollout_percentage: 0 },
    ])
  })

  it('is what a gateway has, of which there is none', async () => {
    const { status, body } = await wire.send('/ajax-api/2.0/mlflow/gateway-proxy', {
      query: { gateway_path: 'api/2.0/endpoints/' },
    })
    expect([status, body]).toEqual([200, { endpoints: [] }])
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import type { DatasetInput } from '../../../../src/entities/dataset.js'
import type { MetricInput } from '../../../../src/entities/log-batch.js'
import { workload } from '../../../helpers/workload.js'
import type { SqlStore } from './host.js'
import { kindsOf, openSqlStore, rowsOf } from './host.js'

const START = 1_700_000_000_000

/** Columns in the order of MLflow's own SQLite file. */
const COLUMNS = {
  experiments:
    'experiment_id name artifact_location lifecycle_stage creation_time last_update_time workspace',
  runs: 'run_uuid name source_type source_name entry_point_name user_id status start_time end_time source_version lifecycle_stage artifact_uri experiment_id deleted_time',
  experiment_tags: 'key value experiment_id',
  params: 'key value run_uuid',
  tags: 'key value run_uuid',
  metrics: 'key value timestamp run_uuid step is_nan',
  latest_metrics: 'key value timestamp step is_nan run_uuid',
  datasets:
    'dataset_uuid experiment_id name digest dataset_source_type dataset_source dataset_schema dataset_profile',
  inputs: 'input_uuid source_type source_id destination_type destination_id step',
  input_tags: 'input_uuid name value',
  logged_models:
    'model_id experiment_id name artifact_location creation_timestamp_ms last_updated_timestamp_ms status lifecycle_stage model_type source_run_id status_message',
  logged_model_params: 'model_id experiment_id param_key param_value',
  logged_model_tags: 'model_id experiment_id tag_key tag_value',
  registered_models: 'name creation_time last_updated_time description workspace',
  registered_model_tags: 'key value name workspace',
  registered_model_aliases: 'alias version name workspace',
  model_versions:
    'name version creation_time last_updated_time description user_id current_stage source run_id status status_message run_link storage_location workspace',
  model_version_tags: 'key value name version workspace',
  // Without what MLflow derives for its charts.
  trace_info:
    'request_id experiment_id timestamp_ms execution_time_ms status client_request_id request_preview response_preview',
  trace_tags: 'key value request_id',
  trace_request_metadata: 'key value request_id',
  spans:
    'trace_id experiment_id span_id parent_span_id name type status start_time_unix_nano end_time_unix_nano',
  assessments:
    'assessment_id trace_id name assessment_type value error created_timestamp last_updated_timestamp source_type source_id span_id rationale overrides valid assessment_metadata experiment_id',
}

const POINTS: MetricInput[] = [
  point('nan', Number.NaN, 0, 1),
  point('inf', Number.POSITIVE_INFINITY, 0, 1),
  point('-inf', Number.NEGATIVE_INFINITY, 0, 1),
  point('zero', -0, 0, 1),
  point('big', 1.5, 2n ** 53n + 1n, 2n ** 63n - 1n),
  point('big', 2.5, -(2n ** 63n), 3),
  point('twice', 1, 1, 1),
  point('twice', 1, 1, 1),
  point('twice', 2, 1, 1),
  point('ключ a', 0.1, 7, 7),
]

function point(
  key: string,
  value: number,
  step: number | bigint,
  timestamp: number | bigint,
): MetricInput {
  return { key, value, step, timestamp }
}

function dataset(context: string): DatasetInput[] {
  const named = { name: 'd', digest: 'abc', sourceType: 'local', source: 's' }
  return [
    {
      dataset: { ...named, schema: '{}', profile: null },
      tags: { 'mlflow.data.context': context },
    },
  ]
}

let at: SqlStore
let experiment: string
let first: string
let second: string

beforeAll(async () => {
  at = await openSqlStore()
  const { store } = at
  const location = { artifactLocation: 's3://bucket/path/?q=1', tags: [['team', 'é']] as const }
  experiment = await store.createExperiment("it's", location)
  const run = { experimentId: experiment, startTime: START, userId: 'ana' }
  first = (await store.createRun({ ...run, runName: 'first' })).info.runId
  second = (await store.createRun({ ...run, runName: 'second' })).info.runId
  await store.logBatch(first, { metrics: POINTS, params: [['lr', '0.1']], tags: [['t', '😀']] })
  await store.logParam(second, 'lr', '0.2')
  await store.logMetric(second, point('twice', 9, 9, 9))
  await store.logInputs(first, dataset('train'))
  await store.logInputs(second, dataset('eval'))
  await store.updateRun(first, { status: 'FINISHED', endTime: START + 5 })
  await store.deleteRun(second)
  await logModels(store)
  await logTrace(store)
})

async function logModels(store: SqlStore['store']): Promise<void> {
  const pair = [['k', 'v']] as const
  const { modelId } = await store.createLoggedModel({
    experimentId: experiment,
    name: 'net',
    params: pair,
    tags: pair,
  })
  await store.finalizeLoggedModel(modelId, 'READY')
  await store.createRegisteredModel('registered', { tags: pair })
  await store.createModelVersion('registered', {
    source: `models:/${modelId}`,
    modelId,
    tags: pair,
  })
  await store.setRegisteredModelAlias('registered', 'best', 1)
}

async function logTrace(store: SqlStore['store']): Promise<void> {
  const traceId = `tr-${'a'.repeat(32)}`
  await store.startTrace({
    traceId,
    experimentId: experiment,
    requestTime: START,
    tags: { t: '1' },
    traceMetadata: { m: '2' },
  })
  await store.logSpans(experiment, [
    {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      parentSpanId: '',
      name: 'root',
      startTimeUnixNano: 1_700_000_000_000_000_001n,
      endTimeUnixNano: 1_700_000_000_000_000_009n,
      status: { code: 'OK', message: '' },
      attributes: {},
      events: [],
      links: [],
    },
  ])
  await store.createAssessment(traceId, {
    name: 'good',
    source: { sourceType: 'HUMAN', sourceId: 'ann' },
    feedback: { value: true, error: null },
  })
}

async function rows(text: string, args: Parameters<SqlStore['sql']>[1] = []): Promise<unknown[][]> {
  return rowsOf(await at.sql(text, args))
}

describe('the views', () => {
  it.each(Object.entries(COLUMNS))('%s has the columns of MLflow', async (table, columns) => {
    const result = await at.sql(`SELECT * FROM ${table}`, [], { materialise: true })
    expect(result.columns.map(({ name }) => name).join(' ')).toBe(columns)
    expect(result.length).toBeGreaterThan(0)
  })

  it('show runs as getRun does, deleted ones with the time', async () => {
    const infos = await Promise.all([first, second].map((id) => at.store.getRun(id)))
    const found =
      await rows(`SELECT run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage,
      artifact_uri, CAST(experiment_id AS TEXT), deleted_time IS NULL FROM runs ORDER BY name`)
    expect(found).toEqual(
      infos.map(({ info }) => [
        info.runId,
        info.runName,
        info.userId,
        info.status,
        info.startTime,
        info.endTime,
        info.lifecycleStage,
        info.artifactUri,
        info.experimentId,
        info.lifecycleStage === 'active' ? 1 : 0,
      ]),
    )
    expect(found[0]?.[7]).toBe(`s3://bucket/path/${first}/artifacts?q=1`)
  })

  it('show experiments with integers for ids, and their tags', async () => {
    const text = `SELECT e.experiment_id, e.name, e.lifecycle_stage, t.key, t.value FROM experiments e
      JOIN experiment_tags t USING (experiment_id)`
    expect(await rows(text)).toEqual([[Number(experiment), "it's", 'active', 'team', 'é']])
    expect(await rows(`SELECT count(*) FROM runs WHERE experiment_id = '${experiment}'`)).toEqual([
      [2],
    ])
    await at.store.deleteExperiment(experiment)
    expect(await rows("SELECT name FROM experiments WHERE lifecycle_stage = 'deleted'")).toEqual([
      ["it's"],
    ])
    await at.store.restoreExperiment(experiment)
  })

  it('show logged and registered models as the ports do', async () => {
    const models = 'SELECT name, status, lifecycle_stage, artifact_location FROM logged_models'
    const [[name, status, stage, location] = []] = await rows(models)
    expect([name, Number(status), stage]).toEqual(['net', 2, 'active'])
    expect(location).toMatch(/\/models\/m-[0-9a-f]{32}\/artifacts\?q=1$/)
    const joined = `SELECT v.version, a.alias, t.value, v.storage_location = m.artifact_location FROM model_versions v
      JOIN registered_model_aliases a ON a.name = v.name AND a.version = v.version
      JOIN model_version_tags t ON t.name = v.name AND t.version = v.version
      JOIN logged_models m ON v.source = 'models:/' || m.model_id`
    expect((await rows(joined)).map((row) => row.map(String))).toEqual([['1', 'best', 'v', '1']])
  })

  it('show traces, with exact nanoseconds', async () => {
    const text = `SELECT i.timestamp_ms, s.start_time_unix_nano, a.value FROM trace_info i
      JOIN spans s ON s.trace_id = i.request_id JOIN assessments a ON a.trace_id = i.request_id`
    expect((await rows(text)).map((row) => row.map(String))).toEqual([
      [String(START), '1700000000000000001', 'true'],
    ])
  })

  it('show params and tags', async () => {
    const text = 'SELECT r.name, p.value FROM runs r JOIN params p USING (run_uuid) ORDER BY 1'
    expect(await rows(text)).toEqual([
      ['first', '0.1'],
      ['second', '0.2'],
    ])
    expect(await rows("SELECT value FROM tags WHERE key = 't'")).toEqual([['😀']])
  })

  it('join datasets to runs through inputs', async () => {
    const text = `SELECT d.name, d.digest, d.dataset_schema, d.dataset_profile, i.destination_id, t.value
      FROM datasets d JOIN inputs i ON i.source_type = 'DATASET' AND i.source_id = d.dataset_uuid
      JOIN input_tags t USING (input_uuid) WHERE i.destination_type = 'RUN' ORDER BY t.value`
    expect(await rows(text)).toEqual([
      ['d', 'abc', '{}', null, second, 'eval'],
      ['d', 'abc', '{}', null, first, 'train'],
    ])
  })

  it('show the latest metrics with NaN, the infinities and -0 as MLflow stores them', async () => {
    const text = `SELECT key, value, timestamp, step, is_nan FROM latest_metrics WHERE run_uuid = ?
      ORDER BY key`
    const found = await rows(text, [first])
    expect(found).toEqual([
      ['-inf', -Number.MAX_VALUE, 1n, 0n, 0],
      ['big', 1.5, 2n ** 63n - 1n, 2n ** 53n + 1n, 0],
      ['inf', Number.MAX_VALUE, 1n, 0n, 0],
      ['nan', 0, 1n, 0n, 1],
      ['twice', 2, 1n, 1n, 0],
      ['zero', 0, 1n, 0n, 0],
      ['ключ a', 0.1, 7n, 7n, 0],
    ])
  })

  it('show the latest of all series of a key', async () => {
    const { store, sql } = await openSqlStore()
    const { info } = await store.createRun({ experimentId: '0', startTime: START })
    const models = [
      await store.createLoggedModel({ experimentId: '0' }),
      await store.createLoggedModel({ experimentId: '0' }),
    ].map((model) => model.modelId)
    const log = (model: 1 | 2 | undefined, step: number, value: number): Promise<void> =>
      store.logMetric(info.runId, {
        ...point('m', value, step, 1),
        ...(model === undefined ? {} : { modelId: models[model - 1]! }),
      })
    await log(undefined, 3, 30)
    await log(1, 5, 50)
    await log(2, 5, 40)
    const text = 'SELECT key, value, step FROM latest_metrics'
    expect(rowsOf(await sql(text))).toEqual([['m', 50, 5]])
    await store.checkpoint()
    await log(undefined, 5, Number.NaN)
    await log(1, 6, Number.NaN)
    expect(rowsOf(await sql(`${text} WHERE is_nan AND run_uuid = ?`, [info.runId]))).toEqual([
      ['m', 0, 6],
    ])
    await log(2, 7, -1)
    await log(1, 7, Number.NaN)
    expect(rowsOf(await sql(text))).toEqual([['m', 0, 7]])
    await log(1, 8, 0)
    await log(undefined, 8, Number.NaN)
    expect(rowsOf(await sql('SELECT is_nan, step FROM latest_metrics'))).toEqual([[1, 8]])
    expect((await store.getRun(info.runId)).data.metrics).toEqual({ m: Number.NaN })
    const all = `SELECT value, step, is_nan FROM metrics WHERE run_uuid = ? AND step < 7
      ORDER BY step, value`
    expect(rowsOf(await sql(all, [info.runId]))).toEqual([
      [30, 3, 0],
      [0, 5, 1],
      [40, 5, 0],
      [50, 5, 0],
      [0, 6, 1],
    ])
  })

  it('follow what is logged, before and after a checkpoint', async () => {
    const { store, sql } = await openSqlStore()
    const { info } = await store.createRun({ experimentId: '0', startTime: START })
    const latest = async (): Promise<unknown> =>
      rowsOf(await sql('SELECT value FROM latest_metrics'))[0]?.[0]
    for (let step = 0; step < 4; step++) {
      await store.logMetric(info.runId, point('m', step, step, 1))
      expect(await latest()).toBe(step)
      if (step === 1) await store.checkpoint()
    }
    await store.deleteRun(info.runId)
    await store.purgeRun(info.runId)
    expect(await latest()).toBeUndefined()
  })
})

describe('after many calls of all kinds', () => {
  it.each([1, 2, 3])('the views say what the store says (seed %i)', async (seed) => {
    const { store, sql } = await openSqlStore()
    for (const [i, operation] of workload(seed, 120).entries()) {
      await operation(store).catch(() => undefined)
      if (i % 20 === 19) expect(await viewed(sql)).toEqual(await told(store))
    }
  })
})

/** Runs with params, tags and latest metrics, out of the views. */
async function viewed(sql: SqlStore['sql']): Promise<unknown> {
  const list = async (text: string): Promise<string[]> =>
    rowsOf(await sql(text))
      .map((row) => row.join())
      .sort()
  return {
    runs: await list('SELECT run_uuid, experiment_id, status, lifecycle_stage FROM runs'),
    params: await list('SELECT run_uuid, key, value FROM params'),
    tags: await list('SELECT run_uuid, key, value FROM tags'),
    latest: await list(
      `SELECT run_uuid, key, iif(is_nan, 'NaN', value), timestamp, step FROM latest_metrics`,
    ),
  }
}

/** The same out of `searchRuns`. */
async function told(store: SqlStore['store']): Promise<unknown> {
  const experiments = await store.searchExperiments({ viewType: 'ALL' })
  const { items } = await store.searchRuns({
    experimentIds: experiments.items.map(({ experimentId }) => experimentId),
    viewType: 'ALL',
    maxResults: 50_000,
  })
  const list = (rows: (run: (typeof items)[number]) => readonly unknown[][]): string[] =>
    items.flatMap((run) => rows(run).map((row) => [run.info.runId, ...row].join())).sort()
  return {
    runs: list(({ info }) => [[info.experimentId, info.status, info.lifecycleStage]]),
    params: list(({ data }) => Object.entries(data.params)),
    tags: list(({ data }) => Object.entries(data.tags)),
    latest: list(({ data }) =>
      data.latestMetrics.map(({ key, value, timestamp, step }) => [key, value, timestamp, step]),
    ),
  }
}

describe('metrics', () => {
  it('has every point of the runs that are named, equal ones once', async () => {
    const text =
      'SELECT value, step, is_nan FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY 2, 1'
    expect(await rows(text, [first, 'twice'])).toEqual([
      [1, 1, 0],
      [2, 1, 0],
    ])
    expect(await rows(text, [first, 'nan'])).toEqual([[0, 0, 1]])
    expect(await rows(text, [first, 'inf'])).toEqual([[Number.MAX_VALUE, 0, 0]])
    expect(await rows(text, [first, 'big'])).toEqual(
      [
        [2.5, -(2n ** 63n), 0n],
        [1.5, 2n ** 53n + 1n, 0n],
      ].map(([value, step]) => [value, step, 0]),
    )
  })

  it('finds run ids in literals, lists, JSON arrays and arguments', async () => {
    const both = JSON.stringify([first, second])
    const texts: [string, string[]][] = [
      [
        `SELECT count(DISTINCT run_uuid) FROM metrics WHERE run_uuid IN ('${first}', '${second}')`,
        [],
      ],
      [`SELECT count(DISTINCT run_uuid) FROM metrics WHERE run_uuid IN (?2, ?1)`, [first, second]],
      [
        'SELECT count(DISTINCT run_uuid) FROM metrics, json_each(?) j WHERE run_uuid = j.value',
        [both],
      ],
      [
        `SELECT count(DISTINCT run_uuid) FROM "metrics" m, json_each('${both}') j WHERE run_uuid = j.value`,
        [],
      ],
    ]
    for (const [text, args] of texts) expect(await rows(text, args)).toEqual([[2]])
  })

  it('has the points of no other run, unless all are asked for', async () => {
    const text = `SELECT count(DISTINCT run_uuid) FROM metrics WHERE ?1 = ?1`
    expect(await rows(text, [second])).toEqual([[1]])
    const all = await at.sql('SELECT count(*), count(DISTINCT run_uuid) FROM metrics', [], {
      materialise: true,
    })
    expect(rowsOf(all)).toEqual([[POINTS.length, 2]])
  })

  it.each([
    'SELECT * FROM metrics',
    'SELECT * FROM Metrics WHERE run_uuid = 1',
    "SELECT * FROM metrics WHERE run_uuid = 'none'",
    'SELECT * FROM runs, [metrics]',
    'SELECT * FROM temp.metrics',
  ])('asks for run ids: %s', async (text) => {
    const refusal = { errorCode: 'INVALID_PARAMETER_VALUE' }
    await expect(at.sql(text)).rejects.toMatchObject(refusal)
    await expect(at.sql(text)).rejects.toThrow(/Name run ids.*materialise: true/)
  })

  it('is not meant by latest_metrics, by a value, or by a comment', async () => {
    const text = "SELECT 'metrics' FROM latest_metrics /* metrics */ -- metrics"
    expect((await at.sql(text)).length).toBeGreaterThan(0)
  })

  it('is empty for a run without points', async () => {
    const { store, sql } = await openSqlStore()
    const { info } = await store.createRun({ experimentId: '0', startTime: START })
    expect((await sql('SELECT * FROM metrics WHERE run_uuid = ?', [info.runId])).length).toBe(0)
  })

  it('is read from segments and from memory alike', async () => {
    const { store, sql } = await openSqlStore()
    const { info } = await store.createRun({ experimentId: '0', startTime: START })
    for (let step = 0; step < 6; step++) {
      await store.logMetric(info.runId, point('m', step / 2, step, step))
      if (step % 2 === 0) await store.checkpoint()
    }
    const text = 'SELECT step, value FROM metrics WHERE run_uuid = ? ORDER BY step'
    const table = await sql(text, [info.runId])
    expect(rowsOf(table)).toEqual([0, 1, 2, 3, 4, 5].map((step) => [step, step / 2]))
    expect(kindsOf(table)).toEqual(['step: int64', 'value: number'])
  })
})

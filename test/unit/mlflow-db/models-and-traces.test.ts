import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeImports } from '../../../adapters/node-import.js'
import type { Tracker } from '../../../src/client/tracker.js'
import type { ImportReport } from '../../../src/import/report.js'
import type { LocalStore } from '../../../src/store/store.js'
import { stateHash } from '../../helpers/state-hash.js'
import { makeDatabase, openStore } from './make-database.js'

const CONTENT = `json_set((SELECT content FROM spans WHERE trace_id = 'tr-1')`

let store: LocalStore
let tracker: Tracker
let folder: string

beforeEach(async () => {
  ;({ store, tracker } = await openStore(nodeImports()))
  folder = await mkdtemp(join(tmpdir(), 'tracklet-test-'))
})

afterEach(async () => {
  await tracker.close()
  await rm(folder, { recursive: true, force: true })
})

/** Imports a database that some SQL has changed; the doubts of runs' files, which are not here, do not count. */
async function take(sql = ''): Promise<ImportReport> {
  const report = await tracker.importFrom(await makeDatabase(sql))
  return { ...report, doubts: report.doubts.filter(({ path }) => path !== 'artifacts') }
}

/** Imports one with files beside it. */
async function takeWith(
  files: Readonly<Record<string, string>>,
  sql: string,
): Promise<ImportReport> {
  const all = { ...files, 'mlflow.db': await makeDatabase(sql) }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return tracker.importFrom(folder)
}

function paths({ doubts }: ImportReport): string[] {
  return doubts.map(({ path }) => path)
}

describe('logged models', () => {
  it('are taken with all they have, deleted ones too', async () => {
    expect(await take()).toMatchObject({ loggedModels: { added: 2 }, doubts: [] })
    expect(await store.getLoggedModel('m-1')).toMatchObject({
      experimentId: '7',
      name: 'clf',
      creationTimestamp: 11,
      lastUpdatedTimestamp: 12,
      modelType: 'demo',
      sourceRunId: 'aa11',
      status: 'FAILED',
      params: { alpha: '0.5' },
      tags: { kind: 'toy' },
    })
    expect((await store.findTaken({ loggedModelIds: ['m-2'] })).loggedModels).toEqual({
      'm-2': '7',
    })
    await expect(store.getLoggedModel('m-2')).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  it('have their points, NaN among them, and the run has each once', async () => {
    await take()
    const { metrics } = await store.getLoggedModel('m-1')
    expect(metrics.map(({ step, value, runId }) => [step, value, runId])).toEqual([
      [1, 0.5, 'aa11'],
      [3, NaN, 'aa11'],
    ])
    expect(metrics.map(({ datasetName, datasetDigest }) => [datasetName, datasetDigest])).toEqual([
      ['data', 'abc'],
      [null, null],
    ])
    const { values } = await store.getMetricColumns({ runId: 'aa11', key: 'loss' })
    expect([...values].sort()).toEqual([0.25, 0.5, NaN])
  })

  it('keep a 0 where the run has one beside NaN', async () => {
    await take(`INSERT INTO metrics VALUES ('loss', 0, 1001, 'aa11', 3, 0)`)
    const { metrics } = await store.getLoggedModel('m-1')
    expect(metrics.map(({ value }) => value)).toEqual([0.5, 0])
    const { values } = await store.getMetricColumns({ runId: 'aa11', key: 'loss' })
    expect([...values].sort()).toEqual([0, 0.25, 0.5, NaN])
  })

  it('give points to the run that it does not have, which is told once a metric', async () => {
    const report =
      await take(`INSERT INTO logged_model_metrics (model_id, metric_name, metric_timestamp_ms, metric_step,
      metric_value, run_id) VALUES ('m-1', 'alone', 1, 1, 7, 'bb22'), ('m-1', 'alone', 2, 2, 8, 'bb22')`)
    expect(paths(report)).toEqual(['experiments/7/bb22/metrics/alone'])
    const { values } = await store.getMetricColumns({ runId: 'bb22', key: 'alone' })
    expect([...values]).toEqual([7, 8])
  })

  it('that are none are left out, and told', async () => {
    const report = await take(`INSERT INTO logged_models VALUES
        ('../m', 7, 'a', '', 1, 1, 2, 'active', NULL, NULL, NULL), ('m-3', 7, NULL, '', 1, 1, 2, 'active', NULL, NULL, NULL),
        ('m-4', 7, 'a', '', 1, 1, 99, 'active', NULL, NULL, NULL), ('m-5', 99, 'a', '', 1, 1, 2, 'active', NULL, NULL, NULL),
        ('m-6', 7, 'a/b', '', 1, 1, 3, 'active', NULL, NULL, NULL), ('m-1', 7, 'a', '', 1, 1, 3, 'active', NULL, NULL, 'x');
      INSERT INTO logged_model_metrics (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value, run_id)
        VALUES ('m-1', 'a', 1, 1, 1, 'nobody'), (NULL, 'a', 1, 1, 1, 'bb22'), ('m-1', 'a', -1, 1, 1, 'bb22')`)
    expect(paths(report).sort()).toEqual([
      'experiments/7/bb22/metrics/a',
      'experiments/7/bb22/metrics/a',
      'experiments/7/models',
      'experiments/7/models',
      'experiments/7/models',
      'experiments/7/models/m-1',
      'experiments/7/models/m-6',
      'logged_model_metrics',
      'logged_models',
      'logged_models',
    ])
    expect(report.loggedModels.added).toBe(2)
  })

  it('come with their files, which are missed where there should be some', async () => {
    const ready = `UPDATE logged_models SET status = 2; UPDATE runs SET artifact_uri = NULL`
    const report = await takeWith({ 'mlruns/7/models/m-1/artifacts/a/MLmodel': 'x' }, ready)
    expect(report.artifacts).toBe(1)
    expect((await store.listArtifacts('m-1', 'a')).map(({ path }) => path)).toEqual(['a/MLmodel'])
    expect(paths(report)).toContain('experiments/7/models/m-2/artifacts')
  })
})

describe('traces', () => {
  it('are taken with spans, assessments, links, and what newer databases have in columns', async () => {
    expect(await take()).toMatchObject({ traces: { added: 2 }, doubts: [] })
    const [trace] = await store.getTraces(['tr-1'])
    expect(trace!.info).toMatchObject({
      clientRequestId: 'own',
      requestPreview: 'asked',
      responsePreview: 'answered',
      requestTime: 50,
      executionDuration: 5,
      state: 'OK',
      traceMetadata: {
        'mlflow.sourceRun': 'aa11',
        'mlflow.trace.session': 's1',
        'mlflow.trace.tokenUsage': '{"input_tokens": 10, "output_tokens": 20, "total_tokens": 30}',
        'mlflow.trace.cost': '{"input_cost": 0.5, "total_cost": 1e-07}',
      },
    })
    expect(trace!.info.tags).toMatchObject({ team: 'a', 'mlflow.traceName': 'told' })
    expect(trace!.info.assessments).toMatchObject([
      {
        assessmentId: 'a-1',
        source: { sourceType: 'HUMAN', sourceId: 'zoë' },
        feedback: { value: true, error: null },
        rationale: 'So.',
        metadata: { k: 'v' },
        valid: true,
      },
      { assessmentId: 'a-2', expectation: { value: ['a'] }, valid: false },
    ])
    expect(trace!.spans).toMatchObject([
      {
        spanId: '0000000000000001',
        name: 'root',
        attributes: { 'mlflow.spanType': '"LLM"', n: 3n },
      },
    ])
    for (const runId of ['aa11', 'bb22']) {
      const filter = `attributes.run_id = '${runId}'`
      const { items } = await store.searchTraces({ experimentIds: ['7'], filter })
      expect(items.map(({ traceId }) => traceId)).toEqual(['tr-1'])
    }
  })

  it('of older databases have their spans in a file, which is none of theirs then', async () => {
    const files = {
      'mlruns/7/traces/tr-2/artifacts/traces.json': spanFile(),
      'mlruns/7/traces/tr-2/artifacts/more.txt': 'm',
    }
    const sql = 'DROP TABLE spans; DROP TABLE assessments; DROP TABLE entity_associations'
    expect(await takeWith(files, sql)).toMatchObject({ traces: { added: 2 }, artifacts: 1 })
    const [trace] = await store.getTraces(['tr-2'])
    expect(trace!.spans.map(({ name }) => name)).toEqual(['in a file'])
    expect((await store.listArtifacts('tr-2')).map(({ path }) => path)).toEqual(['more.txt'])
  })

  it('keep a file of spans that cannot be read', async () => {
    const files = { 'mlruns/7/traces/tr-2/artifacts/traces.json': '{"spans": [' }
    expect(paths(await takeWith(files, ''))).toContain(
      'experiments/7/traces/tr-2/artifacts/traces.json',
    )
    expect((await store.listArtifacts('tr-2')).map(({ path }) => path)).toEqual(['traces.json'])
  })

  it('are missed a file or an archive of spans that they should have', async () => {
    const sql = `INSERT INTO trace_request_metadata VALUES ('mlflow.traceInputs', '{}', 'tr-2');
      UPDATE trace_tags SET value = 'ARCHIVE_REPO' WHERE key = 'mlflow.trace.spansLocation';
      INSERT INTO trace_tags VALUES ('mlflow.trace.archiveLocation', '/srv/archive/7/traces/tr-1/artifacts', 'tr-1')`
    const report = await takeWith({ 'mlruns/7/x.txt': '' }, sql)
    expect(paths(report)).toEqual(
      expect.arrayContaining([
        'experiments/7/traces/tr-1/artifacts',
        'experiments/7/traces/tr-2/artifacts',
      ]),
    )
    const broken = { 'archive/7/traces/tr-1/artifacts/traces.pb': 'none' }
    await tracker.close()
    ;({ store, tracker } = await openStore(nodeImports()))
    expect(paths(await takeWith(broken, sql))).toContain('experiments/7/traces/tr-1/spans')
  })

  it('whose parts are broken come without these, and each is told', async () => {
    const assessment = (id: string, type: string, value: string, rest = 'NULL'): string =>
      `INSERT INTO assessments VALUES ('${id}', 'tr-1', 'n', '${type}', ${value}, ${rest}, 60, 61, 'HUMAN', 'x', NULL,
        NULL, NULL, NULL, 1, NULL);`
    const report =
      await take(`INSERT INTO spans VALUES ('tr-1', 7, 'a', 2, ${CONTENT}, '$.span_id', 'zz')),
        ('tr-1', 7, 'b', 3, '{"span_id'), ('tr-1', 7, 'c', 4, '[]'), ('tr-1', 7, 'd', 5, NULL), ('tr-1', 7, 'e', 6, zeroblob(17000000)),
        ('tr-1', 7, 'f', 9000000, ${CONTENT}, '$.name', 'again'));
      ${assessment('a-3', 'feedback', "'{'")} ${assessment('a-4', 'mood', "'1'")} ${assessment('a-5', 'issue', "'{}'")}
      ${assessment('a-6', 'feedback', "'1'", "'[]'")} ${assessment('a-7', 'expectation', "'null'")}
      ${assessment('a-8', 'feedback', "'NaN'")} ${assessment('a-9', 'feedback', `replace(hex(zeroblob(50000)), '0', '[')`)}
      INSERT INTO entity_associations VALUES ('e', 'trace', 'tr-1', 'run', NULL, 1), ('e', 'trace', 'tr-1', 'prompt_version', 'p/1', 1);
      INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES ('a b', 7, 1, 'OK'), ('tr-3', 7, NULL, 'OK'),
        ('tr-4', 99, 1, 'OK'), ('tr-5', 7, 1, 'odd')`)
    const count = new Map<string, number>()
    for (const path of paths(report)) count.set(path, (count.get(path) ?? 0) + 1)
    expect(Object.fromEntries(count)).toEqual({
      assessments: 1,
      entity_associations: 1,
      trace_info: 1,
      'experiments/7/traces': 2,
      'experiments/7/traces/tr-1/spans': 6,
      'experiments/7/traces/tr-1/assessments': 5,
      'experiments/7/traces/tr-1/assessments/a-7': 1,
      'experiments/7/traces/tr-1/links': 1,
    })
    const [trace] = await store.getTraces(['tr-1'])
    expect(trace!.spans.map(({ name }) => name)).toEqual(['root'])
    expect(trace!.info.assessments.map(({ assessmentId }) => assessmentId)).toEqual(['a-1', 'a-2'])
    expect((await store.getTraceInfo('tr-5')).state).toBe('STATE_UNSPECIFIED')
  })

  it('may have spans and assessments that go in circles', async () => {
    await take(`UPDATE spans SET content = ${CONTENT}, '$.parent_span_id', json_extract(content, '$.span_id'));
      UPDATE assessments SET overrides = CASE assessment_id WHEN 'a-1' THEN 'a-2' ELSE 'a-1' END`)
    const [trace] = await store.getTraces(['tr-1'])
    expect(trace!.spans[0]!.parentSpanId).toBe('0000000000000001')
    expect(trace!.info.assessments.map(({ overrides }) => overrides)).toEqual(['a-2', 'a-1'])
  })
})

describe('a database', () => {
  it('of a release that is not known is read as far as it is, and that is told', async () => {
    const report = await take(`UPDATE alembic_version SET version_num = 'ffffffffffff';
      CREATE TABLE "new ""things""" (a); INSERT INTO "new ""things""" VALUES (1), (2)`)
    expect(
      report.doubts.map(({ path, reason }) => [path, /ffffffffffff|2 rows/.test(reason)]),
    ).toEqual([
      ['alembic_version', true],
      ['new "things"', true],
    ])
    expect(report).toMatchObject({ runs: { added: 3 }, loggedModels: { added: 2 } })
  })

  it('with a newer table that lacks a column is refused, and nothing is changed', async () => {
    const before = await stateHash(store)
    const database = await makeDatabase('ALTER TABLE spans DROP COLUMN content')
    await expect(tracker.importFrom(database)).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
      message: expect.stringMatching(/spans\.content/),
    })
    expect(await stateHash(store)).toBe(before)
  })

  it('of MLflow 1 is refused with what to do', async () => {
    const zip = await readFile(new URL('../../fixtures/mlflow-db/1.30.zip', import.meta.url))
    await expect(tracker.importFrom(Uint8Array.from(zip))).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
      message: expect.stringMatching(/before 2\.9.*mlflow db upgrade/),
    })
  })
})

/** A `traces.json` of MLflow 2. */
function spanFile(): string {
  const context = { trace_id: '0x1'.padEnd(34, '0'), span_id: '0x2'.padEnd(18, '0') }
  const times = { start_time: 1, end_time: 2 }
  const span = { name: 'in a file', context, parent_id: null, ...times, status_code: 'OK' }
  return JSON.stringify({
    spans: [{ ...span, status_message: '', attributes: {}, events: [] }],
    request: null,
    response: null,
  })
}

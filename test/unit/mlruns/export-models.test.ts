import { unzipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { memoryAdapter } from '../../../adapters/memory.js'
import type { ExportOptions } from '../../../src/mlruns/export-options.js'
import { exportRuns } from '../../../src/mlruns/export-zip.js'
import { openEngine } from '../../../src/store/engine.js'
import type { LocalStore } from '../../../src/store/store.js'
import { writeFile } from '../../helpers/write-file.js'

let store: LocalStore
let [first, second] = ['', '']

beforeEach(async () => {
  store = await openEngine(memoryAdapter())
  first = await newRun('0')
  second = await newRun(await store.createExperiment('other'))
})

afterEach(() => store.close())

async function newRun(experimentId: string): Promise<string> {
  const given = { experimentId, startTime: 1000, runName: 'r' }
  return (await store.createRun(given)).info.runId
}

async function exported(options?: ExportOptions) {
  const { stream, report } = exportRuns(store, options)
  const files = unzipSync(new Uint8Array(await new Response(stream).arrayBuffer()))
  const read = (path: string): string => new TextDecoder().decode(files[path])
  const meta = (path: string): Record<string, unknown> =>
    parse(read(path), { version: '1.1' }) as Record<string, unknown>
  return { paths: Object.keys(files), read, meta, report: await report }
}

describe('registered models', () => {
  async function fill(): Promise<string> {
    const { modelId } = await store.createLoggedModel({ experimentId: '0', sourceRunId: first })
    await store.createRegisteredModel('m', { tags: [['a/b', 'x']] })
    await store.createModelVersion('m', { source: `models:/${modelId}`, modelId })
    await store.createModelVersion('m', { source: `runs:/${second}/my model`, runId: second })
    const proxied = `mlflow-artifacts:/1/${second}/artifacts/w`
    await store.createModelVersion('m', { source: proxied, runId: second })
    await store.createModelVersion('m', { source: 's3://bucket/x' })
    await store.setRegisteredModelAlias('m', 'best', 2)
    await store.createRegisteredModel('none')
    return modelId
  }

  it('have versions whose places in the store are those in the export', async () => {
    const modelId = await fill()
    const { meta, read, report } = await exported({ artifactRoot: 'file:///data/ml/' })
    expect(report).toMatchObject({ registeredModels: 2, modelVersions: 4, skipped: [] })
    expect(read('mlruns/models/m/tags/a/b')).toBe('x')
    expect(read('mlruns/models/m/aliases/best')).toBe('2')
    const places = [1, 2, 3, 4].map((n) => {
      const { source, storage_location: location } = meta(`mlruns/models/m/version-${n}/meta.yaml`)
      return [source, location]
    })
    const run = `file:///data/ml/1/${second}/artifacts`
    expect(places).toEqual([
      [`models:/${modelId}`, `file:///data/ml/0/models/${modelId}/artifacts`],
      [`runs:/${second}/my model`, `${run}/my%20model`],
      [`${run}/w`, `${run}/w`],
      ['s3://bucket/x', 's3://bucket/x'],
    ])
  })

  it('have versions of deleted logged models, whose files are in the export too', async () => {
    const modelId = await fill()
    const version = 'mlruns/models/m/version-1/meta.yaml'
    const before = (await exported()).read(version)
    await store.deleteLoggedModel(modelId)
    expect((await exported()).read(version)).toBe(before)
  })

  it('come in part with the runs and logged models of a part, or not at all', async () => {
    await fill()
    const versions = async (options: ExportOptions): Promise<string[]> =>
      (await exported(options)).paths.filter((path) => /models\/.*version-\d+\/meta/.test(path))
    const version = (n: number): string => `mlruns/models/m/version-${n}/meta.yaml`
    // The fourth keeps the highest number used.
    expect(await versions({ experimentIds: ['0'] })).toEqual([version(1), version(4)])
    expect(await versions({ runIds: [second] })).toEqual([version(2), version(3), version(4)])
    expect(await versions({ runIds: [await newRun('0')] })).toEqual([])
    expect(await versions({ registry: false })).toEqual([])
    const { read, paths, meta } = await exported({ experimentIds: ['0'] })
    expect(paths).not.toContain('mlruns/models/m/aliases/best')
    expect(paths).not.toContain('mlruns/models/none/meta.yaml')
    expect(meta('mlruns/models/m/meta.yaml')['aliases']).toEqual({})
    expect(read(version(4))).toContain('Deleted_Internal')
  })

  it('keep the number of a deleted version, and nothing more of it', async () => {
    await fill()
    await store.deleteModelVersion('m', 1)
    await store.deleteModelVersion('m', 4)
    const { paths, meta } = await exported()
    expect(paths).not.toContain('mlruns/models/m/version-1/meta.yaml')
    expect(meta('mlruns/models/m/version-4/meta.yaml')).toMatchObject({
      current_stage: 'Deleted_Internal',
      source: '',
      version: 4,
    })
  })

  it('are left out, and noted, where the file store takes no such name', async () => {
    await store.createRegisteredModel('100%')
    await store.createRegisteredModel('ü'.repeat(128))
    const { paths, report } = await exported()
    expect(paths.filter((path) => path.startsWith('mlruns/models/'))).toEqual([])
    expect(report.skipped.map(({ kind, name }) => [kind, name])).toEqual([
      ['registered models', '100%'],
      ['registered models', 'ü'.repeat(128)],
    ])
  })
})

describe('logged models', () => {
  it('come with the runs that made or used them', async () => {
    const [made, used, other] = await Promise.all(
      [{ sourceRunId: first }, {}, {}].map(async (of) => {
        return (await store.createLoggedModel({ experimentId: '0', ...of })).modelId
      }),
    )
    await store.logInputs(first, [], [{ modelId: used! }])
    await writeFile(store, made!, 'MLmodel', 'x')
    const models = async (options: ExportOptions): Promise<string[]> =>
      (await exported(options)).paths.flatMap((path) => {
        return /^mlruns\/0\/models\/([^/]+)\/meta\.yaml$/.exec(path)?.[1] ?? []
      })
    expect((await models({})).sort()).toEqual([made, used, other].sort())
    expect((await models({ runIds: [first] })).sort()).toEqual([made, used].sort())
    expect(await models({ runIds: [second] })).toEqual([])
    expect((await exported()).read(`mlruns/0/models/${made}/artifacts/MLmodel`)).toBe('x')
  })

  it('come when they are deleted, marked so, with files and points', async () => {
    const { modelId: kept } = await store.createLoggedModel({ experimentId: '0' })
    const { modelId } = await store.createLoggedModel({ experimentId: '0', sourceRunId: first })
    await store.setLoggedModelTags(modelId, [['a/b', 'x']])
    await writeFile(store, modelId, 'data/MLmodel', 'flavors')
    await store.logMetric(first, { key: 'acc', value: 0.5, timestamp: 5, step: 1, modelId })
    await store.deleteLoggedModel(modelId)
    expect(await store.getDeletedLoggedModelIds('0')).toEqual([modelId])
    const { read, meta, report } = await exported({ runIds: [first] })
    const folder = `mlruns/0/models/${modelId}`
    expect(meta(`${folder}/meta.yaml`)).toMatchObject({
      lifecycle_stage: 'deleted',
      last_updated_timestamp: (await store.getDeletedLoggedModel(modelId)).lastUpdatedTimestamp,
    })
    expect(read(`${folder}/metrics/acc`)).toBe(`5 0.5 1 ${first}\n`)
    expect(read(`${folder}/tags/a/b`)).toBe('x')
    expect(read(`${folder}/artifacts/data/MLmodel`)).toBe('flavors')
    expect([report.loggedModels, report.artifacts, report.artifactBytes]).toEqual([1, 1, 7])
    const all = await exported()
    expect(all.report.loggedModels).toBe(2)
    expect(Object.keys(all.meta(`mlruns/0/models/${kept}/meta.yaml`))).not.toContain(
      'lifecycle_stage',
    )
    expect((await exported({ runIds: [second] })).report.loggedModels).toBe(0)
    await store.purgeLoggedModel(modelId)
    expect((await exported()).report.loggedModels).toBe(1)
  })

  it('are told as deleted only where they are', async () => {
    const { modelId } = await store.createLoggedModel({ experimentId: '0' })
    const gone = { errorCode: 'RESOURCE_DOES_NOT_EXIST' }
    await expect(store.getDeletedLoggedModel(modelId)).rejects.toMatchObject(gone)
    await expect(store.listDeletedModelFiles(modelId)).rejects.toMatchObject(gone)
    await expect(store.openDeletedModelFile('m-none', 'a')).rejects.toMatchObject(gone)
    await expect(store.getDeletedLoggedModelIds('99')).rejects.toMatchObject(gone)
  })
})

describe('points on datasets', () => {
  const point = { key: 'acc', value: 1, timestamp: 5 }

  it('name them in their lines, among the others by step', async () => {
    const iris = { datasetName: 'iris', datasetDigest: 'd1' }
    await store.logMetric(first, { ...point, step: 3 })
    await store.logMetric(first, { ...point, step: 2, ...iris })
    await store.logMetric(first, { ...point, step: 1 })
    const path = `mlruns/0/${first}/metrics/acc`
    expect((await exported()).read(path)).toBe('5 1.0 1\n5 1.0 2 iris d1\n5 1.0 3\n')
    const plain = await exported({ metricDatasets: false })
    expect(plain.read(path)).toBe('5 1.0 1\n5 1.0 2\n5 1.0 3\n')
    expect(plain.report.skipped).toEqual([])
  })

  it('are without a dataset, which is noted, where its name would end a word', async () => {
    const on = { datasetName: 'iris flowers', datasetDigest: 'd1' }
    const { modelId } = await store.createLoggedModel({ experimentId: '0' })
    await store.logMetric(first, { ...point, step: 2, ...on, modelId })
    const { read, report } = await exported()
    expect(read(`mlruns/0/${first}/metrics/acc`)).toBe('5 1.0 2\n')
    expect(read(`mlruns/0/models/${modelId}/metrics/acc`)).toBe(`5 1.0 2 ${first}\n`)
    expect(report.skipped.map(({ owner, kind, name }) => [owner, kind, name])).toEqual([
      [first, 'metrics', 'acc'],
      [modelId, 'metrics', 'acc'],
    ])
  })
})

describe('traces', () => {
  const traceId = `tr-${'a'.repeat(32)}`

  it('come with the run that made them, spans as the file that MLflow reads', async () => {
    const traceMetadata = { 'mlflow.sourceRun': first }
    await store.startTrace({ traceId, experimentId: '0', requestTime: 1, traceMetadata })
    await store.logSpans('0', [
      {
        traceId: 'a'.repeat(32),
        spanId: '1'.repeat(16),
        parentSpanId: '',
        name: 'root',
        startTimeUnixNano: 5n,
        endTimeUnixNano: 9n,
        status: { code: 'OK', message: '' },
        attributes: {},
        events: [],
        links: [],
      },
    ])
    const { read, paths } = await exported({ runIds: [first], artifactRoot: '/data' })
    const folder = `mlruns/0/traces/${traceId}/`
    expect(JSON.parse(read(`${folder}artifacts/traces.json`))).toMatchObject({
      spans: [{ name: 'root', end_time_unix_nano: 9 }],
    })
    expect(read(`${folder}tags/mlflow.artifactLocation`)).toBe(
      `/data/0/traces/${traceId}/artifacts`,
    )
    expect(paths).not.toContain(`${folder}tags/mlflow.trace.spansLocation`)
    expect((await exported({ runIds: [second] })).report.traces).toBe(0)
  })

  it('keep a file of spans that a client has put there', async () => {
    await store.startTrace({ traceId, experimentId: '0', requestTime: 1 })
    await writeFile(store, traceId, 'traces.json', '{"spans": []}')
    const { read } = await exported()
    expect(read(`mlruns/0/traces/${traceId}/artifacts/traces.json`)).toBe('{"spans": []}')
  })
})

describe('a search', () => {
  it('chooses the runs of an export, in its order, up to a number', async () => {
    for (const [i, run] of [first, second].entries()) await store.logParam(run, 'lr', String(i))
    const runs = async (options: ExportOptions): Promise<string[]> =>
      (await exported(options)).paths.flatMap(
        (path) => /^mlruns\/\d+\/([0-9a-f]{32})\/meta\.yaml$/.exec(path)?.[1] ?? [],
      )
    expect(await runs({ filter: "params.lr = '1'" })).toEqual([second])
    expect(await runs({ filter: "params.lr = '1'", experimentIds: ['0'] })).toEqual([])
    expect(await runs({ orderBy: ['params.lr DESC'], maxResults: 1 })).toEqual([second])
    await store.deleteRun(first)
    expect(await runs({ maxResults: 9 })).toEqual([second])
    expect(await runs({ viewType: 'DELETED_ONLY' })).toEqual([first])
  })

  it.each<ExportOptions>([
    { filter: 'params.lr =' },
    { runIds: [], filter: '' },
    { experimentIds: '0' as never },
    { maxResults: 0 },
    { artifactRoot: 1 as never },
  ])('of %j is refused', async (options) => {
    await expect(exported(options)).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
  })
})

it('tells when runs were deleted', async () => {
  await store.deleteRun(first)
  const { meta } = await exported()
  const time = await store.getDeletedTime(first)
  expect(time).toBeGreaterThan(1_700_000_000_000)
  expect(meta(`mlruns/0/${first}/meta.yaml`)).toMatchObject({
    deleted_time: time,
    lifecycle_stage: 'deleted',
  })
  expect(Object.keys(meta(`mlruns/1/${second}/meta.yaml`))).not.toContain('deleted_time')
})

import { describe, expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../../../adapters/memory.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'
import { faultAdapter } from '../../../helpers/fault-adapter.js'
import { stateHash } from '../../../helpers/state-hash.js'
import { writeFile } from '../../../helpers/write-file.js'
import {
  SAMPLE_MODEL,
  SAMPLE_TRACE,
  sampleExperiment,
  sampleLoggedModel,
  sampleModel,
  sampleTrace,
  stageSample,
} from './sample.js'

const RUN = 'a'.repeat(32)
const DELETED = 'b'.repeat(32)

async function imported(store: LocalStore): Promise<void> {
  await store.commitImport(await stageSample(store), sampleExperiment())
}

async function textOf(store: LocalStore, runId: string, path: string): Promise<string> {
  const { handle } = await store.openRead(runId, path)
  const bytes = await store.read(handle)
  return new TextDecoder().decode(bytes ?? new Uint8Array())
}

describe('an imported experiment', () => {
  it('is as it was elsewhere', async () => {
    const store = await openEngine(memoryAdapter())
    await imported(store)
    expect(await store.getExperimentByName('from elsewhere')).toMatchObject({
      experimentId: '123456789012345678',
      artifactLocation: 'file:///data/mlruns/123456789012345678',
      creationTime: 500,
      lastUpdateTime: 600,
      lifecycleStage: 'active',
      tags: { team: 'ml' },
    })
    const run = await store.getRun(RUN)
    expect(run.info).toMatchObject({
      runName: 'one',
      userId: 'alice',
      status: 'RUNNING',
      startTime: 1_000,
    })
    expect(run.info.endTime).toBeNull()
    expect(run.data.params).toEqual({ lr: '0.1' })
    expect(run.data.tags['mlflow.note.content']).toHaveLength(9_000)
    expect(run.data.metrics).toEqual({ loss: 0.5, wild: Infinity })
    expect(run.inputs.datasetInputs).toHaveLength(1)
    const wild = await store.getMetricColumns({ runId: RUN, key: 'wild' })
    expect([...wild.steps]).toEqual([-3n, 5n, 2n ** 53n + 1n])
    expect([...wild.values]).toEqual([NaN, -0, Infinity])
    expect(await textOf(store, RUN, 'a/b.txt')).toBe('hello')
    const gone = await store.getRun(DELETED)
    expect(gone.info).toMatchObject({ status: 'FAILED', endTime: 2_000, lifecycleStage: 'deleted' })
    expect(gone.data.metrics).toEqual({ loss: 7 })
    await store.close()
  })

  it('has its logged models, with the points that runs have logged for them', async () => {
    const store = await openEngine(memoryAdapter())
    await imported(store)
    expect(await store.getLoggedModel(SAMPLE_MODEL)).toMatchObject({
      experimentId: '123456789012345678',
      name: 'net',
      artifactLocation: `file:///data/mlruns/123456789012345678/models/${SAMPLE_MODEL}/artifacts`,
      creationTimestamp: 100,
      lastUpdatedTimestamp: 200,
      modelType: 'demo',
      sourceRunId: RUN,
      status: 'READY',
      params: { alpha: '0.5' },
      tags: { kind: 'x'.repeat(6_000) },
      metrics: [{ key: 'loss', value: 7, runId: DELETED, datasetName: 'd', datasetDigest: '1' }],
    })
    expect(await textOf(store, SAMPLE_MODEL, 'MLmodel')).toBe('hello')
    expect((await store.getRun(RUN)).outputs.modelOutputs).toEqual([
      { modelId: SAMPLE_MODEL, step: 4 },
    ])
    expect((await store.getRun(DELETED)).inputs.modelInputs).toEqual([{ modelId: SAMPLE_MODEL }])
    await store.close()
  })

  it('has its traces, with spans, assessments, files and links', async () => {
    const store = await openEngine(memoryAdapter())
    await imported(store)
    const [trace] = await store.getTraces([SAMPLE_TRACE])
    const { info, spans, linkedRuns } = sampleTrace()
    const location = `file:///data/mlruns/123456789012345678/traces/${SAMPLE_TRACE}/artifacts`
    expect(trace).toEqual({
      info: {
        ...info,
        experimentId: '123456789012345678',
        tags: {
          env: 'test',
          'mlflow.artifactLocation': location,
          'mlflow.trace.spansLocation': 'TRACKING_STORE',
        },
      },
      spans,
    })
    const found = await store.searchTraces({
      experimentIds: ['123456789012345678'],
      filter: `trace.run_id = '${linkedRuns[0]!}'`,
    })
    expect(found.items.map(({ traceId }) => traceId)).toEqual([SAMPLE_TRACE])
    expect(await textOf(store, SAMPLE_TRACE, 'attachments/x')).toBe('world')
    await store.close()
  })

  it('has logged models that are deleted elsewhere as deleted ones', async () => {
    const store = await openEngine(memoryAdapter())
    const loggedModels = [sampleLoggedModel({ lifecycleStage: 'deleted' })]
    await store.commitImport(await stageSample(store), sampleExperiment({ loggedModels }))
    await expect(store.getLoggedModel(SAMPLE_MODEL)).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
    await store.purgeLoggedModel(SAMPLE_MODEL)
    await store.close()
  })

  it('is found by a search, logged to and counted like any other', async () => {
    const store = await openEngine(memoryAdapter())
    await store.searchRuns({ experimentIds: ['0'] })
    await imported(store)
    const query = { experimentIds: ['123456789012345678'], filter: 'metrics.loss > 0.4' }
    expect((await store.searchRuns(query)).items.map(({ info }) => info.runId)).toEqual([RUN])
    await store.logMetric(RUN, { key: 'loss', value: 9, timestamp: 5_000, step: 10 })
    const { items } = await store.getMetricHistory(RUN, 'loss')
    expect(items.map(({ value }) => value)).toEqual([0.5, 0.25, 9])
    await store.close()
  })

  it.each([true, false])('survives opening again (with a checkpoint: %s)', async (checkpoint) => {
    const name = `import: reopen ${String(checkpoint)}`
    const store = await openEngine(memoryAdapter(name))
    await imported(store)
    const before = await stateHash(store)
    if (checkpoint) await store.close()
    else unlockMemory(name)
    const again = await openEngine(memoryAdapter(name))
    expect(await stateHash(again)).toBe(before)
    await again.setExperimentTag('0', 'a', 'b')
    await again.checkpoint()
    await again.close()
    const third = await openEngine(memoryAdapter(name))
    await third.deleteExperimentTag('0', 'a')
    expect((await third.getMetricHistory(RUN, 'wild')).items).toHaveLength(3)
    await third.close()
  })

  it('keeps what was logged while it was put apart', async () => {
    const name = 'import: beside'
    const store = await openEngine(memoryAdapter(name))
    const handle = await stageSample(store)
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    await store.logMetric(info.runId, { key: 'loss', value: 3, timestamp: 1, step: 0 })
    await store.checkpoint()
    await store.commitImport(handle, sampleExperiment())
    await store.logMetric(info.runId, { key: 'other', value: 4, timestamp: 1, step: 0 })
    unlockMemory(name)
    const again = await openEngine(memoryAdapter(name))
    expect((await again.getRun(info.runId)).data.metrics).toEqual({ loss: 3, other: 4 })
    expect((await again.getRun(RUN)).data.metrics.loss).toBe(0.5)
    await again.close()
  })

  it('adds to one that is here, and takes the place of runs, models and traces', async () => {
    const store = await openEngine(memoryAdapter())
    await imported(store)
    await store.logMetric(RUN, { key: 'extra', value: 1, timestamp: 1, step: 0 })
    const more = sampleExperiment({
      exists: true,
      setsTags: true,
      tags: { team: 'other' },
      replacedRuns: [RUN, DELETED],
      replacedLoggedModels: [SAMPLE_MODEL],
      replacedTraces: [SAMPLE_TRACE],
    })
    await store.setTraceTag(SAMPLE_TRACE, 'extra', '1')
    await store.commitImport(await stageSample(store), more)
    expect(Object.keys((await store.getRun(RUN)).data.metrics)).toEqual(['loss', 'wild'])
    expect(await textOf(store, RUN, 'c.txt')).toBe('world')
    expect((await store.getLoggedModel(SAMPLE_MODEL)).metrics).toHaveLength(1)
    expect((await store.getTraceInfo(SAMPLE_TRACE)).tags['extra']).toBeUndefined()
    expect((await store.getExperiment(more.experimentId)).tags).toEqual({ team: 'other' })
    await store.close()
  })

  it('that is deleted elsewhere is deleted here, with the time', async () => {
    const store = await openEngine(memoryAdapter())
    const deleted = sampleExperiment({ lifecycleStage: 'deleted' })
    await store.commitImport(await stageSample(store), deleted)
    expect(await store.getExperiment(deleted.experimentId)).toMatchObject({
      lifecycleStage: 'deleted',
      lastUpdateTime: 600,
    })
    expect((await store.getRun(RUN)).info.lifecycleStage).toBe('deleted')
    await store.close()
  })
})

describe('files of an import', () => {
  it('are stored once where equal ones are here', async () => {
    const adapter = memoryAdapter()
    const store = await openEngine(adapter)
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    await writeFile(store, info.runId, 'x.txt', 'hello')
    await imported(store)
    expect(await adapter.list('blobs/')).toHaveLength(2)
    await store.close()
  })
})

describe('a crash', () => {
  it('at any moment leaves the whole experiment or nothing of it, and no orphan for long', async () => {
    const empty = await openEngine(memoryAdapter())
    const without = await stateHash(empty)
    await imported(empty)
    const whole = await stateHash(empty)
    await empty.close()
    let commits = 0
    for (let k = 1; ; k++) {
      const name = `import: crash ${k}`
      await (await openEngine(memoryAdapter(name), { surroundings: fixed })).close()
      const faulty = faultAdapter(memoryAdapter(name), { crashAt: k })
      await openEngine(faulty, { surroundings: fixed })
        .then((store) => imported(store).then(() => store.close()))
        .catch(() => undefined)
      if (!faulty.crashed) break
      unlockMemory(name)
      const adapter = memoryAdapter(name)
      const store = await openEngine(adapter, { surroundings: fixed })
      const found = (await store.getExperimentByName('from elsewhere')) !== null
      if (found) commits++
      const { items } = await store.searchRuns({
        experimentIds: ['123456789012345678'],
        viewType: 'ALL',
      })
      expect(items).toHaveLength(found ? 2 : 0)
      const [trace] = await store.getTraces([SAMPLE_TRACE])
      expect(trace?.spans.length).toBe(found ? 2 : undefined)
      const models = await store.searchLoggedModels({ experimentIds: ['123456789012345678'] })
      expect(models.items.map(({ metrics }) => metrics.length)).toEqual(found ? [1] : [])
      if (found) expect(await textOf(store, RUN, 'c.txt')).toBe('world')
      await store.setExperimentTag('0', 'n', '1')
      await store.checkpoint()
      expect(await adapter.list('blobs/')).toHaveLength(found ? 2 : 0)
      await store.close()
    }
    expect(commits).toBeGreaterThan(0)
    expect(whole).not.toBe(without)
  })
})

const fixed = {
  now: () => 1_700_000_000_000,
  randomBytes: (n: number) => crypto.getRandomValues(new Uint8Array(n)),
}

describe('an imported registered model', () => {
  it('is as it was elsewhere, and uses no number again', async () => {
    const store = await openEngine(memoryAdapter())
    await store.importRegisteredModel(sampleModel())
    expect(await store.getRegisteredModel('net')).toMatchObject({
      creationTimestamp: 10,
      lastUpdatedTimestamp: 40,
      description: 'a net',
      tags: { t: 'x' },
      aliases: { champion: '2' },
    })
    expect(await store.getModelVersion('net', 2)).toMatchObject({
      creationTimestamp: 20,
      lastUpdatedTimestamp: 30,
      currentStage: 'Production',
      source: 'runs:/x/model',
      tags: { v: '1' },
    })
    const next = await store.createModelVersion('net', { source: 's3://b/x' })
    expect(next.version).toBe('6')
    await store.close()
  })

  it('is refused where the name is taken, unless it takes the place', async () => {
    const store = await openEngine(memoryAdapter())
    await store.createRegisteredModel('net')
    await expect(store.importRegisteredModel(sampleModel())).rejects.toMatchObject({
      errorCode: 'RESOURCE_ALREADY_EXISTS',
    })
    await store.importRegisteredModel(sampleModel({ replaces: true }))
    expect((await store.getRegisteredModel('net')).description).toBe('a net')
    await expect(
      store.importRegisteredModel(sampleModel({ name: 'other', aliases: { a: 9 } })),
    ).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    await store.close()
  })
})

describe('what is taken', () => {
  it('is told by id and name', async () => {
    const store = await openEngine(memoryAdapter())
    await imported(store)
    await store.importRegisteredModel(sampleModel())
    expect(
      await store.findTaken({
        experimentIds: ['0', '77'],
        experimentNames: ['from elsewhere', 'nobody'],
        runIds: [RUN, 'c'.repeat(32)],
        loggedModelIds: [SAMPLE_MODEL, 'm-none'],
        traceIds: [SAMPLE_TRACE, 'tr-none'],
        assessmentIds: ['a-1', 'a-none'],
        modelNames: ['net', 'gross'],
      }),
    ).toEqual({
      experiments: { '0': 'Default' },
      experimentNames: { 'from elsewhere': '123456789012345678' },
      runs: { [RUN]: '123456789012345678' },
      loggedModels: { [SAMPLE_MODEL]: '123456789012345678' },
      traces: { [SAMPLE_TRACE]: '123456789012345678' },
      assessments: { 'a-1': SAMPLE_TRACE },
      models: ['net'],
    })
    await store.close()
  })
})

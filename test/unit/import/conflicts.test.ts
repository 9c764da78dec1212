import { describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import { openEngine } from '../../../src/store/engine.js'
import type { LocalStore } from '../../../src/store/store.js'
import { stateHash } from '../../helpers/state-hash.js'
import { take } from './fixtures.js'
import { experimentFiles, takeTexts } from './text-tree.js'

const EXPERIMENT = '191581204690235479'
const MODEL = 'm-5cec123c47db4ef69cfcedd6a8924526'
const TRACE = 'tr-8b93919c84f85d02d6b5d5438481739f'
const MADE_BY = '92d4fabc87734f7393848d565450dda2'
const USED_BY = 'b8c7f7c423a4430d8ad0b410d2b0c979'
const PARENT = '34ef3260c0d84c2eb638ee594b2211fd'

/** A store with the fixture, of which one thing of each kind was changed since. */
async function changedStore(): Promise<LocalStore> {
  const store = await openEngine(memoryAdapter())
  await take(store, 'mlruns-small')
  await store.setTag(MADE_BY, 'changed', '1')
  await store.setLoggedModelTags(MODEL, [['kind', 'changed']])
  await store.setTraceTag(TRACE, 'env', 'changed')
  await store.setExperimentTag(EXPERIMENT, 'mlflow.note.content', 'changed')
  await store.setRegisteredModelTag('iris-clf', 'owner', 'changed')
  return store
}

describe('what is here already', () => {
  it('stays as it is with `skip`', async () => {
    const store = await changedStore()
    const before = await stateHash(store)
    const report = await take(store, 'mlruns-small')
    expect(await stateHash(store)).toBe(before)
    expect(report.loggedModels).toEqual({ added: 0, skipped: 4, replaced: 0 })
    expect(report.traces).toEqual({ added: 0, skipped: 1, replaced: 0 })
    expect(report.skipped).toContainEqual({ kind: 'traces', id: TRACE })
    expect(report.skipped).toContainEqual({ kind: 'loggedModels', id: MODEL })
    await store.close()
  })

  it('is as in the source with `replace`, as if it were imported for the first time', async () => {
    const fresh = await openEngine(memoryAdapter())
    await take(fresh, 'mlruns-small')
    const store = await changedStore()
    const report = await take(store, 'mlruns-small', { onConflict: 'replace' })
    expect(report.runs).toEqual({ added: 0, skipped: 0, replaced: 24 })
    expect(report.loggedModels).toEqual({ added: 0, skipped: 0, replaced: 4 })
    expect(report.traces).toEqual({ added: 0, skipped: 0, replaced: 1 })
    expect(report.registeredModels).toEqual({ added: 0, skipped: 0, replaced: 4 })
    expect(report.experiments).toEqual({ added: 0, skipped: 0, replaced: 4 })
    expect(await stateHash(store)).toBe(await stateHash(fresh))
    await store.close()
    await fresh.close()
  })

  it('is kept beside what comes with `rename`, whose links name each other', async () => {
    const store = await changedStore()
    const { renamed, ...report } = await take(store, 'mlruns-small', { onConflict: 'rename' })
    const own = (id: string): string => renamed[id]!
    expect(report.runs).toEqual({ added: 24, skipped: 0, replaced: 0 })
    expect(report.loggedModels).toEqual({ added: 4, skipped: 0, replaced: 0 })
    expect(report.traces).toEqual({ added: 1, skipped: 0, replaced: 0 })
    expect((await store.getTraceInfo(TRACE)).tags['env']).toBe('changed')

    const model = await store.getLoggedModel(own(MODEL))
    expect(model).toMatchObject({ sourceRunId: own(MADE_BY), tags: { kind: 'toy' } })
    expect(model.metrics.map(({ runId }) => runId)).toEqual(Array(3).fill(own(MADE_BY)))
    expect((await store.getLoggedModel(MODEL)).metrics.map(({ runId }) => runId)).toEqual(
      Array(3).fill(MADE_BY),
    )
    expect((await store.getRun(own(USED_BY))).inputs.modelInputs).toEqual([{ modelId: own(MODEL) }])
    expect((await store.getRun(own(MADE_BY))).outputs.modelOutputs).toEqual([
      { modelId: own(MODEL), step: 0 },
    ])
    const children = await store.searchRuns({
      experimentIds: [own(EXPERIMENT)],
      filter: `tags.mlflow.parentRunId = '${own(PARENT)}'`,
    })
    expect(children.items).toHaveLength(4)

    const [trace] = await store.getTraces([own(TRACE)])
    expect(trace!.info.experimentId).toBe(own(EXPERIMENT))
    expect(trace!.info.assessments.map(({ name, valid }) => [name, valid])).toEqual([
      ['quality', true],
    ])
    expect(trace!.spans.map(({ traceId }) => `tr-${traceId}`)).toEqual([own(TRACE), own(TRACE)])
    for (const { attributes } of trace!.spans)
      expect(attributes['mlflow.traceRequestId']).toBe(JSON.stringify(own(TRACE)))
    expect((await store.getTraceInfo(TRACE)).assessments).toHaveLength(1)

    const version = await store.getModelVersion('iris-clf (2)', 1)
    expect(version).toMatchObject({
      source: `models:/${own(MODEL)}`,
      modelId: own(MODEL),
      runId: own(MADE_BY),
    })
    expect(await store.getModelVersionDownloadUri('iris-clf (2)', 1)).toContain(own(MODEL))
    const old = '2d6c0ba755984d338984246874aaa294'
    expect(await store.getModelVersion('renamed-model (2)', 1)).toMatchObject({
      source: `runs:/${own(old)}/folder`,
      runId: own(old),
    })
    expect((await store.getModelVersion('iris-clf', 1)).source).toBe(`models:/${MODEL}`)
    await store.close()
  })

  it.each(['skip', 'replace', 'rename'] as const)(
    'is counted the same by a dry run: %s',
    async (onConflict) => {
      const store = await changedStore()
      const before = await stateHash(store)
      const dry = await take(store, 'mlruns-small', { onConflict, dryRun: true })
      expect(await stateHash(store)).toBe(before)
      const { renamed, ...report } = await take(store, 'mlruns-small', { onConflict })
      expect({ ...dry, renamed: null }).toEqual({ ...report, renamed: null })
      expect(Object.keys(dry.renamed).sort()).toEqual(Object.keys(renamed).sort())
      await store.close()
    },
  )

  it('is added to: what was removed since comes again, with the points of models', async () => {
    const store = await openEngine(memoryAdapter())
    await take(store, 'mlruns-small')
    const before = await stateHash(store)
    await store.deleteLoggedModel(MODEL)
    await store.purgeLoggedModel(MODEL)
    await store.deleteTraces(EXPERIMENT, { traceIds: [TRACE] })
    const report = await take(store, 'mlruns-small')
    expect(report.loggedModels).toEqual({ added: 1, skipped: 3, replaced: 0 })
    expect(report.traces).toEqual({ added: 1, skipped: 0, replaced: 0 })
    expect(await stateHash(store)).toBe(before)
    await store.close()
  })

  it('with the name of an experiment here, but another id, comes into it', async () => {
    const store = await openEngine(memoryAdapter())
    const experimentId = await store.createExperiment('iris-sweep')
    await store.setExperimentTag(experimentId, 'mine', '1')
    await take(store, 'mlruns-small')
    const trace = await store.getTraceInfo(TRACE)
    const { artifactLocation } = await store.getExperiment(experimentId)
    expect(trace.experimentId).toBe(experimentId)
    expect(trace.tags['mlflow.artifactLocation']).toBe(
      `${artifactLocation}/traces/${TRACE}/artifacts`,
    )
    expect((await store.getLoggedModel(MODEL)).experimentId).toBe(experimentId)
    await store.close()
  })
})

describe('an experiment of an odd name', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'comes in: %s',
    async (name) => {
      const store = await openEngine(memoryAdapter())
      const files = experimentFiles(EXPERIMENT, name)
      expect((await takeTexts(store, files)).experiments.added).toBe(1)
      expect((await store.getExperimentByName(name))?.experimentId).toBe(EXPERIMENT)
      const again = await takeTexts(store, files, { onConflict: 'rename' })
      expect(Object.getOwnPropertyNames(again.renamed).sort()).toEqual([EXPERIMENT, name].sort())
      await store.close()
    },
  )
})

import { beforeEach, describe, expect, it } from 'vitest'
import type { DatasetInput } from '../../../../src/entities/dataset.js'
import type { CreateRun } from '../../../../src/store/tracking-store.js'
import { freshStore, makeRun, refusal } from './harness.js'
import type { Harness } from './harness.js'

let store: Harness
beforeEach(() => {
  store = freshStore()
})

const RUN_TABLES = [
  'runs',
  'params',
  'tags',
  'series',
  'series_spans',
  'inputs',
  'input_tags',
  'artifacts',
  'blobs',
]

const untyped = <T>(value: unknown): T => value as T
const at = (value: number, step: number | bigint = 0, timestamp: number | bigint = 5) => ({
  key: 'm',
  value,
  step,
  timestamp,
})

function logMetric(run: string, point: ReturnType<typeof at>, context: object = {}): void {
  store.do((catalog) => catalog.planLogMetric(run, { ...point, ...context }))
}

/** What a checkpoint does: the latest points enter the rows, the sink forgets. */
function checkpoint(): void {
  const entries = [...store.series.points.keys()].map((series) => {
    return { series, ...store.series.latest(series)! }
  })
  store.catalog.writeLatest(entries)
  store.series.points.clear()
}

describe('experiments', () => {
  it('begin with Default and are numbered from there', () => {
    expect(store.catalog.getExperiment('0')).toMatchObject({
      name: 'Default',
      artifactLocation: 'mlflow-artifacts:/0',
      lifecycleStage: 'active',
      tags: {},
    })
    expect(store.do((c) => c.planCreateExperiment('a'))).toBe('1')
    expect(refusal(() => store.catalog.planCreateExperiment('a')).errorCode).toBe(
      'RESOURCE_ALREADY_EXISTS',
    )
    expect(store.do((c) => c.planCreateExperiment('b'))).toBe('2')
  })

  it('pass over ids that are taken', () => {
    store.apply([
      {
        t: 'createExperiment',
        id: 1,
        experimentId: '2',
        name: 'imported',
        artifactLocation: 'x',
        time: 1,
        tags: [],
      },
    ])
    expect(store.do((c) => c.planCreateExperiment('a'))).toBe('3')
    expect(store.do((c) => c.planCreateExperiment('b'))).toBe('4')
  })

  it('are listed newest first, by view and page', () => {
    for (const name of ['a', 'b', 'c']) store.do((c) => c.planCreateExperiment(name))
    store.do((c) => c.planDeleteExperiment('2'))
    const names = (options: object): string[] =>
      store.catalog.searchExperiments(options).items.map(({ name }) => name)
    expect(names({})).toEqual(['c', 'a', 'Default'])
    expect(names({ viewType: 'DELETED_ONLY' })).toEqual(['b'])
    const first = store.catalog.searchExperiments({ viewType: 'ALL', maxResults: 3 })
    expect(first.items.map(({ name }) => name)).toEqual(['c', 'b', 'a'])
    const pageToken = first.nextPageToken!
    const second = store.catalog.searchExperiments({ viewType: 'ALL', maxResults: 3, pageToken })
    expect(second.items.map(({ name }) => name)).toEqual(['Default'])
    expect(second.nextPageToken).toBeNull()
  })

  it('made at the same time are listed by number', () => {
    store.now = 5
    for (let i = 0; i < 11; i++) {
      store.now = 5
      store.do((c) => c.planCreateExperiment(`e${i}`))
    }
    const ids = store.catalog.searchExperiments({ maxResults: 12 }).items.map((e) => e.experimentId)
    expect(ids.slice(-11)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'])
  })

  it('change their time when renamed, deleted or restored, not when tagged', () => {
    const id = store.do((c) => c.planCreateExperiment('a'))
    const time = (): number | null => store.catalog.getExperiment(id).lastUpdateTime
    const made = time()!
    store.do((c) => c.planSetExperimentTag(id, 'k', 'v'))
    expect(time()).toBe(made)
    store.do((c) => c.planRenameExperiment(id, 'b'))
    expect(time()).toBeGreaterThan(made)
    expect(store.catalog.getExperimentByName('a')).toBeNull()
    expect(store.catalog.getExperimentByName('b')?.tags).toEqual({ k: 'v' })
  })

  it('keep their name until they are purged, and never give their number again', () => {
    const id = store.do((c) => c.planCreateExperiment('a'))
    const run = store.do((c) => c.planCreateRun({ experimentId: id, startTime: 1 })).info.runId
    logMetric(run, at(1))
    expect(refusal(() => store.catalog.planPurgeExperiment(id)).errorCode).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    store.do((c) => c.planDeleteExperiment(id))
    expect(refusal(() => store.catalog.planCreateExperiment('a')).errorCode).toBe(
      'RESOURCE_ALREADY_EXISTS',
    )
    store.do((c) => c.planPurgeExperiment(id))
    expect(refusal(() => store.catalog.getRun(run)).errorCode).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(store.series.points.size).toBe(0)
    expect(store.do((c) => c.planCreateExperiment('a'))).toBe('2')
    expect(store.catalog.counts()).toEqual({ experiments: 2, runs: 0, series: 0 })
  })

  it('delete and restore their runs with them', () => {
    const [kept, gone] = [makeRun(store), makeRun(store)]
    store.do((c) => c.planDeleteRun(gone))
    store.do((c) => c.planDeleteExperiment('0'))
    expect(store.applied?.runs.size).toBe(1)
    expect(store.catalog.getRun(kept).info.lifecycleStage).toBe('deleted')
    store.do((c) => c.planRestoreExperiment('0'))
    expect(store.applied?.runs.size).toBe(2)
    expect(store.catalog.getRun(gone).info.lifecycleStage).toBe('active')
  })
})

describe('runs', () => {
  it('have a made-up name, and say it in a tag', () => {
    const { info, data } = store.catalog.getRun(makeRun(store))
    expect(info.runName).toMatch(/^[a-z]+-[a-z]+-\d+$/)
    expect(data.tags).toEqual({ 'mlflow.runName': info.runName })
    expect(info.artifactUri).toBe(`mlflow-artifacts:/0/${info.runId}/artifacts`)
  })

  it('keep the last of a tag that is given twice', () => {
    const tags = [
      ['k', '1'],
      ['mlflow.runName', 'n'],
      ['k', '2'],
    ] as const
    const run = store.do((c) => c.planCreateRun({ experimentId: '0', startTime: 1, tags }))
    expect(run.data.tags).toEqual({ k: '2', 'mlflow.runName': 'n' })
    expect(run.info.runName).toBe('n')
  })

  it('are listed newest start first, then by id, over experiments', async () => {
    const other = store.do((c) => c.planCreateExperiment('other'))
    const late = store.do((c) => c.planCreateRun({ experimentId: other, startTime: 9 })).info.runId
    const same = [makeRun(store, 5), makeRun(store, 5)].sort()
    const early = makeRun(store, -1)
    const ids = async (query: object): Promise<string[]> => {
      const { items } = await store.searchRuns({
        experimentIds: ['0', other, '0', '77'],
        ...query,
      })
      return items.map(({ info }) => info.runId)
    }
    expect(await ids({})).toEqual([late, ...same, early])
    store.do((c) => c.planDeleteRun(late))
    expect(await ids({})).toEqual([...same, early])
    expect(await ids({ viewType: 'DELETED_ONLY' })).toEqual([late])
    const page = await store.searchRuns({ experimentIds: ['0'], maxResults: 2 })
    expect(page.items.map(({ info }) => info.runId)).toEqual(same)
    expect(await ids({ experimentIds: ['0'], pageToken: page.nextPageToken })).toEqual([early])
    expect(await store.searchRuns({ experimentIds: [] })).toEqual({
      items: [],
      nextPageToken: null,
    })
  })

  it('that are deleted can only be read, restored and purged', () => {
    const run = makeRun(store)
    store.do((c) => c.planDeleteRun(run))
    const refused = [
      () => store.catalog.planLogMetric(run, at(1)),
      () => store.catalog.planLogParam(run, 'p', '1'),
      () => store.catalog.planSetTag(run, 't', '1'),
      () => store.catalog.planLogBatch(run, {}),
      () => store.catalog.planLogInputs(run, []),
      () => store.catalog.planUpdateRun(run, {}),
      () => store.catalog.artifacts.artifactOwner(run, 'write'),
    ]
    for (const call of refused)
      expect(refusal(call).message).toBe(
        `The run ${run} must be in the 'active' state. Current state is deleted.`,
      )
    store.do((c) => c.planDeleteRun(run))
    expect(store.history.at(-1)).toEqual([])
    store.do((c) => c.planRestoreRun(run))
    logMetric(run, at(1))
    expect(store.catalog.getRun(run).data.metrics).toEqual({ m: 1 })
  })

  it('are purged with all that is theirs, and their ids stay used', () => {
    const run = makeRun(store)
    const internal = store.catalog.placeOfRun(run).run
    const blob = { name: 'b1', size: 3, parts: 1, hash: 'h' }
    store.do((c) => c.artifacts.planPutArtifact(internal, 'a/b.txt', blob))
    logMetric(run, at(1))
    const dataset = {
      name: 'd',
      digest: '1',
      sourceType: 's',
      source: 's',
      schema: null,
      profile: null,
    }
    store.do((c) => c.planLogInputs(run, [{ dataset, tags: { k: 'v' } }]))
    store.do((c) => c.planLogParam(run, 'p', 'v'))
    expect(refusal(() => store.catalog.planPurgeRun(run)).errorCode).toBe('INVALID_PARAMETER_VALUE')
    store.do((c) => c.planDeleteRun(run))
    store.do((c) => c.planPurgeRun(run))
    expect(store.applied?.droppedBlobs).toEqual([{ id: 1, name: 'b1', parts: 1 }])
    expect(store.series.points.size).toBe(0)
    expect(store.catalog.isLiveSeries(1)).toBe(false)
    for (const table of RUN_TABLES) expect(store.db.all(`SELECT * FROM ${table}`)).toEqual([])
    expect(store.catalog.placeOfRun(makeRun(store)).run).toBe(internal + 1)
    expect(store.catalog.runIdOf(internal)).toBeUndefined()
  })

  it('take names from their tag, and keep them when it goes', () => {
    const run = makeRun(store)
    store.do((c) => c.planSetTag(run, 'mlflow.runName', 'new'))
    store.do((c) => c.planDeleteTag(run, 'mlflow.runName'))
    expect(store.catalog.getRun(run).info.runName).toBe('new')
    store.do((c) => c.planLogBatch(run, { tags: [['mlflow.runName', 'batch']] }))
    const info = store.do((c) => c.planUpdateRun(run, { status: 'FAILED', endTime: 7 }))
    expect(info).toMatchObject({ runName: 'batch', status: 'FAILED', endTime: 7 })
    expect(store.do((c) => c.planUpdateRun(run, { runName: 'x' })).endTime).toBe(7)
    expect(store.catalog.getRun(run).data.tags).toEqual({ 'mlflow.runName': 'x' })
  })

  it.each([
    [{ experimentId: 5, startTime: 1 }, "'experiment_id'"],
    [{ experimentId: '0', startTime: '1' }, "'start_time'"],
    [{ experimentId: '0' }, "'start_time'"],
    [{ experimentId: '0', startTime: 1, tags: {} }, "'tags'"],
    [{ experimentId: '0', startTime: 1, tags: [['a', null]] }, "'value'"],
    [{ experimentId: '0', startTime: 1, runName: 7 }, "'run_name'"],
    [{ experimentId: '0', startTime: 1, userId: 'a\0' }, "'user_id'"],
    [null, 'experimentId'],
  ])('are not made from %j', (run, named) => {
    const { errorCode, message } = refusal(() =>
      store.catalog.planCreateRun(untyped<CreateRun>(run)),
    )
    expect(errorCode).toBe('INVALID_PARAMETER_VALUE')
    expect(message).toContain(named)
  })

  it('keep keys that JavaScript gives a meaning', () => {
    const run = makeRun(store)
    const keys = ['__proto__', 'constructor', 'toString']
    store.do((c) => c.planLogBatch(run, { params: keys.map((key) => [key, 'v'] as const) }))
    expect(Object.entries(store.catalog.getRun(run).data.params)).toEqual(keys.map((k) => [k, 'v']))
  })
})

describe('params', () => {
  it('cannot change, whatever else is in the batch', () => {
    const run = makeRun(store)
    store.do((c) => c.planLogParam(run, 'p', "it's"))
    const before = store.dump()
    const batch = {
      params: [
        ['q', '1'],
        ['p', '2'],
      ] as const,
      metrics: [at(1)],
    }
    expect(refusal(() => store.do((c) => c.planLogBatch(run, batch))).message).toBe(
      `Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': "it's", 'new_value': '2'}]' for run ID='${run}'.`,
    )
    expect(store.dump()).toEqual(before)
  })

  it('are compared as they were cut', () => {
    const run = makeRun(store)
    store.do((c) => c.planLogParam(run, 'p', 'x'.repeat(6001)))
    store.do((c) => c.planLogParam(run, 'p', 'x'.repeat(6000)))
    expect(store.catalog.getRun(run).data.params.p).toHaveLength(6000)
  })

  it('are refused when too long, if so asked', () => {
    const strict = freshStore({ truncateLongValues: false })
    const run = makeRun(strict)
    expect(refusal(() => strict.catalog.planLogParam(run, 'p', 'x'.repeat(6001))).message).toBe(
      "'Param value' exceeds the maximum length of 6000 characters",
    )
  })
})

describe('the latest metric', () => {
  const latest = (run: string): unknown => store.catalog.getRun(run).data.latestMetrics[0]

  it.each([
    ['the greatest step', [at(1, 5), at(9, 4)], at(1, 5)],
    ['the greatest time at one step', [at(1, 5, 9), at(9, 5, 8)], at(1, 5, 9)],
    ['the greatest value at one step and time', [at(3), at(9), at(4)], at(9)],
    ['NaN before a negative value', [at(-5), at(Number.NaN)], at(Number.NaN)],
    ['a positive value before NaN', [at(5), at(Number.NaN)], at(5)],
    ['the first of NaN and 0', [at(Number.NaN), at(0)], at(Number.NaN)],
    ['infinity, exactly', [at(Number.MAX_VALUE), at(Infinity)], at(Infinity)],
    ['a step past 2^53', [at(1, 2n ** 53n + 1n), at(2, 2n ** 53n)], at(1, 2n ** 53n + 1n)],
    ['the greatest int64', [at(1, 2n ** 63n - 1n), at(2, -(2n ** 63n))], at(1, 2n ** 63n - 1n)],
    ['negative zero, exactly', [at(-0)], at(-0)],
  ])('is that of %s, before and after a checkpoint', (_, points, wanted) => {
    const [inTail, stored, split] = [makeRun(store), makeRun(store), makeRun(store)]
    for (const point of points) logMetric(stored, point)
    logMetric(split, points[0]!)
    checkpoint()
    expect(latest(stored)).toEqual(wanted)
    for (const point of points.slice(1)) logMetric(split, point)
    expect(latest(split)).toEqual(wanted)
    for (const point of points) logMetric(inTail, point)
    expect(latest(inTail)).toEqual(wanted)
  })

  it('is chosen over all models and datasets', () => {
    const run = makeRun(store)
    const { modelId } = store.do((c) => c.loggedModels.planCreate({ experimentId: '0' }))
    logMetric(run, at(1, 3), { modelId })
    logMetric(run, at(2, 4), { modelId, datasetName: 'd', datasetDigest: 'x' })
    logMetric(run, at(3, 2))
    expect(store.catalog.getRun(run).data.metrics).toEqual({ m: 2 })
    const series = store.catalog.seriesOf(run, 'm')
    expect(series).toHaveLength(3)
    expect(store.catalog.seriesName(series[1]!)).toMatchObject({
      runId: run,
      key: 'm',
      modelId,
      datasetName: 'd',
      datasetDigest: 'x',
    })
    logMetric(run, at(9, 1), { modelId })
    expect(store.catalog.seriesOf(run, 'm')).toEqual(series)
  })

  it('is absent for a series without points', () => {
    const run = makeRun(store)
    store.apply([
      { t: 'defineKey', id: 50, name: 'm' },
      {
        t: 'defineSeries',
        id: 9,
        run: 1,
        key: 50,
        modelId: '',
        datasetName: '',
        datasetDigest: '',
      },
    ])
    expect(store.catalog.getRun(run).data).toMatchObject({ metrics: {}, latestMetrics: [] })
  })
})

describe('series', () => {
  it('are one for all points of a run and key', () => {
    const [run, other] = [makeRun(store), makeRun(store)]
    for (const key of ['a', 'b', 'a', 'c', 'b', 'c'])
      for (const id of [run, other]) store.do((c) => c.planLogMetric(id, { ...at(1), key }))
    expect(store.catalog.counts().series).toBe(6)
  })

  it('are found for every run and key, however their making was mixed', () => {
    const runs = [makeRun(store), makeRun(store), makeRun(store)]
    for (const [k, name] of ['a', 'b', 'c', 'd', 'e'].entries())
      for (const run of k % 2 ? runs : [...runs].reverse())
        store.do((c) =>
          c.planLogBatch(run, {
            metrics: [
              { ...at(1), key: name },
              { ...at(1), key: `${name}2` },
            ],
          }),
        )
    const found = runs.flatMap((run) =>
      ['a', 'c2', 'e'].flatMap((key) => store.catalog.seriesOf(run, key)),
    )
    expect(new Set(found).size).toBe(9)
    expect(store.catalog.seriesName(found[4]!)).toMatchObject({ runId: runs[1], key: 'c2' })
    expect(store.catalog.seriesName(999)).toBeUndefined()
    for (const run of runs)
      expect(Object.keys(store.catalog.getRun(run).data.metrics)).toHaveLength(10)
  })

  it('of an unknown run are none, or an error where it is asked for', () => {
    expect(store.catalog.seriesOf('none', 'm')).toEqual([])
    expect(refusal(() => store.catalog.seriesOf('none', 'm', { strict: true })).message).toBe(
      'Run with id=none not found',
    )
    expect(store.catalog.seriesOf(makeRun(store), 'm', { strict: true })).toEqual([])
  })
})

describe('datasets', () => {
  const input = (change: object, tags: Record<string, string> = {}): DatasetInput => ({
    dataset: {
      name: 'd',
      digest: '1',
      sourceType: 'local',
      source: 's',
      schema: null,
      profile: null,
      ...change,
    },
    tags,
  })

  it('stay as they were first logged, with the first tags of each link', () => {
    const [a, b] = [makeRun(store), makeRun(store)]
    store.do((c) =>
      c.planLogInputs(a, [input({}, { context: 'train' }), input({ source: 'twice' })]),
    )
    store.do((c) => c.planLogInputs(a, [input({ source: 'other' }, { context: 'test' })]))
    store.do((c) =>
      c.planLogInputs(b, [input({ source: 'other' }, { context: 'test' }), input({ digest: '2' })]),
    )
    expect(store.catalog.getRun(a).inputs.datasetInputs).toEqual([input({}, { context: 'train' })])
    expect(store.catalog.getRun(b).inputs.datasetInputs).toEqual([
      input({}, { context: 'test' }),
      input({ digest: '2' }),
    ])
  })

  it('belong to their experiment', () => {
    const other = store.do((c) => c.planCreateExperiment('other'))
    const run = store.do((c) => c.planCreateRun({ experimentId: other, startTime: 1 })).info.runId
    store.do((c) => c.planLogInputs(makeRun(store), [input({})]))
    store.do((c) => c.planLogInputs(run, [input({ source: 'other' })]))
    expect(store.catalog.getRun(run).inputs.datasetInputs[0]?.dataset.source).toBe('other')
  })
})

describe('artifacts', () => {
  const blob = (name: string, hash = name) => ({ name, size: 3, parts: 1, hash })

  it('share blobs until the last of them goes', () => {
    const run = store.catalog.placeOfRun(makeRun(store)).run
    store.do((c) => c.artifacts.planPutArtifact(run, 'a/x', blob('b1')))
    const known = store.catalog.artifacts.findBlob('b1', 3)!
    store.do((c) => c.artifacts.planPutArtifact(run, 'a/y', known.id))
    store.do((c) => c.artifacts.planPutArtifact(run, 'a/y', known.id))
    expect(store.catalog.artifacts.findBlob('b1', 4)).toBeNull()
    store.do((c) => c.artifacts.planDeleteArtifacts(run, ['a/x', 'nothing']))
    expect(store.applied?.droppedBlobs).toEqual([])
    expect(store.catalog.artifacts.artifact(run, 'a/y')).toMatchObject({
      name: 'b1',
      size: 3,
      parts: 1,
    })
    store.do((c) => c.artifacts.planPutArtifact(run, 'a/y', blob('b2')))
    expect(store.applied?.droppedBlobs).toEqual([{ id: known.id, name: 'b1', parts: 1 }])
    expect(store.catalog.artifacts.blobNames()).toEqual(['b2'])
  })

  it('are listed below their directory alone', () => {
    const run = store.catalog.placeOfRun(makeRun(store)).run
    for (const path of ['a/x', 'a/b/c', 'a.txt', 'ab/x', 'a-b', 'é/ü'])
      store.do((c) => c.artifacts.planPutArtifact(run, path, blob(path)))
    const below = (dir: string): string[] =>
      store.catalog.artifacts.artifactsUnder(run, dir).map(({ path }) => path)
    expect(below('a')).toEqual(['a/b/c', 'a/x'])
    expect(below('é')).toEqual(['é/ü'])
    expect(below('')).toHaveLength(6)
    expect(below('a/x')).toEqual([])
  })

  it('are files or directories, not both', () => {
    const run = store.catalog.placeOfRun(makeRun(store)).run
    store.do((c) => c.artifacts.planPutArtifact(run, 'a/b/c', blob('b1')))
    for (const path of ['a', 'a/b', 'a/b/c/d'])
      expect(
        refusal(() => store.catalog.artifacts.planPutArtifact(run, path, blob('b2'))).errorCode,
      ).toBe('INVALID_PARAMETER_VALUE')
  })
})

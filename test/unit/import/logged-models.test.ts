import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import { openEngine } from '../../../src/store/engine.js'
import type { LocalStore } from '../../../src/store/store.js'
import { experimentFiles, modelFiles, runFiles, takeTexts } from './text-tree.js'

const RUN = 'a'.repeat(32)
const MODEL = `m-${'1'.repeat(32)}`
const OTHER = `m-${'2'.repeat(32)}`
const ONE = experimentFiles('7', 'one')

let store: LocalStore
beforeEach(async () => {
  store = await openEngine(memoryAdapter())
})
afterEach(() => store.close())

async function historyOf(key: string): Promise<(readonly [unknown, unknown, number])[]> {
  const { items } = await store.getMetricHistory(RUN, key)
  return items.map(({ timestamp, step, value }) => [timestamp, step, value])
}

async function pointsOf(modelId: string): Promise<unknown[]> {
  const { metrics } = await store.getLoggedModel(modelId)
  return metrics.map(({ key, timestamp, step, value, datasetName, datasetDigest }) => [
    key,
    timestamp,
    step,
    value,
    datasetName,
    datasetDigest,
  ])
}

describe('points of logged models', () => {
  it('go to the model whose they are, and stay in the run once', async () => {
    const report = await takeTexts(store, {
      ...ONE,
      ...runFiles('7', RUN, {
        'metrics/acc': '1 0.5 0\n2 nan 1\n3 0.7 2 my data d1\n3 0.7 2\n4 -0.0 3\n',
      }),
      ...modelFiles('7', MODEL, {
        'metrics/acc': `2 nan 1 ${RUN}\n3 0.7 2 ${RUN} my data d1\n4 -0.0 3 ${RUN}\n`,
      }),
    })
    expect(report.doubts).toEqual([])
    expect(await pointsOf(MODEL)).toEqual([
      ['acc', 2, 1, NaN, null, null],
      ['acc', 3, 2, 0.7, 'my data', 'd1'],
      ['acc', 4, 3, -0, null, null],
    ])
    expect(report.points).toBe(5)
    expect(await historyOf('acc')).toEqual([
      [1, 0, 0.5],
      [2, 1, NaN],
      [3, 2, 0.7],
      [4, 3, -0],
    ])
  })

  it('that two models have are of each, where the run has them twice', async () => {
    const report = await takeTexts(store, {
      ...ONE,
      ...runFiles('7', RUN, { 'metrics/acc': '1 0.5 0\n1 0.5 0\n' }),
      ...modelFiles('7', MODEL, { 'metrics/acc': `1 0.5 0 ${RUN}\n` }),
      ...modelFiles('7', OTHER, { 'metrics/acc': `1 0.5 0 ${RUN}\n` }),
    })
    expect([report.doubts, report.points]).toEqual([[], 2])
    for (const id of [MODEL, OTHER])
      expect(await pointsOf(id)).toEqual([['acc', 1, 0, 0.5, null, null]])
  })

  it('that the run lacks come into the run too, with a doubt', async () => {
    const { doubts } = await takeTexts(store, {
      ...ONE,
      ...runFiles('7', RUN),
      ...modelFiles('7', MODEL, {
        'metrics/a/b': `1 0.5 0 ${RUN}\n2 0.6 9007199254740993 ${RUN}\n`,
      }),
    })
    expect(doubts.map(({ path }) => path)).toEqual([`7/${RUN}/metrics/a/b`])
    expect(await historyOf('a/b')).toEqual([
      [1, 0, 0.5],
      [2, 9007199254740993n, 0.6],
    ])
    expect(await pointsOf(MODEL)).toHaveLength(2)
  })

  it('of a run that is nowhere are left out, with a doubt', async () => {
    const { doubts } = await takeTexts(store, {
      ...ONE,
      ...modelFiles('7', MODEL, { 'metrics/acc': `1 0.5 0 ${RUN}\n1 0.5 0\n` }),
    })
    expect(doubts).toHaveLength(2)
    expect(await pointsOf(MODEL)).toEqual([])
  })

  it('may be of a model in another experiment', async () => {
    const report = await takeTexts(store, {
      ...ONE,
      ...experimentFiles('8', 'two'),
      ...modelFiles('8', MODEL),
      ...runFiles('7', RUN, { 'metrics/acc': '1 0.5 0\n' }),
      [`7/models/${MODEL}/metrics/acc`]: `1 0.5 0 ${RUN}\n`,
    })
    expect(report.doubts).toEqual([])
    expect(await pointsOf(MODEL)).toEqual([['acc', 1, 0, 0.5, null, null]])
  })

  const line = fc.record({
    time: fc.nat(3),
    value: fc.constantFrom('0.5', '1.0', 'nan', 'inf', '-0.0'),
    step: fc.constantFrom('0', '1', '9007199254740993'),
    dataset: fc.constantFrom('', ' d 1', ' my data 2'),
    model: fc.constantFrom(null, MODEL, OTHER),
  })
  it('are neither lost nor doubled, whichever there are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (lines) => {
        const own = await openEngine(memoryAdapter())
        const text = (model: string | null): string =>
          lines
            .filter((point) => model === null || point.model === model)
            .map(({ time, value, step, dataset }) =>
              model === null
                ? `${time} ${value} ${step}${dataset}\n`
                : `${time} ${value} ${step} ${RUN}${dataset}\n`,
            )
            .join('')
        const report = await takeTexts(own, {
          ...ONE,
          ...runFiles('7', RUN, { 'metrics/m': text(null) }),
          ...modelFiles('7', MODEL, { 'metrics/m': text(MODEL) }),
          ...modelFiles('7', OTHER, { 'metrics/m': text(OTHER) }),
        })
        expect([report.doubts, report.points]).toEqual([[], lines.length])
        for (const id of [MODEL, OTHER]) {
          const distinct = new Set(text(id).split('\n').slice(0, -1))
          expect((await own.getLoggedModel(id)).metrics).toHaveLength(distinct.size)
        }
        await own.close()
      }),
      { numRuns: 40 },
    )
  })
})

describe('a logged model', () => {
  it.each([
    ['whose id is not its folder', modelFiles('7', 'm-x'), 'model_id: m-x', 'model_id: m-y'],
    ['of another experiment', modelFiles('7', 'm-x'), "'7'", "'8'"],
    ['of an unknown status', modelFiles('7', 'm-x'), 'status: 2', 'status: 9'],
    ['with a name that is none', modelFiles('7', 'm-x'), 'name: net', 'name: a/b'],
    ['without a time', modelFiles('7', 'm-x'), 'creation_timestamp: 5', ''],
  ])('%s is left out, with a doubt', async (_, files, from, to) => {
    const path = '7/models/m-x/meta.yaml'
    const changed = { ...files, [path]: files[path]!.replace(from, to) }
    const report = await takeTexts(store, { ...ONE, ...changed })
    expect(report.loggedModels.added).toBe(0)
    expect(report.doubts).toHaveLength(1)
    expect(report.experiments.added).toBe(1)
  })

  it('that is in two experiments is taken once', async () => {
    const report = await takeTexts(store, {
      ...ONE,
      ...experimentFiles('8', 'two'),
      ...modelFiles('7', MODEL),
      ...modelFiles('8', MODEL),
    })
    expect(report.loggedModels.added).toBe(1)
    expect(report.doubts.map(({ path }) => path)).toEqual([`8/models/${MODEL}`])
  })
})

describe('experiments of one name in a source', () => {
  it('come together, as with one that is here', async () => {
    const report = await takeTexts(store, {
      ...experimentFiles('123456789012345678', 'one'),
      ...runFiles('123456789012345678', RUN),
      ...experimentFiles('223456789012345678', 'one'),
      ...runFiles('223456789012345678', 'b'.repeat(32)),
    })
    expect(report.experiments).toEqual({ added: 1, skipped: 1, replaced: 0 })
    const { items } = await store.searchRuns({ experimentIds: ['123456789012345678'] })
    expect(items).toHaveLength(2)
  })
})

import { describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'
import { pick } from '../../../helpers/random-runs.js'
import { seededRandom } from '../../../helpers/random.js'

const SEEDS = [1, 2, 3, 4]
const EXTENDED = 'extended'

/** One step of a run: metric, param and tag in one batch, so that whoever sees one of them sees all. */
function logStep(store: LocalStore, runId: string, step: number): Promise<void> {
  return store.logBatch(runId, {
    metrics: [{ key: 'm', value: step, timestamp: step, step }],
    params: [[`p${step}`, `${step}`]],
    tags: [['t', `${step}`]],
  })
}

describe('searches that are under way while the store is written', () => {
  it.each(SEEDS)('show every run as it was at one moment (seed %i)', async (seed) => {
    const random = seededRandom(seed)
    const store = await openEngine(memoryAdapter())
    const runIds: string[] = []
    const steps = new Map<string, number>()
    const pending: Promise<unknown>[] = []
    for (let i = 0; i < 400; i++) {
      if (i % 20 === 0) {
        const { info } = await store.createRun({ experimentId: '0', startTime: i })
        runIds.push(info.runId)
        steps.set(info.runId, 0)
        await logStep(store, info.runId, 0)
      }
      const runId = pick(random, runIds)
      if (i % 3 === 0) {
        const step = steps.get(runId)! + 1
        steps.set(runId, step)
        pending.push(logStep(store, runId, step))
      } else pending.push(checkConsistent(store, pick(random, FILTERS), runIds.length))
      if (i % 5 === 0) await pick(random, pending)
    }
    await Promise.all(pending)
    await checkConsistent(store, 'count(metrics.m) > 0', runIds.length)
    await store.close()
  })

  it('show the runs that they found as the filter saw them, whenever the writes come', async () => {
    const store = await openEngine(memoryAdapter())
    const { info } = await store.createRun({ experimentId: '0', startTime: 0 })
    await logStep(store, info.runId, 0)
    let step = 0
    for (const filter of ['metrics.m = STEP', 'max(metrics.m) = STEP'])
      for (let turns = 0; turns < 40; turns++) {
        const search = (text: string): ReturnType<LocalStore['searchRuns']> =>
          store.searchRuns({ experimentIds: ['0'], filter: text, syntax: EXTENDED })
        const found = search(filter.replace('STEP', String(step)))
        for (let turn = 0; turn < turns; turn++) await Promise.resolve()
        const other = search('')
        const write = logStep(store, info.runId, step + 1)
        const third = search('')
        await Promise.all([write, other, third])
        for (const { data } of (await found).items) expect(data.metrics.m).toBe(step)
        step++
      }
    await store.close()
  })

  it('leave nothing behind that a later search would see wrong', async () => {
    const store = await openEngine(memoryAdapter())
    const { info } = await store.createRun({ experimentId: '0', startTime: 0 })
    await logStep(store, info.runId, 0)
    for (let step = 1; step < 60; step++) {
      const find = (): Promise<unknown> =>
        store.searchRuns({ experimentIds: ['0'], filter: 'max(metrics.m) >= 0', syntax: EXTENDED })
      await Promise.all([find(), logStep(store, info.runId, step), find(), find()])
      const { items } = await store.searchRuns({
        experimentIds: ['0'],
        filter: `max(metrics.m) = ${step} AND last(metrics.m) = ${step} AND count(metrics.m) = ${step + 1}`,
        syntax: EXTENDED,
      })
      expect(items.map((run) => run.info.runId)).toEqual([info.runId])
    }
    await store.close()
  })

  it('end with INVALID_STATE or an answer when the store is closed meanwhile', async () => {
    const name = 'closed-meanwhile'
    const store = await openEngine(memoryAdapter(name))
    for (let i = 0; i < 5; i++) {
      const { info } = await store.createRun({ experimentId: '0', startTime: i })
      await logStep(store, info.runId, 0)
    }
    const filters = ['', 'metrics.m >= 0', 'max(metrics.m) >= 0']
    const outcomes = filters.map((filter) =>
      store.searchRuns({ experimentIds: ['0'], filter, syntax: EXTENDED }).then(
        ({ items }) => items.length,
        (error: { errorCode?: string }) => error.errorCode,
      ),
    )
    await store.close()
    for (const outcome of await Promise.all(outcomes))
      expect([5, 'INVALID_STATE']).toContain(outcome)
  })
})

const FILTERS = [
  '',
  'metrics.m >= 0',
  "tags.t LIKE '%'",
  'max(metrics.m) >= 0',
  'count(metrics.m) > 0 AND min(metrics.m) = 0',
  'mean(metrics.m) >= 0',
]

/** Every run there is meets these filters from the moment that it has its first step. */
async function checkConsistent(store: LocalStore, filter: string, least: number): Promise<void> {
  const { items } = await store.searchRuns({ experimentIds: ['0'], filter, syntax: EXTENDED })
  expect(items.length, filter).toBeGreaterThanOrEqual(least)
  for (const { data } of items) {
    const step = data.metrics.m
    if (step === undefined) continue
    expect(data.tags.t).toBe(String(step))
    expect(Object.keys(data.params)).toHaveLength(step + 1)
  }
}

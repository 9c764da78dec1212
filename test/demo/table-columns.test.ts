import { openTracker, type Run } from 'tracklet'
import { describe, expect, it } from 'vitest'
import { firstMetric, metricsOf } from '../../demo/page/run-keys.js'
import { columnsFor, sortRuns } from '../../demo/page/table-columns.js'
import type { Column } from '../../demo/page/table-columns.js'

interface Logged {
  readonly params?: Readonly<Record<string, string>>
  readonly metrics?: Readonly<Record<string, number>>
}

describe('the columns of the table of runs', () => {
  it('are the metrics and params of these runs, the shared and the differing ones first', async () => {
    const runs = await log([
      { params: { same: '1', lr: '0.1' }, metrics: { a: 1, loss: 2 } },
      { params: { same: '1', lr: '0.2' }, metrics: { loss: 3 } },
    ])
    const [always, metrics, params] = columnsFor(runs).map(({ columns }) => titles(columns))
    expect(always).toEqual(['Run', 'Status', 'Started', 'Duration'])
    expect(metrics).toEqual(['loss', 'a'])
    expect(params).toEqual(['lr', 'same'])
  })

  it('tell how many there would be beyond a dozen', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => [`m${n}`, n] as const)
    const [, metrics] = columnsFor(await log([{ metrics: Object.fromEntries(keys) }]))
    expect(titles(metrics?.columns ?? [])).toEqual(keys.slice(0, 12).map(([key]) => key))
    expect(metrics?.left).toBe(18)
  })

  it('take keys that every object has for what they are: keys', async () => {
    const runs = await log([{ params: { constructor: 'x' } }, { metrics: { toString: 1 } }])
    const columns = columnsFor(runs).flatMap((group) => group.columns)
    const texts = (title: string): string[] =>
      runs.map((run) => columns.find((column) => column.title === title)?.text(run) ?? '?')
    expect(texts('constructor').sort()).toEqual(['', 'x'])
    expect(texts('toString').sort()).toEqual(['', '1'])
  })

  it('sort numbers as numbers, texts as texts, and what is missing or NaN last, whichever way', async () => {
    const logged = ['10', '9', undefined].map((units) => ({
      params: { kind: `k${units}`, ...(units !== undefined && { units }) },
      metrics: { loss: units === undefined ? NaN : Number(units) },
    }))
    const runs = await log(logged)
    const kinds = (title: string, ascending: boolean): (string | undefined)[] => {
      const column = columnsFor(runs)
        .flatMap((group) => group.columns)
        .find((one) => one.title === title) as Column
      return sortRuns(runs, column, ascending).map(({ data }) => data.params.kind)
    }
    for (const title of ['units', 'loss']) {
      expect(kinds(title, true)).toEqual(['k9', 'k10', 'kundefined'])
      expect(kinds(title, false)).toEqual(['k10', 'k9', 'kundefined'])
    }
    expect(kinds('kind', true)).toEqual(['k10', 'k9', 'kundefined'])
  })
})

describe('the metric that is drawn at first', () => {
  it('is the loss where many runs have it, else what most have, else none', async () => {
    const first = async (...logged: Logged[]): Promise<string | null> =>
      firstMetric(metricsOf(await log(logged)))
    expect(await first({ metrics: { acc: 1, loss: 1 } }, { metrics: { acc: 1 } })).toBe('loss')
    const acc = { metrics: { acc: 1 } }
    expect(await first({ metrics: { acc: 1, loss: 1 } }, acc, acc)).toBe('acc')
    expect(await first({ params: { lr: '1' } })).toBeNull()
  })
})

/** Runs with this, as a store gives them. */
async function log(logged: readonly Logged[]): Promise<readonly Run[]> {
  const tracker = await openTracker('memory:')
  await tracker.setExperiment('columns')
  for (const { params = {}, metrics = {} } of logged)
    await tracker.run({ params }, async (run) => run.logMetrics(metrics))
  const runs = await tracker.searchRuns().all()
  await tracker.close()
  return runs
}

function titles(columns: readonly Column[]): string[] {
  return columns.map(({ title }) => title)
}

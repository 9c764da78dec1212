import { describe, expect, it } from 'vitest'
import type { Tracker } from '../../../src/index.js'
import { errorOf } from './helpers.js'

interface Made {
  readonly name: string
  readonly startTime: number
  readonly params?: Record<string, string>
  readonly tags?: Record<string, string>
  readonly metrics?: Record<string, number>
}

const RUNS: readonly Made[] = [
  { name: 'a', startTime: 1_000, params: { lr: '0.1' }, metrics: { loss: 0.5, 'val/loss': 2 } },
  { name: 'b', startTime: 2_000, params: { lr: '0.2' }, metrics: { loss: Number.NaN } },
  {
    name: 'c',
    startTime: 3_000,
    tags: { team: 'red' },
    metrics: { loss: Number.POSITIVE_INFINITY },
  },
  { name: 'd', startTime: 4_000, tags: { team: 'Red' }, params: { lr: '' }, metrics: { loss: -1 } },
  { name: 'e', startTime: 5_000 },
]

/** Searches over runs and experiments, as a client asks for them. */
export function searchTests(tracker: () => Tracker): void {
  const make = async (experimentId: string, run: Made): Promise<string> => {
    const { client } = tracker()
    const { info } = await client.createRun(experimentId, {
      runName: run.name,
      startTime: run.startTime,
    })
    await client.logBatch(info.runId, {
      metrics: Object.entries(run.metrics ?? {}).map(([key, value]) => {
        return { key, value, timestamp: 1, step: 0 }
      }),
      params: Object.entries(run.params ?? {}),
      tags: Object.entries(run.tags ?? {}),
    })
    return info.runId
  }
  const makeAll = async (experimentId = '0'): Promise<void> => {
    for (const run of RUNS) await make(experimentId, run)
  }
  const find = async (filter: string, orderBy: readonly string[] = []): Promise<string> => {
    const runs = await tracker().searchRuns({ filter, orderBy }).all()
    return runs.map(({ info }) => info.runName).join('')
  }

  describe('runs', () => {
    it('are found by metrics, params, tags and attributes', async () => {
      await makeAll()
      expect(await find('')).toBe('edcba')
      expect(await find('metrics.loss < 1')).toBe('da')
      expect(await find('metrics.loss > 1')).toBe('c')
      expect(await find('metrics.loss != 0.5')).toBe('dcb')
      expect(await find('metrics.`val/loss` = 2')).toBe('a')
      expect(await find("params.lr != '0.1'")).toBe('db')
      expect(await find('params.lr IS NULL')).toBe('ec')
      expect(await find("tags.team = 'red'")).toBe('c')
      expect(await find("tags.team ILIKE 'R_d'")).toBe('dc')
      expect(await find("attributes.run_name LIKE '%'")).toBe('edcba')
      expect(await find('start_time >= 2000 and start_time < 4000')).toBe('cb')
      expect(await find("status = 'RUNNING' AND params.lr LIKE '0.%'")).toBe('ba')
      expect(await find('end_time != 0')).toBe('')
    })

    it('come in the order asked for: values, then NaN, then missing ones, in both directions', async () => {
      await makeAll()
      expect(await find('', ['metrics.loss ASC'])).toBe('dacbe')
      expect(await find('', ['metrics.loss DESC'])).toBe('cadbe')
      expect(await find('', ['params.lr'])).toBe('dabec')
      expect(await find('', ['params.lr DESC'])).toBe('badec')
      expect(await find('', ['tags.team DESC', 'start_time ASC'])).toBe('cdabe')
      expect(await find('', ['attributes.run_name'])).toBe('abcde')
    })

    it('are found as they are now, after each write', async () => {
      const { client } = tracker()
      const runId = await make('0', RUNS[0]!)
      expect(await find('metrics.loss = 0.5')).toBe('a')
      await client.logMetric(runId, 'loss', 0.25, { step: 1 })
      expect(await find('metrics.loss = 0.5')).toBe('')
      expect(await find('metrics.loss = 0.25')).toBe('a')
      await client.setTag(runId, 'team', 'blue')
      expect(await find("tags.team = 'blue'")).toBe('a')
      await client.deleteTag(runId, 'team')
      expect(await find("tags.team = 'blue'")).toBe('')
      await client.updateRun(runId, { name: 'z' })
      expect(await find("run_name = 'z'")).toBe('z')
      await client.setTerminated(runId, 'FAILED')
      expect(await find("status = 'FAILED' AND end_time > 0")).toBe('z')
      await client.deleteRun(runId)
      expect(await find('')).toBe('')
      await client.restoreRun(runId)
      expect(await find('')).toBe('z')
    })

    it('are found right after void log calls, which the search sends first', async () => {
      const run = await tracker().startRun({ name: 'live' })
      for (let step = 0; step < 500; step++) run.logMetric('loss', 1 / (step + 1), { step })
      run.setTag('live', 'yes')
      expect(await find("metrics.loss < 0.0021 AND tags.live = 'yes'")).toBe('live')
      await run.end()
    })

    it('are found over many experiments, in one order', async () => {
      const { experimentId } = await tracker().setExperiment('second')
      await makeAll('0')
      await make(experimentId, { name: 'x', startTime: 2_500, metrics: { loss: 0.1 } })
      const list = tracker().searchRuns({
        searchAllExperiments: true,
        filter: 'metrics.loss < 100',
        orderBy: ['metrics.loss DESC'],
        maxResults: 2,
      })
      const runs = await list.all()
      expect(runs.map(({ info }) => info.runName).join('')).toBe('axd')
      expect(runs[1]?.info.experimentId).toBe(experimentId)
    })

    it('can be found in more ways when the extended syntax is asked for', async () => {
      await makeAll()
      const findMore = async (filter: string): Promise<string> => {
        const runs = await tracker().searchRuns({ filter, syntax: 'extended' }).all()
        return runs.map(({ info }) => info.runName).join('')
      }
      const either = "metrics.loss < 0 OR (params.lr = '0.1' AND NOT tags.team IS NOT NULL)"
      expect(await findMore(either)).toBe('da')
      expect(await findMore('metrics.loss IN (0.5, -1)')).toBe('da')
      const error = await errorOf(() => tracker().searchRuns({ filter: either }).all())
      expect(error.errorCode).toBe('INVALID_PARAMETER_VALUE')
    })
  })

  describe('experiments', () => {
    it('are found by name, id, time and tags', async () => {
      const { client } = tracker()
      const one = await client.createExperiment('One', { tags: { team: 'red' } })
      await client.createExperiment('two', { tags: { team: 'Red' } })
      const names = async (options: object): Promise<string[]> => {
        const page = await client.searchExperiments(options)
        return page.experiments.map(({ name }) => name)
      }
      const orderBy = ['name ASC']
      expect(await names({ orderBy })).toEqual(['Default', 'One', 'two'])
      expect(await names({ filter: "name ILIKE 'o%'" })).toEqual(['One'])
      expect(await names({ filter: `experiment_id = '${one}'` })).toEqual(['One'])
      expect(await names({ filter: "tags.team ILIKE 'red'", orderBy })).toEqual(['One', 'two'])
      expect(await names({ filter: 'tags.team IS NULL' })).toEqual(['Default'])
      expect(await names({ filter: 'creation_time > 0', orderBy: ['name DESC'] })).toEqual([
        'two',
        'One',
        'Default',
      ])
    })
  })

  it("refuses what MLflow's grammar has not, in its words, and says where it is", async () => {
    const wrong: readonly (readonly [object, string])[] = [
      [{ filter: 'loss > 1' }, "Invalid attribute key 'loss' specified."],
      [
        { filter: 'metrics.loss > 1 OR metrics.loss < 0' },
        "Invalid clause(s) in filter string: 'OR'",
      ],
      [{ filter: "metrics.loss = '1'" }, "Expected numeric value type for metric. Found '1'"],
      [{ orderBy: ['metrics.loss SIDEWAYS'] }, 'Invalid ordering key in order_by clause'],
      [{ orderBy: ['start_time', 'created DESC'] }, '`order_by` contains duplicate fields'],
    ]
    for (const [options, message] of wrong) {
      const error = await errorOf(() => tracker().searchRuns(options).all())
      expect(error.errorCode).toBe('INVALID_PARAMETER_VALUE')
      expect(error.message).toContain(message)
    }
    const error = await errorOf(() => tracker().searchRuns({ filter: 'foo.acc > 0.5' }).all())
    expect(error).toMatchObject({ at: { text: 'filter', index: 0, start: 0 } })
  })
}

import { expect, it } from 'vitest'
import type { Tracker } from '../../../src/index.js'
import { codeOf, errorOf, thrownAtCall, untyped } from './helpers.js'

/** Lists of runs: as pages, one by one, all at once. */
export function listTests(tracker: () => Tracker): void {
  const start = async (count: number): Promise<string[]> => {
    const ids: string[] = []
    for (let i = 0; i < count; i++) ids.push((await tracker().startRun({ name: `run ${i}` })).id)
    return ids.sort()
  }

  it('reads the same runs page by page, one by one and all at once', async () => {
    const ids = await start(7)
    const list = tracker().searchRuns({ maxResults: 3 })
    const pages: number[] = []
    const paged: string[] = []
    let token: string | null = null
    do {
      const page: Awaited<ReturnType<typeof list.page>> = await list.page(token)
      pages.push(page.runs.length)
      paged.push(...page.runs.map(({ info }) => info.runId))
      token = page.nextPageToken
    } while (token !== null)
    const single: string[] = []
    for await (const run of list) single.push(run.info.runId)
    expect(pages).toEqual([3, 3, 1])
    expect([...paged].sort()).toEqual(ids)
    expect(single).toEqual(paged)
    expect((await list.all()).map(({ info }) => info.runId)).toEqual(paged)
    expect((await list.all({ limit: 4 })).map(({ info }) => info.runId)).toEqual(paged.slice(0, 4))
    expect(await list.all({ limit: 0 })).toEqual([])
  })

  it('lists the active experiment, or those named', async () => {
    await start(1)
    const { experimentId } = await tracker().setExperiment('other')
    await start(2)
    const count = async (options?: object): Promise<number> =>
      (await tracker().searchRuns(options).all()).length
    expect(await count()).toBe(2)
    expect(await count({ experimentIds: ['0'] })).toBe(1)
    expect(await count({ experimentNames: ['Default', 'other', 'none such'] })).toBe(3)
    expect(await count({ experimentIds: ['0', experimentId] })).toBe(3)
    expect(await count({ experimentIds: [] })).toBe(0)
  })

  it('shows deleted runs when asked for them', async () => {
    const [first] = await start(2)
    await tracker().client.deleteRun(first!)
    const count = async (viewType: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'): Promise<number> =>
      (await tracker().searchRuns({ viewType }).all()).length
    expect([await count('ACTIVE_ONLY'), await count('DELETED_ONLY'), await count('ALL')]).toEqual([
      1, 1, 2,
    ])
  })

  it('refuses a filter under another name rather than ignore it, and says what it is called', async () => {
    for (const list of [
      () => tracker().searchRuns(untyped({ filterString: 'metrics.a > 1' })),
      () => tracker().client.searchExperiments(untyped({ filterString: "name = 'x'" })),
    ]) {
      const error = await errorOf(list)
      expect(error.errorCode).toBe('INVALID_PARAMETER_VALUE')
      expect(error.message).toContain("called 'filter'")
    }
  })

  it('refuses what it does not understand', async () => {
    const bad: unknown[] = [
      { experimentIds: '0' },
      { experimentIds: [0] },
      { experimentNames: 'x' },
      { experimentIds: ['0'], experimentNames: ['x'] },
      { limit: 5 },
    ]
    for (const options of bad)
      expect(thrownAtCall(() => tracker().searchRuns(untyped(options)))).toBe(
        'INVALID_PARAMETER_VALUE',
      )
    for (const options of [{ maxResults: 0 }, { maxResults: 50_001 }, { viewType: 'SOME' }])
      expect(await codeOf(() => tracker().searchRuns(untyped(options)).all())).toBe(
        'INVALID_PARAMETER_VALUE',
      )
    expect(await codeOf(() => tracker().searchRuns().page('no token'))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
  })
}

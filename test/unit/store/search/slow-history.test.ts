import { expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import { openEngine } from '../../../../src/store/engine.js'
import { watchedAdapter } from './watched-adapter.js'

/** Lets everything happen that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

it('a history that is read while its run is written is not taken for the new one', async () => {
  let isSlow = false
  const waiting: (() => void)[] = []
  const wait = (key: string): Promise<void> | undefined =>
    isSlow && key.startsWith('series/')
      ? new Promise<void>((resolve) => waiting.push(resolve))
      : undefined
  const store = await openEngine(watchedAdapter(memoryAdapter(), wait))
  const { info } = await store.createRun({ experimentId: '0', startTime: 0 })
  const log = (step: number): Promise<void> =>
    store.logMetric(info.runId, { key: 'm', value: step, timestamp: step, step })
  for (let step = 0; step < 20; step++) await log(step)
  await store.checkpoint()
  const find = async (filter: string): Promise<number> => {
    const query = { experimentIds: ['0'], filter, syntax: 'extended' } as const
    return (await store.searchRuns(query)).items.length
  }
  isSlow = true
  const first = find('max(metrics.m) >= 0')
  await turns()
  expect(waiting.length).toBeGreaterThan(0)
  await log(20)
  const second = find('max(metrics.m) >= 0')
  await turns()
  isSlow = false
  while (waiting.length > 0) {
    waiting.shift()!()
    await turns()
  }
  expect(await Promise.all([first, second])).toEqual([1, 1])
  expect(await find('max(metrics.m) = 20')).toBe(1)
  await store.close()
})

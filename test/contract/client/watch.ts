import { expect, it } from 'vitest'
import type { ChangeSet, Tracker } from '../../../src/index.js'
import { codeOf, errorOf } from './helpers.js'

/** Changes as they happen. */
export function watchTests(tracker: () => Tracker): void {
  it('shows new points of the metrics asked for', async () => {
    const run = await tracker().startRun()
    const changes = tracker()
      .watch({ runIds: [run.id], metrics: ['loss'] })
      [Symbol.asyncIterator]()
    await tracker().flush()
    run.logMetrics({ loss: 0.5, other: 1 }, { step: 3, timestamp: 9 })
    const [change] = await take(changes, (sets) => sets.some(({ points }) => points.length > 0))
    expect(change?.points).toEqual([
      {
        runId: run.id,
        key: 'loss',
        steps: new Float64Array([3]),
        timestamps: new Float64Array([9]),
        values: new Float64Array([0.5]),
      },
    ])
    expect(change?.runIds).toEqual([run.id])
    await changes.return()
  })

  it('counts sets without a gap, and loses no point to a slow reader', async () => {
    const run = await tracker().startRun()
    const changes = tracker()
      .watch({ metrics: ['m'] })
      [Symbol.asyncIterator]()
    await tracker().flush()
    const sets: ChangeSet[] = []
    for (let step = 0; step < 5; step++) {
      run.logMetric('m', step, { step })
      await run.flush()
      if (step % 2 === 0) sets.push(...(await take(changes, () => true)))
    }
    const points = (): number[] => sets.flatMap((set) => set.points.flatMap((p) => [...p.values]))
    while (points().length < 5) sets.push(...(await take(changes, () => true)))
    expect(points()).toEqual([0, 1, 2, 3, 4])
    expect(sets.map(({ seq }) => seq)).toEqual(sets.map((_, i) => i + 1))
    expect(sets.some(({ resync }) => resync)).toBe(false)
    await changes.return()
  })

  it('ends when its signal is aborted, its loop is left, or the tracker is closed', async () => {
    const controller = new AbortController()
    const aborted = tracker().watch({ signal: controller.signal })[Symbol.asyncIterator]()
    const closed = tracker().watch()[Symbol.asyncIterator]()
    const waiting = [aborted.next(), closed.next()]
    controller.abort()
    expect((await waiting[0])?.done).toBe(true)
    const left = firstSeq(tracker().watch())
    await tracker().startRun()
    expect(await left).toBe(1)
    await tracker().close()
    let result = await waiting[1]
    while (result?.done === false) result = await closed.next()
    expect(result?.done).toBe(true)
  })

  it('begins nothing with a signal that was aborted, or on a closed tracker', async () => {
    const signal = AbortSignal.abort()
    const start = (): unknown => tracker().watch({ signal })[Symbol.asyncIterator]()
    expect(await codeOf(start)).toBe('CANCELLED')
    await tracker().close()
    const late = await errorOf(() => tracker().watch()[Symbol.asyncIterator]())
    expect(late.errorCode).toBe('INVALID_STATE')
  })
}

async function firstSeq(changes: AsyncIterable<ChangeSet>): Promise<number> {
  for await (const set of changes) return set.seq
  return -1
}

async function take(
  changes: AsyncIterator<ChangeSet>,
  enough: (sets: ChangeSet[]) => boolean,
): Promise<ChangeSet[]> {
  const sets: ChangeSet[] = []
  do {
    const next = await changes.next()
    if (next.done === true) throw new Error('the subscription ended')
    if (next.value.runIds.length > 0) sets.push(next.value)
  } while (sets.length === 0 || !enough(sets))
  return sets.filter(({ points }) => points.length > 0)
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Buffered, BufferedOp, PointColumns } from '../../../../src/store/tracking-store.js'
import { FakeRuns } from './fake-runs.js'
import { storeOver } from './stand-in.js'

const RUNS = ['a', 'b', 'c'].map((letter) => letter.repeat(32))

function columns(
  rows: readonly (readonly [run: number, key: string, step: number])[],
): PointColumns {
  const keys = [...new Set(rows.map(([, key]) => key))]
  return {
    runs: RUNS,
    keys,
    run: Uint32Array.from(rows, ([run]) => run),
    key: Uint32Array.from(rows, ([, key]) => keys.indexOf(key)),
    steps: Float64Array.from(rows, ([, , step]) => step),
    timestamps: new Float64Array(rows.length),
    values: Float64Array.from(rows, (_, i) => i),
  }
}

describe('void writes over a server', () => {
  const pairs = fc.array(fc.tuple(fc.stringMatching(/^[a-e]$/), fc.stringMatching(/^[xy]$/)), {
    maxLength: 4,
    minLength: 1,
  })
  const op = fc.record({ kind: fc.constantFrom('params', 'tags'), run: fc.nat(2), pairs })
  const row = fc.tuple(fc.nat(2), fc.constantFrom('m', 'n', 'bad'), fc.nat(50))
  const buffer = fc.record({ ops: fc.array(op, { maxLength: 8 }), rows: fc.array(row) })

  it('end as if each had been made alone and in order, whatever is gathered and refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(buffer, { maxLength: 4 }), async (buffers) => {
        const gathered = new FakeRuns(RUNS)
        const alone = new FakeRuns(RUNS)
        const { store } = storeOver(gathered.answer)
        const sent = buffers.map(({ ops, rows }) => store.logBuffered(toBuffered(ops, rows)))
        const refusals = (await Promise.all(sent)).flat()
        const expected = buffers.flatMap(({ ops, rows }) => [
          ...ops.flatMap(({ kind, run, pairs: own }) =>
            alone.write(RUNS[run]!, { [kind]: toPairs(own) }) === null ? [] : [0],
          ),
          ...lostRows(alone, rows),
        ])
        expect(gathered.state()).toEqual(alone.state())
        expect(refusals.map(({ points }) => points).sort()).toEqual(expected.sort())
      }),
      { numRuns: 150 },
    )
  })

  it('keep within what MLflow takes in one request, and go out in few', async () => {
    const runs = new FakeRuns(RUNS)
    const { store, seen } = storeOver(runs.answer)
    const rows = Array.from({ length: 4_500 }, (_, i) => [0, 'm', i] as const)
    const many = (count: number): [string, string][] =>
      Array.from({ length: count }, (_, i) => [`k${i}`, '𝒳'.repeat(i % 7 === 0 ? 5_000 : 1)])
    const ops: BufferedOp[] = [
      { kind: 'params', runId: RUNS[0]!, params: many(250) },
      { kind: 'tags', runId: RUNS[0]!, tags: many(210) },
    ]
    expect(await store.logBuffered({ ops, points: columns(rows) })).toEqual([])
    expect(seen.length).toBeLessThanOrEqual(10)
    const state = runs.state()[RUNS[0]!]!
    expect([Object.keys(state.params).length, Object.keys(state.tags).length]).toEqual([250, 210])
    expect(state.points.map(([, step]) => step)).toEqual(rows.map(([, , step]) => step))
  })

  it('are gathered while a request is on its way', async () => {
    const runs = new FakeRuns(RUNS)
    const { store, seen } = storeOver(runs.answer)
    const calls = Array.from({ length: 50 }, (_, i) =>
      store.logBuffered({ ops: [], points: columns([[0, 'm', i]]) }),
    )
    await Promise.all(calls)
    expect(seen.length).toBeLessThan(5)
    expect(runs.state()[RUNS[0]!]!.points).toHaveLength(50)
  })

  it('come before what is called after them, and after what was called before', async () => {
    const runs = new FakeRuns(RUNS)
    const { store, seen } = storeOver(runs.answer)
    const tag = (value: string): Buffered => ({
      ops: [{ kind: 'tags', runId: RUNS[0]!, tags: [['t', value]] }],
      points: null,
    })
    const all = [
      store.logBuffered(tag('1')),
      store.setTag(RUNS[0]!, 't', '2'),
      store.logBuffered(tag('3')),
      store.getRun(RUNS[0]!),
      store.logBuffered(tag('4')),
      store.flush(),
    ]
    await Promise.all(all)
    const verbs = seen.map(({ path }) => path.replace(/\?.*/, '').split('/').at(-1))
    expect(verbs).toEqual(['log-batch', 'set-tag', 'log-batch', 'get', 'log-batch'])
    expect(runs.state()[RUNS[0]!]!.tags).toEqual({ t: '4' })
  })

  it('are all refused, after one round of repetitions, where the server is gone', async () => {
    const broken = (): Response => {
      throw new TypeError('fetch failed')
    }
    const { store, seen } = storeOver(broken, { retries: 2 })
    const rows = Array.from({ length: 5_000 }, (_, i) => [0, i % 2 ? 'm' : 'n', i] as const)
    const ops: BufferedOp[] = [{ kind: 'tags', runId: RUNS[0]!, tags: [['t', '1']] }]
    const refusals = await store.logBuffered({ ops, points: columns(rows) })
    expect(seen).toHaveLength(3)
    expect(refusals.every(({ errorCode }) => errorCode === 'TEMPORARILY_UNAVAILABLE')).toBe(true)
    expect(refusals.reduce((sum, { points }) => sum + points, 0)).toBe(5_000)
  })
})

function toPairs(pairs: readonly (readonly [string, string])[]): object[] {
  return pairs.map(([key, value]) => ({ key, value }))
}

function toBuffered(
  ops: readonly { kind: 'params' | 'tags'; run: number; pairs: [string, string][] }[],
  rows: readonly (readonly [number, string, number])[],
): Buffered {
  return {
    ops: ops.map(({ kind, run, pairs }): BufferedOp => {
      const runId = RUNS[run]!
      return kind === 'params' ? { kind, runId, params: pairs } : { kind, runId, tags: pairs }
    }),
    points: rows.length === 0 ? null : columns(rows),
  }
}

/** Stores rows one by one; of each run and key, how many were refused. */
function lostRows(runs: FakeRuns, rows: readonly (readonly [number, string, number])[]): number[] {
  const lost = new Map<string, number>()
  rows.forEach(([run, key, step], i) => {
    const metrics = [{ key, value: i, timestamp: 0, step }]
    if (runs.write(RUNS[run]!, { metrics }) === null) return
    lost.set(`${run} ${key}`, (lost.get(`${run} ${key}`) ?? 0) + 1)
  })
  return [...lost.values()]
}

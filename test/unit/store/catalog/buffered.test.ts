import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Int64 } from '../../../../src/entities/int64.js'
import type { PointColumns, Refusal } from '../../../../src/store/tracking-store.js'
import type { BufferedOp } from '../../../../src/store/tracking-store.js'
import { freshStore, makeRun, refusal } from './harness.js'
import type { Harness } from './harness.js'

let store: Harness
let run: string
beforeEach(() => {
  store = freshStore()
  run = makeRun(store)
})

type Row = readonly [runId: string, key: string, step: Int64, time: Int64, value: number]

function columns(rows: readonly Row[], big = false): PointColumns {
  const runs = [...new Set(rows.map(([id]) => id))]
  const keys = [...new Set(rows.map(([, key]) => key))]
  const column = (values: readonly Int64[]): Float64Array | BigInt64Array =>
    big ? BigInt64Array.from(values, BigInt) : Float64Array.from(values, Number)
  return {
    runs,
    keys,
    run: Uint32Array.from(rows, ([id]) => runs.indexOf(id)),
    key: Uint32Array.from(rows, ([, key]) => keys.indexOf(key)),
    steps: column(rows.map(([, , step]) => step)),
    timestamps: column(rows.map(([, , , time]) => time)),
    values: Float64Array.from(rows, ([, , , , value]) => value),
  }
}

function log(ops: readonly BufferedOp[], points: PointColumns | null = null): readonly Refusal[] {
  return store.do((catalog) => catalog.planLogBuffered({ ops, points }))
}

const valuesOf = (key: string, runId = run): number[] =>
  store.catalog
    .seriesOf(runId, key)
    .flatMap((id) => store.series.points.get(id)?.map((p) => p.value) ?? [])

describe('buffered points', () => {
  it('go on as the very columns that came when all are good', () => {
    const points = columns([
      [run, 'a', 0, 1, 1],
      [run, 'b', 0, 1, Number.NaN],
      [run, 'a', -1, 1, Infinity],
    ])
    const { commands } = store.catalog.planLogBuffered({ ops: [], points })
    const command = commands.at(-1)
    expect(command).toMatchObject({ t: 'points', series: Uint32Array.of(1, 2, 1) })
    if (command?.t !== 'points') throw new Error('no points')
    expect(command.steps).toBe(points.steps)
    expect(command.timestamps).toBe(points.timestamps)
    expect(command.values).toBe(points.values)
  })

  it('are refused by run and key; the others are kept', () => {
    const gone = makeRun(store)
    store.do((c) => c.planDeleteRun(gone))
    const refusals = log(
      [],
      columns([
        [run, 'a', 0, 1, 1],
        ['nobody', 'a', 0, 1, 2],
        [gone, 'a', 0, 1, 3],
        [run, 'bad$', 0, 1, 4],
        [run, 'bad$', 1, 1, 5],
        [run, 'b', 0.5, 1, 6],
        [run, 'b', 0, -1, 7],
        [run, 'b', 1, 1, 8],
        [gone, 'a', 0, 1, 9],
      ]),
    )
    expect(valuesOf('a')).toEqual([1])
    expect(valuesOf('b')).toEqual([8])
    expect(refusals.map(({ runId, points, errorCode }) => [runId, points, errorCode])).toEqual([
      ['nobody', 1, 'RESOURCE_DOES_NOT_EXIST'],
      [gone, 2, 'INVALID_PARAMETER_VALUE'],
      [run, 2, 'INVALID_PARAMETER_VALUE'],
      [run, 2, 'INVALID_PARAMETER_VALUE'],
    ])
    expect(refusals[2]?.message).toContain('"bad$" for parameter \'name\'')
    expect(refusals[3]?.message).toContain("'step'")
  })

  it('may be 64 bits wide', () => {
    const rows: Row[] = [
      [run, 'a', 2n ** 62n, 1n, 1],
      [run, 'a', -(2n ** 63n), -1n, 2],
    ]
    expect(log([], columns(rows, true))).toMatchObject([{ points: 1 }])
    expect(store.catalog.getRun(run).data.latestMetrics).toEqual([
      { key: 'a', step: 2n ** 62n, timestamp: 1n, value: 1 },
    ])
  })

  it('of malformed columns are refused whole', () => {
    const good = columns([[run, 'a', 0, 1, 1]])
    for (const change of [
      { run: Uint32Array.of(1) },
      { key: Uint32Array.of(7) },
      { steps: new Float64Array(2) },
      { steps: [0] },
      { values: new Float32Array(1) },
      { runs: 'x' },
    ]) {
      const points = { ...good, ...change } as PointColumns
      expect(refusal(() => log([], points)).errorCode).toBe('INVALID_PARAMETER_VALUE')
    }
    expect(store.series.points.size).toBe(0)
    expect(log([], columns([]))).toEqual([])
  })

  it('end as the same points logged one by one', () => {
    const row = fc.tuple(
      fc.nat(3),
      fc.constantFrom('a', 'b', 'c/d', 'no@', ''),
      fc.oneof(fc.integer(), fc.constantFrom(0.5, 2 ** 60)),
      fc.integer({ min: -1, max: 3 }),
      fc.double(),
    )
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (drawn) => {
        const [one, other] = [freshStore(), freshStore()]
        const ids = [makeRun(one), makeRun(one), makeRun(one), 'unknown']
        for (let i = 0; i < 3; i++) makeRun(other)
        const rows = drawn.map(([r, ...rest]): Row => [ids[r] as string, ...rest])
        const refusals = one.do((c) => c.planLogBuffered({ ops: [], points: columns(rows) }))
        let refused = 0
        for (const [id, key, step, timestamp, value] of rows) {
          try {
            other.do((c) => c.planLogMetric(id, { key, step, timestamp, value }))
          } catch {
            refused++
          }
        }
        const points = (store: Harness, id: string, key: string): unknown =>
          store.catalog
            .seriesOf(id, key)
            .flatMap((series) => store.series.points.get(series) ?? [])
            .map(({ arrival: _, ...point }) => point)
        expect(refusals.reduce((sum, { points }) => sum + points, 0)).toBe(refused)
        for (const id of ids)
          for (const key of ['a', 'b', 'c/d'])
            expect(points(one, id, key)).toEqual(points(other, id, key))
      }),
      { numRuns: 40 },
    )
  })
})

describe('buffered params and tags', () => {
  it('stand alone, and see those before them', () => {
    const refusals = log([
      {
        kind: 'params',
        runId: run,
        params: [
          ['p', '1'],
          ['q', '1'],
        ],
      },
      {
        kind: 'params',
        runId: run,
        params: [
          ['r', '1'],
          ['p', '2'],
        ],
      },
      { kind: 'params', runId: run, params: [['p', '2']] },
      {
        kind: 'params',
        runId: run,
        params: [
          ['p', '1'],
          ['s', '1'],
        ],
      },
      {
        kind: 'tags',
        runId: run,
        tags: [
          ['t', '1'],
          ['mlflow.runName', 'named'],
        ],
      },
      { kind: 'tags', runId: run, tags: [['t', '2']] },
      { kind: 'tags', runId: run, tags: [['bad$', '2']] },
      { kind: 'tags', runId: 'nobody', tags: [['t', '2']] },
    ])
    const { data, info } = store.catalog.getRun(run)
    expect(data.params).toEqual({ p: '1', q: '1', s: '1' })
    expect(data.tags).toEqual({ t: '2', 'mlflow.runName': 'named' })
    expect(info.runName).toBe('named')
    expect(refusals.map(({ runId, points }) => [runId, points])).toEqual([
      [run, 0],
      [run, 0],
      [run, 0],
      ['nobody', 0],
    ])
    expect(refusals[0]?.message).toContain("Params were already logged='[{'key': 'p'")
    expect(refusals[1]?.message).toContain("Param with key='p' was already logged with value='1'")
  })

  it('are refused one by one when a caller without types sends nonsense', () => {
    const ops = [
      { kind: 'metrics', runId: run },
      { kind: 'tags', runId: 5, tags: [] },
      { kind: 'params', runId: run, params: 'x' },
      { kind: 'tags', runId: run, tags: [['ok', '1']] },
    ] as unknown as BufferedOp[]
    expect(log(ops)).toHaveLength(3)
    expect(store.catalog.getRun(run).data.tags.ok).toBe('1')
  })
})

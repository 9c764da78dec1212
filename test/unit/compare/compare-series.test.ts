import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareSeries } from '../../../src/compare/compare-series.js'
import type {
  SeriesBand,
  SeriesComparisonQuery,
  SeriesValue,
} from '../../../src/compare/series-comparison.js'
import { oracleBand, oracleCurve } from './oracle.js'
import type { Dot } from './oracle.js'
import { StoreReader } from './store-reader.js'
import type { ModelRun, Point } from './store-reader.js'

const KEYS = ['loss', 'acc', 'epoch']

const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -40, max: 40 }).map((n) => n / 8) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 0, -0) },
)
const point: fc.Arbitrary<Point> = fc.record({
  step: fc.integer({ min: -3, max: 25 }),
  timestamp: fc.integer({ min: 990, max: 1100 }),
  value,
})
const metrics = fc.record(
  Object.fromEntries(KEYS.map((key) => [key, fc.array(point, { maxLength: 150, size: 'max' })])),
  { requiredKeys: [] },
)
const label = fc.option(fc.constantFrom('a', 'b', ''), { nil: undefined })
const runs: fc.Arbitrary<ModelRun[]> = fc
  .array(fc.tuple(metrics, label, fc.nat(1000)), { minLength: 1, maxLength: 6 })
  .map((list) =>
    list.map(([own, group, startTime], i) => ({
      runId: `run${i}`,
      startTime,
      params: group === undefined ? {} : { lr: group },
      tags: group === undefined ? { other: 'x' } : { team: group },
      metrics: own as ModelRun['metrics'],
    })),
  )
const seriesValue: fc.Arbitrary<SeriesValue> = fc.oneof(
  fc.constantFrom(...KEYS, 'absent'),
  fc.record({ numerator: fc.constantFrom(...KEYS), denominator: fc.constantFrom(...KEYS) }),
)
const low = fc.oneof(fc.integer({ min: -6, max: 12 }), fc.constantFrom(-Infinity, 4.5, 1010, -500))
const high = fc.oneof(fc.integer({ min: 4, max: 30 }), fc.constantFrom(Infinity, 20.5, 1080, 400))
const query = fc.record(
  {
    values: fc.array(seriesValue, { minLength: 1, maxLength: 3 }),
    axis: fc.constantFrom<NonNullable<SeriesComparisonQuery['axis']>>(
      'step',
      'time',
      'relative',
      { metric: 'epoch' },
      { metric: 'absent' },
    ),
    from: low,
    to: high,
    smoothing: fc.oneof(
      fc.record({ kind: fc.constant('ema' as const), weight: fc.constantFrom(0, 0.3, 0.9) }),
      fc.record({ kind: fc.constant('window' as const), size: fc.integer({ min: 1, max: 80 }) }),
    ),
    groupBy: fc.constantFrom({ param: 'lr' }, { tag: 'team' }),
    pixels: fc.integer({ min: 2, max: 30 }),
  },
  { requiredKeys: ['values'] },
)

test('curves and bands equal those of plain objects, on every axis, smoothed, cut and thinned', async () => {
  await fc.assert(
    fc.asyncProperty(runs, query, fc.boolean(), async (all, rest, sealed) => {
      const reader = new StoreReader(all)
      if (sealed) await reader.seal()
      const asked = { ...rest, runIds: all.map(({ runId }) => runId) } as SeriesComparisonQuery
      const { series, bands } = await compareSeries(reader, asked)
      const expected = all.flatMap((run) => asked.values.map((each) => ({ run, value: each })))
      expect(series.map((each) => [each.runId, each.value])).toEqual(
        expected.map((each) => [each.run.runId, each.value]),
      )
      const curves = expected.map((each) => oracleCurve(each.run, each.value, asked))
      series.forEach(({ x, y, total }, i) => checkCurve({ x, y, total }, curves[i]!, asked.pixels))
      checkBands(bands, all, asked)
    }),
    { numRuns: 300 },
  )
})

function checkCurve(
  { x, y, total }: { x: Float64Array; y: Float64Array; total: number },
  dots: readonly Dot[],
  pixels = Infinity,
): void {
  expect(total).toBe(dots.length)
  expect(y.length).toBe(x.length)
  if (total <= 2 * pixels) {
    close(
      x,
      dots.map((dot) => dot.x),
    )
    close(
      y,
      dots.map((dot) => dot.y),
    )
    return
  }
  expect(x.length).toBeLessThanOrEqual(2 * pixels)
  expect([x[0], x.at(-1)]).toEqual([dots[0]!.x, dots.at(-1)!.x])
  expect([...x]).toEqual([...x].sort((a, b) => a - b))
  const numbers = dots.map((dot) => dot.y).filter((each) => !Number.isNaN(each))
  const kept = [...y].filter((each) => !Number.isNaN(each))
  if (numbers.length === 0) return
  close([Math.min(...kept), Math.max(...kept)], [Math.min(...numbers), Math.max(...numbers)])
  let at = 0
  for (let i = 0; i < x.length; i++) {
    while (at < dots.length && !(dots[at]!.x === x[i] && isClose(dots[at]!.y, y[i]!))) at++
    expect(at++).toBeLessThan(dots.length)
  }
}

function checkBands(
  bands: readonly SeriesBand[],
  all: readonly ModelRun[],
  asked: SeriesComparisonQuery,
): void {
  if (asked.groupBy === undefined) return expect(bands).toEqual([])
  const groupOf = (run: ModelRun): string | null => run.params.lr ?? null
  const groups = [...new Set(all.map(groupOf))]
  expect(bands.map((band) => [band.value, band.group])).toEqual(
    asked.values.flatMap((each) => groups.map((group) => [each, group])),
  )
  const xs = all.flatMap((run) =>
    asked.values.flatMap((each) => oracleCurve(run, each, asked).map(({ x }) => x)),
  )
  const { from = -Infinity, to = Infinity, pixels = Infinity } = asked
  const low = Number.isFinite(from) ? from : Math.min(...xs)
  const high = Number.isFinite(to) ? to : Math.max(...xs)
  for (const band of bands) {
    const members = all.filter((run) => groupOf(run) === band.group)
    expect(band.runIds).toEqual(members.map(({ runId }) => runId))
    const curves = members.map((run) => oracleCurve(run, band.value, asked))
    const rows = oracleBand(curves, pixels, low, high)
    for (const figure of ['x', 'mean', 'median', 'min', 'max', 'std', 'count'] as const)
      close(
        band[figure],
        rows.map((row) => row[figure]),
      )
  }
}

function close(actual: ArrayLike<number>, expected: readonly number[]): void {
  const wrong = expected.findIndex((each, i) => !isClose(each, actual[i]!))
  if (actual.length !== expected.length || wrong >= 0) expect(Array.from(actual)).toEqual(expected)
}

function isClose(a: number, b: number): boolean {
  return (
    Object.is(a + 0, b + 0) || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.min(Math.abs(a), 1e300))
  )
}

describe('what is asked of the reader', () => {
  const all = [run('a', ramp(100)), run('b', ramp(100))]

  test('few points where a metric is drawn as it stands, within whole steps', async () => {
    const reader = new StoreReader(all)
    const { series } = await compareSeries(reader, { ...ask, from: 2.5, to: 90.5, pixels: 10 })
    expect(reader.queries).toEqual([
      { keys: ['loss'], query: { fromStep: 3, toStep: 90, maxPoints: 20 } },
    ])
    for (const { x, total } of series) {
      expect([x[0], x.at(-1), total]).toEqual([3, 90, 88])
      expect(x.length).toBeLessThanOrEqual(20)
    }
  })

  test('every point where it is smoothed, grouped, joined, or on another axis', async () => {
    for (const more of [
      { smoothing: { kind: 'ema', weight: 0.5 } },
      { axis: 'time' },
      { axis: { metric: 'loss' } },
    ] as const) {
      const reader = new StoreReader(all)
      await compareSeries(reader, { ...ask, ...more, from: 5, pixels: 10 })
      expect(reader.queries).toEqual([{ keys: ['loss'], query: {} }])
    }
    for (const more of [
      { groupBy: { param: 'lr' } },
      { values: [{ numerator: 'loss', denominator: 'loss' }, 'loss'] },
    ]) {
      const reader = new StoreReader(all)
      await compareSeries(reader, { ...ask, ...more, from: 5, pixels: 10 })
      expect(reader.queries).toEqual([{ keys: ['loss'], query: { fromStep: 5 } }])
    }
  })

  test('a few long histories at a time', async () => {
    const long = Array.from({ length: 9 }, (_, i) => run(`r${i}`, ramp(300_000)))
    const reader = new StoreReader(long)
    const runIds = long.map(({ runId }) => runId)
    const { series } = await compareSeries(reader, { ...ask, runIds, axis: 'time', pixels: 50 })
    expect(reader.queries.length).toBe(2)
    expect(series.map(({ total }) => total)).toEqual(runIds.map(() => 300_000))
    expect(series.every(({ y }) => y[0] === 0 && y.at(-1) === 299_999)).toBe(true)
  })
})

test('a run named twice is drawn once, one without the metric has an empty curve', async () => {
  const reader = new StoreReader([run('a', ramp(3)), run('b', [])])
  const { series } = await compareSeries(reader, { ...ask, runIds: ['b', 'a', 'b'] })
  const none = new Float64Array(0)
  expect(series).toEqual([
    { runId: 'b', value: 'loss', x: none, y: none, total: 0 },
    {
      runId: 'a',
      value: 'loss',
      x: Float64Array.of(0, 1, 2),
      y: Float64Array.of(0, 1, 2),
      total: 3,
    },
  ])
})

test('no two columns share their memory, so that each can be transferred', async () => {
  const reader = new StoreReader([run('a', ramp(10))])
  const values = ['loss', 'loss', { numerator: 'loss', denominator: 'loss' }]
  const { series, bands } = await compareSeries(reader, {
    runIds: ['a'],
    values,
    from: 2,
    groupBy: { param: 'lr' },
  })
  const columns = [...series, ...bands].flatMap((each) =>
    Object.values(each).filter((column) => ArrayBuffer.isView(column)),
  )
  expect(columns).toHaveLength(27)
  expect(new Set(columns.map(({ buffer }) => buffer)).size).toBe(27)
  for (const { buffer, byteLength } of columns) expect(buffer.byteLength).toBe(byteLength)
})

test('a ratio is taken at the last point of each step, divided as doubles are', async () => {
  const at = (step: number, each: number): Point => ({ step, timestamp: step, value: each })
  const reader = new StoreReader([
    {
      ...run('a', []),
      metrics: {
        up: [at(1, 8), at(1, 6), at(2, 1), at(3, 0), at(4, -1), at(6, 5)],
        down: [at(1, 9), at(1, 3), at(2, 0), at(3, 0), at(4, -0), at(5, 5)],
      },
    },
  ])
  const values = [{ numerator: 'up', denominator: 'down' }]
  const { series } = await compareSeries(reader, { runIds: ['a'], values })
  expect(series[0]).toMatchObject({
    x: Float64Array.of(1, 2, 3, 4),
    y: Float64Array.of(2, Infinity, NaN, Infinity),
  })
})

test('steps past 2^53 become doubles on the axis, and the range is of that axis', async () => {
  const step = 2n ** 60n
  const points = [0n, 1n, 512n].map((more, i) => ({ step: step + more, timestamp: i, value: i }))
  const reader = new StoreReader([run('a', points)])
  const { series } = await compareSeries(reader, { ...ask, runIds: ['a'], to: 2 ** 60 })
  expect(series[0]).toMatchObject({
    x: Float64Array.of(2 ** 60, 2 ** 60),
    y: Float64Array.of(0, 1),
  })
})

test('runs without the param are a group of their own, apart from those where it is empty', async () => {
  const reader = new StoreReader([
    run('a', ramp(2), { lr: '' }),
    run('b', ramp(2)),
    run('c', ramp(2), { lr: '' }),
  ])
  const runIds = ['a', 'b', 'c']
  const { bands } = await compareSeries(reader, { ...ask, runIds, groupBy: { param: 'lr' } })
  expect(bands.map(({ group, runIds: ids }) => [group, ids])).toEqual([
    ['', ['a', 'c']],
    [null, ['b']],
  ])
  expect(bands[0]).toMatchObject({ count: Uint32Array.of(2, 2), std: Float64Array.of(0, 0) })
  const odd = await compareSeries(reader, { ...ask, runIds, groupBy: { param: 'toString' } })
  expect(odd.bands.map(({ group }) => group)).toEqual([null])
})

test('a band has at most one x a pixel, whatever the width of the axis', async () => {
  const big = Number.MAX_VALUE
  for (const xs of [
    [-big, -big / 2, 0, 1, big],
    [0, 5e-324, 1e-323, 1.5e-323, 2e-323],
  ]) {
    const metric = (list: readonly number[]): Point[] =>
      list.map((each, i) => ({ step: i, timestamp: i, value: each }))
    const one = { ...run('a', ramp(5)), metrics: { loss: metric([5, 4, 3, 2, 1]), x: metric(xs) } }
    const { bands } = await compareSeries(new StoreReader([one]), {
      runIds: ['a'],
      values: ['loss'],
      axis: { metric: 'x' },
      groupBy: { tag: 'none' },
      pixels: 2,
    })
    const [{ x, count, min, max }] = bands as [SeriesBand]
    expect([...x]).toEqual([xs[0], xs[2]])
    expect([...count]).toEqual([1, 1])
    expect([...min, ...max]).toEqual([4, 1, 5, 3])
  }
})

test('a run that is not there is an error, before any history is read', async () => {
  const reader = new StoreReader([])
  await expect(compareSeries(reader, { ...ask, pixels: 4 })).rejects.toMatchObject({
    errorCode: 'RESOURCE_DOES_NOT_EXIST',
  })
  expect(reader.queries).toEqual([])
})

test.each([
  [{ runIds: [] }, 'runIds'],
  [{ runIds: undefined }, 'runIds'],
  [{ runIds: 'a' }, 'runIds'],
  [{ runIds: [7] }, 'runIds'],
  [{ values: [] }, 'values'],
  [{ values: [''] }, 'values'],
  [{ values: [null] }, 'values'],
  [{ values: [{ numerator: 'a' }] }, 'values.denominator'],
  [{ axis: 'wall' }, 'axis'],
  [{ axis: null }, 'axis'],
  [{ axis: { metric: 3 } }, 'axis.metric'],
  [{ axis: {} }, 'axis'],
  [{ from: NaN }, 'from'],
  [{ to: '3' }, 'to'],
  [{ smoothing: 0.5 }, 'smoothing'],
  [{ smoothing: { kind: 'mean' } }, 'smoothing'],
  [{ smoothing: { kind: 'ema', weight: 1 } }, 'smoothing.weight'],
  [{ smoothing: { kind: 'ema', weight: -0.1 } }, 'smoothing.weight'],
  [{ smoothing: { kind: 'ema', weight: NaN } }, 'smoothing.weight'],
  [{ smoothing: { kind: 'ema' } }, 'smoothing.weight'],
  [{ smoothing: { kind: 'window', size: 0 } }, 'smoothing.size'],
  [{ smoothing: { kind: 'window', size: 2.5 } }, 'smoothing.size'],
  [{ smoothing: { kind: 'window', size: '3' } }, 'smoothing.size'],
  [{ groupBy: {} }, 'groupBy'],
  [{ groupBy: 'lr' }, 'groupBy'],
  [{ groupBy: { param: 'a', tag: 'b' } }, 'groupBy'],
  [{ groupBy: { param: 1 } }, 'groupBy.param'],
  [{ pixels: 1 }, 'pixels'],
  [{ pixels: 10.5 }, 'pixels'],
  [{ pixels: Infinity }, 'pixels'],
  [{ pixels: '100' }, 'pixels'],
])('%o is refused, naming the field', async (wrong, parameter) => {
  const reader = new StoreReader([run('a', ramp(3))])
  const asked = { runIds: ['a'], values: ['loss'], ...wrong } as unknown as SeriesComparisonQuery
  const made = compareSeries(reader, asked)
  await expect(made).rejects.toMatchObject({
    errorCode: 'INVALID_PARAMETER_VALUE',
    message: expect.stringContaining(`parameter '${parameter}'`) as string,
  })
})

const ask = { runIds: ['a', 'b'], values: ['loss'] }

function run(
  runId: string,
  loss: readonly Point[],
  params: Readonly<Record<string, string>> = {},
): ModelRun {
  return { runId, startTime: 0, params, tags: {}, metrics: { loss } }
}

function ramp(count: number): Point[] {
  return Array.from({ length: count }, (_, i) => ({ step: i, timestamp: i, value: i }))
}

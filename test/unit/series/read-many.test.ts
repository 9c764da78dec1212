import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MetricColumns } from '../../../src/entities/metric.js'
import { SeriesStore } from '../../../src/series/series-store.js'
import type { SeriesQuery } from '../../../src/series/read-groups.js'
import { MemoryBlobs, mergeAll, sealAll } from './blobs.js'

const pause = (): Promise<void> => Promise.resolve()

/** Some points of a series that arrive together: how many, from which step on, how far apart, in which order. */
interface Arrival {
  readonly series: number
  readonly count: number
  readonly from: number
  readonly pace: 0 | 0.25 | 1 | 3
  readonly order: 'up' | 'down' | 'one late'
  readonly wide: boolean
  readonly values: readonly number[]
  readonly then: 'seal' | 'merge' | 'wait'
}

const someValues = fc.array(
  fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(NaN, NaN, Infinity, -Infinity, -0)),
  { minLength: 1, maxLength: 40 },
)
const arrival: fc.Arbitrary<Arrival> = fc.record({
  series: fc.integer({ min: 1, max: 4 }),
  count: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 7000, max: 20_000 })),
  from: fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, fc.integer({ min: -50, max: 400 })),
  pace: fc.constantFrom(0, 0.25, 1, 3),
  order: fc.constant('up' as const),
  wide: fc.constant(false),
  values: someValues,
  then: fc.constantFrom('seal', 'seal', 'merge', 'wait'),
})
const odd = fc.constantFrom<Partial<Arrival>>(
  {},
  {},
  {},
  { order: 'down' },
  { order: 'one late' },
  { order: 'one late', then: 'wait' },
  { wide: true },
)
const arrivals = fc.array(
  fc.tuple(arrival, odd).map(([one, more]): Arrival => ({ ...one, ...more })),
  { minLength: 1, maxLength: 10 },
)
const groups = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 5 }).map((id) => [id]) },
    {
      weight: 1,
      arbitrary: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
    },
  ),
  { minLength: 1, maxLength: 5 },
)
const edge = fc.option(fc.integer({ min: -60, max: 30_000 }), { nil: undefined })
const ask = fc.record({ from: edge, to: edge, maxPoints: fc.integer({ min: 4, max: 700 }) })

test('few of many points hold the ends and extremes of all, in order, and their true count', async () => {
  await fc.assert(
    fc.asyncProperty(
      arrivals,
      fc.array(fc.tuple(groups, ask), { minLength: 1, maxLength: 6 }),
      fc.constantFrom(0, 30_000, 48 << 20),
      async (parts, asks, cacheBytes) => {
        const store = await filled(parts, { cacheBytes, thinBytes: cacheBytes / 2 })
        for (const [list, { from, to, maxPoints }] of asks) {
          const range = {
            ...(from === undefined ? {} : { fromStep: from }),
            ...(to === undefined ? {} : { toStep: to }),
          }
          const few = await store.readMany(list, { ...range, maxPoints })
          const all = await store.readMany(list, range)
          expect(all).toEqual(await Promise.all(list.map((each) => store.read(each, range))))
          expect(few).toHaveLength(list.length)
          few.forEach((columns, i) => checkFew(columns, all[i]!, maxPoints))
        }
      },
    ),
    { numRuns: 40 },
  )
})

function checkFew(few: MetricColumns, all: MetricColumns, maxPoints: number): void {
  const count = few.values.length
  expect(few.total).toBe(all.total)
  expect([few.steps.length, few.timestamps.length]).toEqual([count, count])
  if (all.total <= maxPoints) return expect(few).toEqual(all)
  expect(count).toBeLessThanOrEqual(maxPoints)
  expect(pointAt(few, 0)).toEqual(pointAt(all, 0))
  expect(pointAt(few, count - 1)).toEqual(pointAt(all, all.total - 1))
  expect(extremes(few)).toEqual(extremes(all))
  let at = 0
  for (let i = 0; i < count; i++, at++) while (at < all.total && !isSame(few, i, all, at)) at++
  expect(at).toBeLessThanOrEqual(all.total)
}

function isSame(a: MetricColumns, i: number, b: MetricColumns, j: number): boolean {
  return (
    a.steps[i] == b.steps[j] &&
    a.timestamps[i] == b.timestamps[j] &&
    Object.is(a.values[i], b.values[j])
  )
}

function pointAt({ steps, timestamps, values }: MetricColumns, i: number): unknown[] {
  return [Number(steps[i]), Number(timestamps[i]), values[i]]
}

function extremes({ values }: MetricColumns): number[] {
  const numbers = values.filter((value) => !Number.isNaN(value))
  return [
    numbers.reduce((a, b) => Math.min(a, b), Infinity),
    numbers.reduce((a, b) => Math.max(a, b), -Infinity),
  ]
}

describe('a second look at a long series', () => {
  const LENGTH = 100_000

  test('fetches and decodes nothing, though decoded chunks are not kept', async () => {
    const { store, blobs } = await long({ cacheBytes: 20_000 })
    await store.read([1], { maxPoints: 500 })
    const before = blobs.reads.length
    const again = await store.read([1], { maxPoints: 800 })
    expect(again.total).toBe(LENGTH)
    expect(blobs.reads.length).toBe(before)
  })

  test('fetches only the chunks at the edges of its range', async () => {
    const { store, blobs } = await long({ cacheBytes: 20_000 })
    await store.read([1], { maxPoints: 500 })
    const before = blobs.reads.length
    const { total } = await store.read([1], { fromStep: 10_000, toStep: 89_999, maxPoints: 500 })
    expect(total).toBe(80_000)
    const chunks = blobs.reads.slice(before)
    const bytes = chunks.reduce((sum, { start, end }) => sum + end - start, 0)
    expect(chunks.length).toBeGreaterThan(0)
    expect(bytes).toBeLessThan((3 / 12) * store.segments[0]!.bytes)
  })

  test('fetches again what no longer fits', async () => {
    const { store, blobs } = await long({ cacheBytes: 20_000, thinBytes: 60_000 })
    await store.read([1], { maxPoints: 500 })
    const before = blobs.reads.length
    const again = await store.read([1], { maxPoints: 500 })
    expect(again.total).toBe(LENGTH)
    expect(blobs.reads.length).toBeGreaterThan(before)
  })

  test('sees what has come since, and a peak in it', async () => {
    const { store } = await long({})
    await store.read([1], { maxPoints: 100 })
    store.append(run({ ...PLAIN, count: 1000, from: LENGTH, values: [0, 77, -77] }))
    const { total, steps, values } = await store.read([1], { maxPoints: 100 })
    expect(total).toBe(LENGTH + 1000)
    expect(steps.at(-1)).toBe(LENGTH + 999)
    expect([Math.min(...values), Math.max(...values)]).toEqual([-77, 77])
  })

  async function long(options: object): Promise<{ store: SeriesStore; blobs: MemoryBlobs }> {
    const blobs = new MemoryBlobs()
    const store = new SeriesStore(blobs, { pause, ...options })
    const noise = Array.from({ length: 1009 }, (_, i) => Math.sin(i * 12.9898) % 1)
    store.append(run({ ...PLAIN, count: LENGTH, values: noise }))
    await sealAll(store, blobs)
    return { store, blobs }
  }
})

test('one metric of many runs is fetched in a few pieces, not one for each run', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  for (let series = 1; series <= 300; series++)
    store.append(run({ ...PLAIN, series, count: 1000, values: [series, 0.5] }))
  await sealAll(store, blobs)
  const ids = Array.from({ length: 100 }, (_, i) => [1 + i * 3])
  const all = await store.readMany(ids)
  expect(all.map(({ total, values }) => [total, values[0]])).toEqual(ids.map(([id]) => [1000, id]))
  expect(blobs.reads.length).toBeLessThanOrEqual(2 * store.segments.length)
})

test('groups may be empty, unknown, or the same twice, each in columns of its own', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  store.append(run({ ...PLAIN, count: 600, values: [1] }))
  await sealAll(store, blobs)
  const [none, unknown, one, same] = await store.readMany([[], [99], [1], [1]])
  expect([none!.total, unknown!.total]).toEqual([0, 0])
  expect(same).toEqual(one)
  one!.values.fill(7)
  one!.steps.fill(7 as never)
  expect(same!.values[0]).toBe(1)
  expect((await store.read([1])).steps[5]).toBe(5)
  expect(await store.readMany([])).toEqual([])
})

test('a bad maxPoints is refused, whatever is asked for', async () => {
  const store = new SeriesStore(new MemoryBlobs())
  for (const maxPoints of [3, 4.5, NaN])
    await expect(store.readMany([], { maxPoints } satisfies SeriesQuery)).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
    })
})

const PLAIN: Arrival = {
  series: 1,
  count: 1,
  from: 0,
  pace: 1,
  order: 'up',
  wide: false,
  values: [0],
  then: 'wait',
}

async function filled(parts: readonly Arrival[], options: object): Promise<SeriesStore> {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause, ...options })
  const next = new Map<number, number>()
  for (const part of parts) {
    const from = part.from < 0 ? (next.get(part.series) ?? 0) : part.from
    store.append(run({ ...part, from }))
    next.set(part.series, from + Math.ceil(part.count * part.pace))
    if (part.then === 'wait') continue
    await sealAll(store, blobs)
    if (part.then === 'merge') await mergeAll(store, blobs)
  }
  return store
}

function run(part: Arrival): Parameters<SeriesStore['append']>[0] {
  const { series, count, from, pace, order, wide, values } = part
  const indexes = Array.from({ length: count }, (_, i) => (order === 'down' ? count - 1 - i : i))
  const steps = indexes.map((i) => from + Math.floor(i * pace))
  if (order === 'one late') steps[count >> 1] = from - 5
  return {
    series: new Uint32Array(count).fill(series),
    steps: wide
      ? BigInt64Array.from([...steps.slice(1), 0], (step, i) =>
          i + 1 < count ? BigInt(step) : 2n ** 60n,
        )
      : Float64Array.from(steps),
    timestamps: Float64Array.from(indexes, (i) => 1e12 + i * 3),
    values: Float64Array.from(indexes, (i) => values[i % values.length]! + Math.floor(i / 5000)),
  }
}

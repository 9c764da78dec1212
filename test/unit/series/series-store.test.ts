import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SegmentRef } from '../../../src/series/segment.js'
import { SeriesStore } from '../../../src/series/series-store.js'
import type { Frozen } from '../../../src/series/tail.js'
import { MemoryBlobs, mergeAll, sealAll } from './blobs.js'
import { modelColumns, modelLatest, modelRead, pointsCommand } from './model.js'
import type { ModelPoint } from './model.js'

const pause = (): Promise<void> => Promise.resolve()

const ALL = [1, 2, 3, 4, 5, 6, 7, 8, 9]

type Op =
  | { readonly op: 'append'; readonly points: readonly ModelPoint[] }
  | { readonly op: 'freeze' }
  | { readonly op: 'adopt' }
  | { readonly op: 'reopen' }
  | { readonly op: 'drop'; readonly series: number }
  | { readonly op: 'unfreeze'; readonly pick: number }
  | { readonly op: 'merge'; readonly pick: number }
  | { readonly op: 'read'; readonly series: readonly number[]; readonly range: readonly number[] }

const point: fc.Arbitrary<ModelPoint> = fc.record({
  series: fc.integer({ min: 1, max: 9 }),
  step: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: -3, max: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n) },
  ),
  timestamp: fc.oneof(
    { weight: 20, arbitrary: fc.nat(3) },
    { weight: 1, arbitrary: fc.constantFrom(2n ** 60n, Number.MAX_SAFE_INTEGER) },
  ),
  value: fc.oneof(fc.constantFrom(NaN, -0, Infinity, -5, 5, 0), fc.double()),
})

const bulk: fc.Arbitrary<readonly ModelPoint[]> = fc
  .record({ count: fc.integer({ min: 3000, max: 20_000 }), spread: fc.constantFrom(1, 3, 9) })
  .map(({ count, spread }) =>
    Array.from({ length: count }, (_, i) => ({
      series: 1 + (i % spread),
      step: i >> 3,
      timestamp: 1000 + i,
      value: i / 8,
    })),
  )

const someSeries = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('append' as const),
      points: fc.array(point, { minLength: 1, maxLength: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('append' as const), points: bulk }) },
  { weight: 5, arbitrary: fc.constantFrom<Op>({ op: 'freeze' }, { op: 'adopt' }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('reopen' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('drop' as const),
      series: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom('unfreeze' as const, 'merge' as const),
      pick: fc.nat(9),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('read' as const),
      series: someSeries,
      range: fc.array(fc.integer({ min: -4, max: 30 }), { maxLength: 2 }),
    }),
  },
)

test('reads equal a plain model through any appends, cuts, seals, failures, drops and merges', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { maxLength: 40, size: 'max' }), async (ops) => {
      const subject = new Subject()
      for (const each of ops) {
        await subject.run(each)
        if (each.op === 'unfreeze' || each.op === 'merge') await subject.check(ALL, [])
      }
      await subject.check(ALL, [])
    }),
    { numRuns: 25 },
  )
})

/** A store beside the plainest thing that does the same. */
class Subject {
  readonly #blobs = new MemoryBlobs()
  #store = new SeriesStore(this.#blobs, { cacheBytes: 300_000, pause })
  #frozen: Frozen[] = []
  readonly #points: ModelPoint[] = []
  readonly #dropped = new Set<number>()
  /** How many of the points each cut and the segments hold. */
  #cuts: number[] = []
  #sealed = 0

  async run(each: Op): Promise<void> {
    switch (each.op) {
      case 'append':
        return this.#append(each.points)
      case 'freeze':
        return this.#freeze()
      case 'adopt':
        return this.#adopt()
      case 'reopen':
        return this.#reopen()
      case 'drop':
        return this.#drop(each.series)
      case 'unfreeze':
        return this.#unfreeze(each.pick)
      case 'merge':
        return this.#merge(each.pick)
      case 'read':
        return this.check(each.series, each.range)
    }
  }

  async check(series: readonly number[], [fromStep, toStep]: readonly number[]): Promise<void> {
    const ids = series.filter((id) => !this.#dropped.has(id))
    const range = {
      ...(fromStep === undefined ? {} : { fromStep }),
      ...(toStep === undefined ? {} : { toStep }),
    }
    expect(await this.#store.read(ids, range)).toEqual(
      modelRead(this.#points, ids, fromStep, toStep),
    )
    const raw = ids.flatMap((id) => this.#points.filter((one) => one.series === id))
    expect(await this.#store.readRaw(ids)).toEqual({
      series: Uint32Array.from(raw, (one) => one.series),
      ...modelColumns(raw),
    })
    const unsealed = this.#points.slice(this.#sealed)
    for (const id of ids) expect(this.#store.latest(id)).toEqual(modelLatest(unsealed, id))
    expect(this.#store.tailPoints).toBe(unsealed.length)
  }

  #append(points: readonly ModelPoint[]): void {
    const live = points.filter(({ series }) => !this.#dropped.has(series))
    this.#store.append(pointsCommand(live))
    this.#points.push(...live)
  }

  #freeze(): void {
    this.#frozen.push(this.#store.freeze())
    this.#cuts.push(this.#points.length)
  }

  async #adopt(): Promise<void> {
    const frozen = this.#frozen.shift()
    if (frozen === undefined) return
    const from = this.#sealed
    this.#sealed = this.#cuts.shift()!
    const cut = this.#points.slice(from, this.#sealed)
    const latest = new Map([...frozen.latestEntries()].map(({ series, ...rest }) => [series, rest]))
    for (let id = 1; id <= 9; id++)
      expect(latest.get(id)).toEqual(this.#dropped.has(id) ? undefined : modelLatest(cut, id))
    await sealAll(this.#store, this.#blobs, frozen)
  }

  async #reopen(): Promise<void> {
    this.#freeze()
    while (this.#frozen.length > 0) await this.#adopt()
    const next = new SeriesStore(this.#blobs, { cacheBytes: 300_000, pause })
    next.load(this.#store.segments)
    this.#store = next
  }

  #drop(series: number): void {
    this.#dropped.add(series)
    this.#store.drop([series])
    expect(this.#store.latest(series)).toBeUndefined()
  }

  #unfreeze(pick: number): void {
    if (this.#frozen.length === 0) return
    const at = pick % this.#frozen.length
    this.#store.unfreeze(this.#frozen[at]!)
    this.#frozen.splice(at, 1)
    this.#cuts.splice(at, 1)
  }

  async #merge(pick: number): Promise<void> {
    const { segments } = this.#store
    const at = pick % Math.max(1, segments.length)
    const refs = this.#store.mergeCandidates() ?? segments.slice(at, at + 3)
    if (refs.length === 0) return
    const isLive = (id: number): boolean => !this.#dropped.has(id)
    const merged = await this.#blobs.store(this.#store.merge(refs, isLive, this.#blobs.nextKey))
    this.#store.replace(refs, merged)
    for (const { key } of refs) this.#blobs.held.delete(key)
  }
}

test('one cold read of a long series fetches its directory and one range of bytes', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  for (let series = 1; series <= 3; series++) store.append(ramp(series, 0, 40_000))
  await sealAll(store, blobs)
  const columns = await store.read([2])
  expect(columns.steps).toEqual(Float64Array.from({ length: 40_000 }, (_, i) => i))
  expect(blobs.reads).toHaveLength(2)
  const bytes = blobs.reads.reduce((sum, { start, end }) => sum + end - start, 0)
  expect(bytes).toBeLessThan(0.4 * store.segments[0]!.bytes)
  await store.read([2])
  expect(blobs.reads).toHaveLength(2)
})

test('a narrow range of steps fetches only the chunks that meet it', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  store.append(ramp(1, 0, 100_000))
  await sealAll(store, blobs)
  const columns = await store.read([1], { fromStep: 50_000n, toStep: 50_003 })
  expect(columns).toMatchObject({
    steps: Float64Array.of(50_000, 50_001, 50_002, 50_003),
    total: 4,
  })
  const [, chunk] = blobs.reads
  expect(blobs.reads).toHaveLength(2)
  expect(chunk!.end - chunk!.start).toBeLessThan(store.segments[0]!.bytes / 10)
})

test('bounds of a range that fall on the edges of chunks are inclusive', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  store.append(ramp(1, 0, 20_000))
  await sealAll(store, blobs)
  const { steps } = await store.read([1], { fromStep: 8191, toStep: 8192 })
  expect(steps).toEqual(Float64Array.of(8191, 8192))
  expect((await store.read([1], { fromStep: 8191, toStep: 8191 })).total).toBe(1)
  expect((await store.read([1], { fromStep: 8192, toStep: 8192 })).total).toBe(1)
})

test('short cuts of runs that follow each other are merged', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  for (let series = 1; series <= 64; series++) {
    store.append(ramp(series, 0, 10))
    await sealAll(store, blobs)
    await mergeAll(store, blobs)
  }
  expect(store.segments).toMatchObject([{ level: 3, series: 64, points: 640 }])
  for (let series = 1; series <= 64; series++) expect((await store.read([series])).total).toBe(10)
})

test('a series longer than a segment goes on in the next, through merges too', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  const noise = (i: number): number => Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1
  for (let part = 0; part < 4; part++) {
    const points = ramp(7, part * 300_000, 300_000)
    points.values.forEach((_, i) => (points.values[i] = noise(i)))
    store.append(ramp(3 + part, 0, 10))
    store.append(points)
    await sealAll(store, blobs)
  }
  expect(store.mergeCandidates()).toEqual(store.segments)
  await mergeAll(store, blobs)
  expect(store.segments.length).toBeGreaterThan(1)
  expect(store.segments.every(({ level, bytes }) => level === 1 && bytes <= 4 << 20)).toBe(true)
  expect(store.sealedPoints).toBe(1_200_040)
  const { steps, values } = await store.read([7])
  expect(steps.length).toBe(1_200_000)
  expect(steps.every((step, i) => step === i)).toBe(true)
  expect(values.every((value, i) => value === noise(i % 300_000))).toBe(true)
})

test('a merge leaves no point of a dropped series behind', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  for (let part = 0; part < 4; part++) {
    store.append(ramp(1, part * 10, 10))
    store.append(ramp(2, part * 10, 10))
    await sealAll(store, blobs)
  }
  store.drop([1])
  await mergeAll(store, blobs, (series) => series !== 1)
  expect(store.segments).toMatchObject([{ points: 40, series: 1, minSeries: 2, maxSeries: 2 }])
  expect((await store.read([1])).total).toBe(0)
})

test('100,000 series of one to five points take at most 15 bytes a point', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  const points: ModelPoint[] = []
  for (let step = 0; step < 5; step++)
    for (let series = 1; series <= 100_000; series++)
      if (series % 5 >= step)
        points.push({
          series,
          step,
          timestamp: 1.7e12 + series * 3 + step * 7e5,
          value: Math.sin(series + step),
        })
  store.append(pointsCommand(points))
  await sealAll(store, blobs)
  const bytes = store.segments.reduce((sum, ref) => sum + ref.bytes, 0)
  expect(bytes / points.length).toBeLessThan(15)
  expect(store.tailBytes).toBe(0)
  for (const id of [1, 5, 50_004, 99_999])
    expect(await store.read([id])).toEqual(
      modelRead(
        points.filter((p) => p.series === id),
        [id],
      ),
    )
})

test('every flipped bit of a segment is DATA_LOSS that names it, never a wrong point', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  store.append(ramp(1, 0, 20))
  store.append(pointsCommand([{ series: 5, step: 2n ** 60n, timestamp: 1, value: NaN }]))
  await sealAll(store, blobs)
  const [ref] = store.segments as [SegmentRef]
  const bytes = blobs.held.get(ref.key)!
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const broken = bytes.slice()
    broken[bit >> 3]! ^= 1 << (bit & 7)
    blobs.held.set(ref.key, broken)
    const fresh = new SeriesStore(blobs, { pause })
    fresh.load([ref])
    await expect(fresh.read([1, 5])).rejects.toMatchObject({
      errorCode: 'DATA_LOSS',
      message: expect.stringContaining(ref.key) as string,
    })
    await expect(blobs.store(fresh.merge([ref], () => true, blobs.nextKey))).rejects.toMatchObject({
      errorCode: 'DATA_LOSS',
    })
  }
})

test('a missing or shortened segment is DATA_LOSS', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause, cacheBytes: 0 })
  store.append(ramp(1, 0, 20))
  await sealAll(store, blobs)
  const [{ key }] = store.segments as [SegmentRef]
  blobs.held.set(key, blobs.held.get(key)!.slice(0, -1))
  await expect(store.read([1])).rejects.toMatchObject({ errorCode: 'DATA_LOSS' })
  blobs.held.delete(key)
  await expect(store.read([1])).rejects.toThrow(/"series\/000000" is missing/)
})

test('a read under way sees the same points whether a seal or a merge ends meanwhile', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  for (let part = 0; part < 4; part++) {
    store.append(ramp(1, part * 10, 10))
    await sealAll(store, blobs)
  }
  store.append(ramp(1, 40, 10))
  const frozen = store.freeze()
  const early = store.read([1])
  await sealAll(store, blobs, frozen)
  const between = store.read([1])
  await mergeAll(store, blobs)
  expect(store.segments.map(({ level }) => level)).toEqual([1, 0])
  const expected = Float64Array.from({ length: 50 }, (_, i) => i)
  for (const read of [early, between, store.read([1])]) expect((await read).steps).toEqual(expected)
})

test('a segment that a merge takes away while a read waits is looked up anew', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  for (let part = 0; part < 4; part++) {
    store.append(ramp(1, part * 10, 10))
    await sealAll(store, blobs)
  }
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  const slow = {
    get: async (key: string, range?: { start: number; end: number }) => {
      await gate
      return blobs.get(key, range)
    },
  }
  const reader = new SeriesStore(slow, { pause })
  reader.load(store.segments)
  const read = reader.read([1])
  const old = store.segments
  await mergeAll(store, blobs)
  expect(store.segments).toHaveLength(1)
  reader.replace(old, store.segments)
  open()
  expect((await read).total).toBe(40)
})

test('the cache never holds more than it may', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause, cacheBytes: 8192 * 24 + 1000 })
  store.append(ramp(1, 0, 50_000))
  await sealAll(store, blobs)
  await store.read([1])
  const before = blobs.reads.length
  await store.read([1], { fromStep: 0, toStep: 1 })
  expect(blobs.reads.length).toBeGreaterThan(before)
})

test('points of a cut that failed come before those that arrived since', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  const at = (value: number): ModelPoint => ({ series: 1, step: 1, timestamp: 1, value })
  store.append(pointsCommand([at(1)]))
  const first = store.freeze()
  store.append(pointsCommand([at(2)]))
  const second = store.freeze()
  store.append(pointsCommand([at(3)]))
  store.unfreeze(first)
  store.unfreeze(second)
  expect((await store.read([1])).values).toEqual(Float64Array.of(1, 2, 3))
  expect(store.latest(1)?.value).toBe(3)
  await sealAll(store, blobs)
  expect((await store.read([1])).values).toEqual(Float64Array.of(1, 2, 3))
})

test('cuts are adopted oldest first, and only once', async () => {
  const blobs = new MemoryBlobs()
  const store = new SeriesStore(blobs, { pause })
  store.append(ramp(1, 0, 3))
  const first = store.freeze()
  store.append(ramp(1, 3, 3))
  const second = store.freeze()
  expect(() => store.adopt(second, [])).toThrow(/oldest/)
  await sealAll(store, blobs, first)
  await sealAll(store, blobs, second)
  expect(() => store.adopt(second, [])).toThrow(/not frozen/)
  expect((await store.read([1])).steps).toEqual(Float64Array.of(0, 1, 2, 3, 4, 5))
})

test('NaN counts as 0 where step and time are equal', () => {
  const store = new SeriesStore(new MemoryBlobs())
  const at = (value: number): ModelPoint => ({ series: 1, step: 1, timestamp: 1, value })
  store.append(pointsCommand([at(-5), at(NaN)]))
  expect(store.latest(1)?.value).toBeNaN()
  store.append(pointsCommand([at(5), at(NaN)]))
  expect(store.latest(1)?.value).toBe(5)
})

test('a read of at most n points keeps the count of all', async () => {
  const store = new SeriesStore(new MemoryBlobs())
  store.append(ramp(1, 0, 5000))
  const columns = await store.read([1], { maxPoints: 100, fromStep: 1000 })
  expect(columns.total).toBe(4000)
  expect(columns.values.length).toBeLessThanOrEqual(100)
  await expect(store.read([1], { maxPoints: 3 })).rejects.toMatchObject({
    errorCode: 'INVALID_PARAMETER_VALUE',
  })
})

function ramp(series: number, from: number, count: number): ReturnType<typeof pointsCommand> {
  return {
    t: 'points',
    series: new Uint32Array(count).fill(series),
    steps: Float64Array.from({ length: count }, (_, i) => from + i),
    timestamps: Float64Array.from({ length: count }, (_, i) => 1.7e12 + (from + i) * 50),
    values: Float64Array.from({ length: count }, (_, i) => Math.fround(Math.sin(from + i))),
  }
}

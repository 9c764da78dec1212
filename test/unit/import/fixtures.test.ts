import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import { openEngine } from '../../../src/store/engine.js'
import { stateHash } from '../../helpers/state-hash.js'
import { expectedOf, FIXTURES, take, unpack, zipOf } from './fixtures.js'
import { storeAsJson } from './store-as-json.js'
import type { Content, Json } from './store-as-json.js'

type Fields = { [key: string]: Json }
type Point = { timestamp: number; step: number | bigint; value: number | string }

const KINDS = [
  'experiments',
  'runs',
  'registered_models',
  'model_versions',
  'logged_models',
  'traces',
] as const

/** Lists that have no order, or another one here: a history by (timestamp, step, value) where the file store has its own. */
function sorted(value: Json): Json {
  if (Array.isArray(value))
    return value.map(sorted).sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  )
}

function textOf(value: Json): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? `${inner}n` : inner,
  )
}

/** What is here as MLflow's client has read it there, but for the differences that are named. */
function asExpected(kind: keyof Content, record: Json): Json {
  const fields = record as Fields
  switch (kind) {
    case 'runs':
      return { ...fields, metric_history: mapValues(fields['metric_history']!, withoutDatasets) }
    case 'model_versions':
      // The REST protocol has no null for these: a text that is empty is absent there.
      return {
        ...fields,
        run_link: fields['run_link'] || null,
        model_id: fields['model_id'] || null,
      }
    case 'traces':
      return withoutSpansLocation(fields)
    default:
      return record
  }
}

/** A point of a run's history here does not tell of its dataset, as in MLflow's SQL store. */
function withoutDatasets(history: Json): Json {
  return (history as Fields[]).map(({ dataset_name: _, dataset_digest: __, ...point }) => point)
}

/** Spans are kept in the store, which a tag says; a file store keeps them in a file. */
function withoutSpansLocation(trace: Fields): Json {
  const info = trace['info'] as Fields
  const { 'mlflow.trace.spansLocation': location, ...tags } = info['tags'] as Fields
  expect(location).toBe('TRACKING_STORE')
  return { ...trace, info: { ...info, tags } }
}

/** What MLflow's client has read, but for its slips. */
function corrected(kind: keyof Content, record: Json): Json {
  const fields = record as Fields
  if (kind === 'runs')
    return { ...fields, metric_history: mapValues(fields['metric_history']!, correctedHistory) }
  if (kind === 'logged_models' && fields['name'] === 'clf') {
    // A file store tells the last point of each metric and dataset; all that were logged are here, as in the SQL store.
    const metrics = fields['metrics'] as Fields[]
    const last = metrics.find(({ key }) => key === 'acc')!
    const first = { ...last, value: 0.8, timestamp: 1_710_000_000_010, step: 1 }
    return { ...fields, metrics: [first, ...metrics] }
  }
  return record
}

function correctedHistory(history: Json): Json {
  const points = (history as Fields[]).map((point, i) => {
    // It shows step 0 for points that carry a dataset; the file says 1 and 2.
    return point['dataset_name'] === undefined ? point : { ...point, step: i + 1 }
  })
  // Points that are equal in all show once, as in the SQL store.
  const texts = points.map(textOf)
  return withoutDatasets(points.filter((point, i) => texts.indexOf(textOf(point)) === i))
}

function mapValues(record: Json, change: (value: Json) => Json): Json {
  return Object.fromEntries(
    Object.entries(record as Fields).map(([key, value]) => [key, change(value)]),
  )
}

describe.each(FIXTURES)('the file store %s', (fixture) => {
  let content: Content
  let expected: Awaited<ReturnType<typeof expectedOf>>

  beforeAll(async () => {
    const store = await openEngine(memoryAdapter())
    const report = await take(store, fixture)
    expect(report.doubts).toEqual([])
    content = await storeAsJson(store)
    expected = await expectedOf(fixture)
    await store.close()
  })

  it.each(KINDS)('comes in whole: %s', (kind) => {
    expect(sorted(content[kind].map((record) => asExpected(kind, record)))).toEqual(
      sorted(expected[kind]!.map((record) => corrected(kind, record))),
    )
  })

  it('has histories in the order of (timestamp, step, value)', () => {
    for (const run of content.runs as Fields[])
      for (const history of Object.values(run['metric_history'] as Fields)) {
        const points = history as unknown as Point[]
        const isOrdered = points.every((point, i) => i === 0 || compare(points[i - 1]!, point) <= 0)
        expect(isOrdered, textOf(history)).toBe(true)
      }
  })
})

function compare(a: Point, b: Point): number {
  const order = (x: Point): (number | bigint)[] => [x.timestamp, x.step, Number(x.value)]
  for (const [i, left] of order(a).entries()) {
    const right = order(b)[i]!
    if (left < right) return -1
    if (left > right) return 1
  }
  return 0
}

describe('an import of a fixture', () => {
  it('counts what it has taken', async () => {
    const store = await openEngine(memoryAdapter())
    const report = await take(store, 'mlruns-small')
    const { experiments, runs, loggedModels, traces, registeredModels } = report
    expect({ experiments, runs, loggedModels, traces, registeredModels }).toEqual({
      experiments: { added: 3, skipped: 1, replaced: 0 },
      runs: { added: 24, skipped: 0, replaced: 0 },
      loggedModels: { added: 4, skipped: 0, replaced: 0 },
      traces: { added: 1, skipped: 0, replaced: 0 },
      registeredModels: { added: 4, skipped: 0, replaced: 0 },
    })
    const files = await expectedOf('mlruns-small').then(({ runs: all, logged_models: models }) =>
      [...all!, ...models!].flatMap((owner) => (owner as Fields)['artifacts'] as Fields[]),
    )
    expect(report.artifacts).toBe(files.length)
    expect(report.artifactBytes).toBe(files.reduce((sum, { size }) => sum + (size as number), 0))
    await store.close()
  })

  it('keeps a deleted logged model deleted', async () => {
    const store = await openEngine(memoryAdapter())
    await take(store, 'mlruns-small')
    const id = 'm-77265569669244f6b3f660cfa30f55d9'
    expect((await store.findTaken({ loggedModelIds: [id] })).loggedModels).toEqual({
      [id]: '413747703704279062',
    })
    await expect(store.getLoggedModel(id)).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
    await store.close()
  })

  it('has each point of a logged model once, in the run and in the model', async () => {
    const store = await openEngine(memoryAdapter())
    await take(store, 'mlruns-small')
    const run = '92d4fabc87734f7393848d565450dda2'
    const { items } = await store.getMetricHistory(run, 'acc')
    expect(items.map(({ step, value }) => [step, value])).toEqual([
      [1, 0.8],
      [2, 0.85],
    ])
    await store.close()
  })

  it('leaves runs that are not ended without an owner, so that nobody ends them', async () => {
    const adapter = memoryAdapter('import: running')
    const store = await openEngine(adapter)
    await take(store, 'mlruns-small')
    await store.close()
    const again = await openEngine(memoryAdapter('import: running'))
    for (const status of ['RUNNING', 'SCHEDULED']) {
      const { items } = await again.searchRuns({
        experimentIds: ['413747703704279062'],
        filter: `attributes.status = '${status}'`,
      })
      expect(items).toHaveLength(1)
      expect(items[0]!.info.endTime).toBeNull()
    }
    await again.close()
  })

  it.each(FIXTURES)('a second time adds nothing: %s', async (fixture) => {
    const store = await openEngine(memoryAdapter())
    const first = await take(store, fixture)
    const before = await stateHash(store)
    const second = await take(store, fixture)
    expect(await stateHash(store)).toBe(before)
    for (const kind of ['runs', 'loggedModels', 'traces', 'registeredModels'] as const)
      expect(second[kind]).toEqual({ added: 0, skipped: first[kind].added, replaced: 0 })
    await store.close()
  })

  it.each(FIXTURES)(
    'that is a dry run changes nothing and counts the same: %s',
    async (fixture) => {
      const adapter = memoryAdapter()
      const store = await openEngine(adapter)
      const before = await stateHash(store)
      const dry = await take(store, fixture, { dryRun: true })
      expect(await stateHash(store)).toBe(before)
      expect([...(await adapter.list('blobs/')), ...(await adapter.list('series/'))]).toEqual([])
      expect(dry).toEqual(await take(store, fixture))
      await store.close()
    },
  )

  it.each(FIXTURES)(
    'is the same from a Blob, a stream, a path and a folder: %s',
    async (fixture) => {
      const folder = await mkdtemp(join(tmpdir(), 'tracklet-import-'))
      try {
        const zip = await zipOf(fixture)
        await unpack(fixture, join(folder, 'unpacked'))
        await writeFile(join(folder, 'a.zip'), zip)
        const inputs = [
          zip,
          new Blob([zip]),
          new Blob([zip]).stream(),
          { path: join(folder, 'a.zip') },
          { path: join(folder, 'unpacked') },
          { path: join(folder, 'unpacked', 'mlruns') },
        ]
        const hashes = new Set<string>()
        for (const input of inputs) {
          const store = await openEngine(memoryAdapter())
          expect((await take(store, input)).doubts).toEqual([])
          hashes.add(await stateHash(store))
          await store.close()
        }
        expect(hashes.size).toBe(1)
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  )

  it('that is cancelled changes nothing, wherever it is', async () => {
    let reached = 0
    for (const at of [0, 1, 5, 24, 28, 29]) {
      const adapter = memoryAdapter()
      const store = await openEngine(adapter)
      const before = await stateHash(store)
      const controller = new AbortController()
      let calls = 0
      const onProgress = (): void => {
        if (++calls === at) controller.abort()
      }
      if (at === 0) controller.abort()
      await expect(
        take(store, 'mlruns-small', { signal: controller.signal, onProgress }),
      ).rejects.toMatchObject({ errorCode: 'CANCELLED' })
      reached = calls
      expect(await stateHash(store)).toBe(before)
      expect([...(await adapter.list('blobs/')), ...(await adapter.list('series/'))]).toEqual([])
      await store.close()
    }
    expect(reached).toBe(29)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TrackletError } from '../../../../src/errors.js'
import { readCounters } from '../../../../src/store/counters.js'
import type { Command, Plan } from '../../../../src/store/commands.js'
import type { Catalog } from '../../../../src/store/catalog/catalog.js'
import { freshStore, Harness, makeRun, refusal, reopen } from './harness.js'

type Write = (catalog: Catalog) => Plan<unknown>

const key = fc.constantFrom('a', 'b', 'mlflow.runName', 'c/d', 'bad@')
const text = fc.constantFrom('', '1', '2', 'é\n🙂')
const experiment = fc.constantFrom('0', '1', '2', '9')
const nth = fc.nat(5)
const step = fc.oneof(fc.integer(), fc.constant(2n ** 60n))

/** Writes over a handful of things, many of which do not exist or are in the wrong state. */
const write: fc.Arbitrary<(runs: readonly string[]) => Write> = fc.oneof(
  fc.tuple(text).map(
    ([name]) =>
      () =>
      (c: Catalog) =>
        c.planCreateExperiment(`x${name}`),
  ),
  fc.tuple(experiment, text).map(
    ([id, name]) =>
      () =>
      (c: Catalog) =>
        c.planRenameExperiment(id, name),
  ),
  fc.tuple(experiment, key, text).map(
    ([id, k, v]) =>
      () =>
      (c: Catalog) =>
        c.planSetExperimentTag(id, k, v),
  ),
  fc.tuple(experiment, key).map(
    ([id, k]) =>
      () =>
      (c: Catalog) =>
        c.planDeleteExperimentTag(id, k),
  ),
  fc
    .tuple(
      experiment,
      fc.constantFrom('planDeleteExperiment', 'planRestoreExperiment', 'planPurgeExperiment'),
    )
    .map(
      ([id, method]) =>
        () =>
        (c: Catalog) =>
          c[method](id),
    ),
  fc.tuple(experiment, fc.array(fc.tuple(key, text), { maxLength: 3 })).map(
    ([id, tags]) =>
      () =>
      (c: Catalog) =>
        c.planCreateRun({ experimentId: id, startTime: 5, tags }),
  ),
  fc.tuple(nth, fc.constantFrom('planDeleteRun', 'planRestoreRun', 'planPurgeRun')).map(
    ([n, method]) =>
      (runs: readonly string[]) =>
      (c: Catalog) =>
        c[method](runs[n] ?? 'none'),
  ),
  fc
    .tuple(nth, fc.constantFrom('RUNNING', 'FINISHED'), text)
    .map(([n, status, runName]) => (runs: readonly string[]) => (c: Catalog) => {
      return c.planUpdateRun(runs[n] ?? 'none', { status, runName, endTime: 9 })
    }),
  fc
    .tuple(
      nth,
      fc.array(fc.record({ key, value: fc.double(), timestamp: fc.nat(3), step }), {
        maxLength: 5,
      }),
      fc.array(fc.tuple(key, text), { maxLength: 3 }),
      fc.array(fc.tuple(key, text), { maxLength: 3 }),
    )
    .map(([n, metrics, params, tags]) => (runs: readonly string[]) => (c: Catalog) => {
      return c.planLogBatch(runs[n] ?? 'none', { metrics, params, tags })
    }),
  fc
    .tuple(nth, key, fc.constantFrom('', 'd'))
    .map(([n, k, d]) => (runs: readonly string[]) => (c: Catalog) => {
      const point = { key: k, value: 1, timestamp: 1, step: 1 }
      return c.planLogMetric(runs[n] ?? 'none', {
        ...point,
        datasetName: d,
        datasetDigest: d,
      })
    }),
  fc.tuple(nth, key).map(
    ([n, k]) =>
      (runs: readonly string[]) =>
      (c: Catalog) =>
        c.planDeleteTag(runs[n] ?? 'none', k),
  ),
  fc
    .tuple(nth, text, text)
    .map(([n, name, source]) => (runs: readonly string[]) => (c: Catalog) => {
      const dataset = { name, digest: '1', sourceType: 's', source, schema: null, profile: source }
      return c.planLogInputs(runs[n] ?? 'none', [{ dataset, tags: { k: source } }])
    }),
  fc
    .tuple(nth, fc.constantFrom('a', 'a/b', 'c'), fc.constantFrom('h1', 'h2'))
    .map(([n, path, hash]) => (runs: readonly string[]) => (c: Catalog) => {
      const blob = c.artifacts.findBlob(hash, 1)?.id ?? { name: hash, size: 1, parts: 1, hash }
      return c.artifacts.planPutArtifact(c.placeOfRun(runs[n] ?? 'none').run, path, blob)
    }),
  fc.tuple(nth).map(([n]) => (runs: readonly string[]) => (c: Catalog) => {
    return c.artifacts.planDeleteArtifacts(c.placeOfRun(runs[n] ?? 'none').run, ['a', 'a/b'])
  }),
)

const model = fc.constantFrom('m1', 'm2', 'm3')
const version = fc.integer({ min: 1, max: 3 })

/** Writes of the model registry, over three names. */
const registryWrite: fc.Arbitrary<() => Write> = fc.oneof(
  model.map(
    (name) => () => (c: Catalog) => c.registry.planCreateModel(name, { tags: [['a', '1']] }),
  ),
  fc.tuple(model, fc.option(model)).map(([name, from]) => () => (c: Catalog) => {
    const source = from === null ? 's3://b/x' : `models:/${from}/latest`
    return c.registry.planCreateVersion(name, { source, tags: [['a', '1']] })
  }),
  fc.tuple(model, version, text).map(([name, v, value]) => () => (c: Catalog) => {
    return c.registry.planSetVersionTag(name, v, 'c/d', value)
  }),
  fc.tuple(model, text).map(([name, value]) => () => (c: Catalog) => {
    return c.registry.planSetModelTag(name, 'b', value)
  }),
  fc
    .tuple(model, version, fc.constantFrom('x', 'y'))
    .map(([name, v, alias]) => () => (c: Catalog) => {
      return c.registry.planSetAlias(name, alias, v)
    }),
  fc
    .tuple(model, version, fc.constantFrom('Staging', 'none'))
    .map(([name, v, stage]) => () => (c: Catalog) => {
      return c.registry.planSetStage(name, v, stage, { archiveExistingVersions: stage !== 'none' })
    }),
  fc.tuple(model, version, text).map(([name, v, value]) => () => (c: Catalog) => {
    return c.registry.planUpdateVersion(name, v, value)
  }),
  fc.tuple(model, model).map(
    ([name, to]) =>
      () =>
      (c: Catalog) =>
        c.registry.planRenameModel(name, to),
  ),
  fc.tuple(model, version).map(([name, v]) => () => (c: Catalog) => {
    return c.registry.planDeleteVersion(name, v)
  }),
  fc.tuple(model, fc.constantFrom('a', 'b', 'x')).map(([name, k]) => () => (c: Catalog) => {
    return k === 'x' ? c.registry.planDeleteAlias(name, k) : c.registry.planDeleteModelTag(name, k)
  }),
  model.map((name) => () => (c: Catalog) => c.registry.planDeleteModel(name)),
)

/** Writes about logged models, over those that there are. */
const loggedModelWrite: fc.Arbitrary<
  (runs: readonly string[], models: readonly string[]) => Write
> = fc.oneof(
  fc.tuple(experiment, key, text).map(([id, k, v]) => () => (c: Catalog) => {
    return c.loggedModels.planCreate({ experimentId: id, params: [[k, v]], tags: [[k, v]] })
  }),
  fc
    .tuple(nth, fc.constantFrom('planDelete', 'planPurge', 'finalize'))
    .map(([n, method]) => (_: readonly string[], models: readonly string[]) => (c: Catalog) => {
      const modelId = models[n] ?? 'm-none'
      if (method === 'finalize') return c.loggedModels.planFinalize(modelId, 'READY')
      return c.loggedModels[method](modelId)
    }),
  fc
    .tuple(nth, fc.constantFrom('tags', 'params', 'deleteTag'), key, text)
    .map(([n, what, k, v]) => (_: readonly string[], models: readonly string[]) => {
      const modelId = models[n] ?? 'm-none'
      return (c: Catalog) => {
        if (what === 'tags') return c.loggedModels.planSetTags(modelId, [[k, v]])
        if (what === 'params') return c.loggedModels.planLogParams(modelId, [[k, v]])
        return c.loggedModels.planDeleteTag(modelId, k)
      }
    }),
  fc
    .tuple(nth, nth, fc.constantFrom('outputs', 'inputs', 'metric', 'file', 'version'))
    .map(([n, m, what]) => (runs: readonly string[], models: readonly string[]) => {
      const [run, modelId] = [runs[n] ?? 'none', models[m] ?? 'm-none']
      return (c: Catalog): Plan<unknown> => {
        if (what === 'outputs') return c.loggedModels.planLogOutputs(run, [{ modelId, step: n }])
        if (what === 'inputs') return c.planLogInputs(run, [], [{ modelId }])
        if (what === 'version')
          return c.registry.planCreateVersion('m1', { source: `models:/${modelId}`, modelId })
        if (what === 'metric')
          return c.planLogMetric(run, { key: 'a', value: n, timestamp: n, step: n, modelId })
        const blob = c.artifacts.findBlob('h1', 1)?.id ?? {
          name: 'h1',
          size: 1,
          parts: 1,
          hash: 'h1',
        }
        return c.artifacts.planPutArtifact(c.artifacts.artifactOwner(modelId, 'write'), 'a', blob)
      }
    }),
)

const anyWrite: typeof loggedModelWrite = fc.oneof(
  { weight: 2, arbitrary: write },
  { weight: 1, arbitrary: loggedModelWrite },
  { weight: 1, arbitrary: registryWrite },
)

/** Runs the writes; a refused one must leave no trace. */
function live(
  writes: readonly ((runs: readonly string[], models: readonly string[]) => Write)[],
): Harness {
  const store = freshStore()
  for (let i = 0; i < 3; i++) makeRun(store)
  for (let i = 0; i < 2; i++)
    store.do(({ loggedModels }) => loggedModels.planCreate({ experimentId: '0' }))
  store.do(({ registry }) => registry.planCreateModel('m1'))
  store.do(({ registry }) => registry.planCreateVersion('m1', { source: 's3://b/1' }))
  for (const write of writes) {
    const runs = store.db.all('SELECT run_id FROM runs ORDER BY id').map(([id]) => String(id))
    const models = store.db
      .all('SELECT model_id FROM logged_models ORDER BY id')
      .map(([id]) => String(id))
    const before = JSON.stringify(store.dump(), bigints)
    try {
      store.do(write(runs, models))
    } catch (error) {
      if (!(error instanceof TrackletError) || error.errorCode === 'INTERNAL_ERROR') throw error
      expect(JSON.stringify(store.dump(), bigints)).toBe(before)
    }
  }
  return store
}

const bigints = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${value}n` : value
const pointsInOrder = (store: Harness): unknown =>
  [...store.series.points]
    .sort(([a], [b]) => a - b)
    .map(([id, points]) => [
      id,
      points.map(({ step, timestamp, value }) => [step, timestamp, value]),
    ])
const tables = (store: Harness): unknown => (store.dump() as { tables: unknown }).tables

describe('the commands of any history', () => {
  it('give the same state when they are applied to a new store', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 40 }), (writes) => {
        const store = live(writes)
        const copy = new Harness()
        for (const commands of store.history) copy.apply(commands)
        expect(tables(copy)).toEqual(tables(store))
        expect(pointsInOrder(copy)).toEqual(pointsInOrder(store))
        expect(copy.counters).toEqual(store.counters)
        expect(store.db.integrityCheck()).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('give the same state when an image is taken on the way', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 25 }), fc.nat(25), (writes, cut) => {
        const store = live(writes)
        const first = new Harness()
        for (const commands of store.history.slice(0, cut)) first.apply(commands)
        const second = new Harness({ db: reopen(first.db.export()) })
        Object.assign(second.counters, readCounters(second.db))
        expect(second.counters).toEqual(first.counters)
        for (const commands of store.history.slice(cut)) second.apply(commands)
        expect(tables(second)).toEqual(tables(store))
      }),
      { numRuns: 25 },
    )
  })

  it('leave no blob without a reference, and no row without its run', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 40 }), (writes) => {
        const { db, series } = live(writes)
        const wrong = (sql: string): unknown[] => db.all(sql)
        expect(
          wrong(
            'SELECT id FROM blobs b WHERE refs <> (SELECT count(*) FROM artifacts WHERE blob = b.id) OR refs = 0',
          ),
        ).toEqual([])
        for (const table of [
          'params',
          'tags',
          'series',
          'series_spans',
          'inputs',
          'input_tags',
          'run_models',
        ])
          expect(wrong(`SELECT * FROM ${table} WHERE run NOT IN (SELECT id FROM runs)`)).toEqual([])
        for (const table of ['logged_model_params', 'logged_model_tags'])
          expect(
            wrong(`SELECT * FROM ${table} WHERE model NOT IN (SELECT id FROM logged_models)`),
          ).toEqual([])
        expect(
          wrong(
            'SELECT * FROM artifacts WHERE run NOT IN (SELECT id FROM runs UNION SELECT id FROM logged_models)',
          ),
        ).toEqual([])
        expect(wrong('SELECT id FROM runs INTERSECT SELECT id FROM logged_models')).toEqual([])
        expect(
          wrong('SELECT * FROM logged_models WHERE experiment NOT IN (SELECT id FROM experiments)'),
        ).toEqual([])
        expect(
          wrong('SELECT * FROM runs WHERE experiment NOT IN (SELECT id FROM experiments)'),
        ).toEqual([])
        const spanned =
          'SELECT s.id FROM series s JOIN series_spans g ON g.run = s.run AND s.id BETWEEN g.first AND g.last'
        expect(wrong(`SELECT id FROM series WHERE id NOT IN (${spanned})`)).toEqual([])
        expect(wrong('SELECT sum(last - first + 1) FROM series_spans')).toEqual(
          wrong('SELECT nullif(count(*), 0) FROM series'),
        )
        for (const table of ['model_tags', 'aliases', 'versions', 'version_tags'])
          expect(
            wrong(`SELECT * FROM ${table} WHERE model NOT IN (SELECT id FROM models)`),
          ).toEqual([])
        for (const table of ['aliases', 'version_tags'])
          expect(
            wrong(
              `SELECT * FROM ${table} WHERE (model, version) NOT IN (SELECT model, version FROM versions)`,
            ),
          ).toEqual([])
        const reused =
          'SELECT * FROM versions v JOIN models m ON m.id = v.model WHERE v.version > m.last_version'
        expect(wrong(reused)).toEqual([])
        const twins = 'SELECT run FROM series GROUP BY run, key, context HAVING count(*) > 1'
        expect(wrong(twins)).toEqual([])
        const live_ = new Set(wrong('SELECT id FROM series').flat())
        for (const id of series.points.keys()) expect(live_.has(id)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})

describe('commands that do not fit', () => {
  const misfits: readonly Command[] = [
    { t: 'updateRun', id: 99, name: 'x' },
    { t: 'deleteExperiment', id: 99, time: 1 },
    { t: 'purgeRun', id: 99 },
    { t: 'putArtifact', run: 1, path: 'a', blob: 99 },
    { t: 'defineKey', id: 1, name: 'again' },
    { t: 'renameModel', id: 99, name: 'x', time: 1 },
    { t: 'deleteModel', id: 99 },
    { t: 'deleteVersion', model: 1, version: 99, time: 1 },
    { t: 'setStage', model: 1, version: 1, stage: 'Staging', archived: [99], time: 1 },
    {
      t: 'setParams',
      run: 1,
      params: [
        [1, 'once'],
        [1, 'twice'],
      ],
    },
    {
      t: 'points',
      series: Uint32Array.of(77),
      steps: new Float64Array(1),
      timestamps: new Float64Array(1),
      values: new Float64Array(1),
    },
    {
      t: 'points',
      series: new Uint32Array(2),
      steps: new Float64Array(1),
      timestamps: new Float64Array(1),
      values: new Float64Array(1),
    },
    { t: 'fromTheFuture' } as unknown as Command,
  ]

  it.each(misfits.map((command) => [command.t, command] as const))(
    'take those before them along: %s',
    (_, misfit) => {
      const store = freshStore()
      makeRun(store)
      const before = store.dump()
      const counters = { ...store.counters }
      const good: Command = { t: 'defineKey', id: 500, name: 'fresh' }
      const { errorCode } = refusal(() => store.apply([good, misfit]))
      expect(errorCode).toBe(
        misfit.t === ('fromTheFuture' as string) ? 'INVALID_STATE' : 'INTERNAL_ERROR',
      )
      expect(store.dump()).toEqual(before)
      expect(store.counters).toEqual(counters)
      store.apply([good])
    },
  )
})

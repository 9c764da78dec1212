import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import type { ViewType } from '../../src/entities/lifecycle.js'
import { TrackletError } from '../../src/errors.js'
import { offsetToPageToken } from '../../src/search/page-token.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'
import {
  chance,
  makeRun,
  pick,
  randomKey,
  randomText,
  several,
  sketchRun,
  type Random,
  type RunSketch,
} from '../helpers/random-runs.js'
import {
  mutate,
  randomExperimentFilter,
  randomExperimentOrder,
  randomRunFilter,
  randomRunOrder,
} from '../helpers/random-search.js'
import { seededRandom } from '../helpers/random.js'
import { bits, pinnedMlflows, runPython } from './python.js'

// The newest pinned release alone: the grammar, the errors and the place of NaN differ between releases.

const full = process.env['TRACKLET_FULL'] !== undefined
const SEED = Number(process.env['TRACKLET_SEED'] ?? 20)
const RUNS = 120
const RUN_QUERIES = full ? 3_000 : 400
const EXPERIMENT_QUERIES = full ? 800 : 120
const VIEWS: readonly ViewType[] = ['ACTIVE_ONLY', 'ACTIVE_ONLY', 'ALL', 'DELETED_ONLY']

interface Query {
  readonly experimentIds: readonly string[]
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly viewType: ViewType
  readonly maxResults: number
  readonly pageToken?: string
}

type Outcome =
  | { readonly ids: readonly string[]; readonly token: string | null }
  | { readonly code: string; readonly message: string }
  | { readonly crash: string }

describe.each(pinnedMlflows().slice(0, 1))('MLflow $version', ({ python }) => {
  const random = seededRandom(SEED)
  let folder = ''
  let store: LocalStore
  let runQueries: Query[] = []
  let experimentQueries: Query[] = []
  let theirs: { runs: Outcome[]; experiments: Outcome[] }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracklet-search-'))
    store = await openEngine(memoryAdapter(), { surroundings: coarseClock() })
    const experimentIds = await makeExperiments(store, random)
    const runs = await makeRuns(store, random, experimentIds)
    await store.deleteExperiment(experimentIds[2]!)
    const runIds = runs.map(({ runId }) => runId)
    runQueries = Array.from({ length: RUN_QUERIES }, () => runQuery(random, experimentIds, runIds))
    experimentQueries = Array.from({ length: EXPERIMENT_QUERIES }, () =>
      experimentQuery(random, experimentIds),
    )
    const experiments = await describeExperiments(store, experimentIds)
    const input = { experiments, runs, runQueries, experimentQueries }
    theirs = runPython(python, 'search_runs.py', { args: [folder], input }) as typeof theirs
  })

  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  it(`finds the same runs in the same order, or refuses with the same words (seed ${SEED})`, async () => {
    const different: unknown[] = []
    for (const [i, query] of runQueries.entries()) {
      const ours = await outcome(store.searchRuns(query), ({ info }) => info.runId)
      if (!agree(ours, theirs.runs[i]!)) different.push({ query, ours, theirs: theirs.runs[i] })
    }
    expect(report(different)).toBe('')
    // Neither side of the comparison may be all the test has seen.
    const found = theirs.runs.filter((one) => 'ids' in one && one.ids.length > 0)
    const refused = theirs.runs.filter((one) => 'code' in one)
    expect(found.length).toBeGreaterThan(RUN_QUERIES / 8)
    expect(refused.length).toBeGreaterThan(RUN_QUERIES / 8)
  })

  it(`finds the same experiments, or refuses with the same words (seed ${SEED})`, async () => {
    const different: unknown[] = []
    for (const [i, { experimentIds: _, ...query }] of experimentQueries.entries()) {
      const ours = await outcome(store.searchExperiments(query), (one) => one.experimentId)
      if (!agree(ours, theirs.experiments[i]!))
        different.push({ query, ours, theirs: theirs.experiments[i] })
    }
    expect(report(different)).toBe('')
    const found = theirs.experiments.filter((one) => 'ids' in one && one.ids.length > 0)
    expect(found.length).toBeGreaterThan(EXPERIMENT_QUERIES / 8)
  })
})

function report(different: readonly unknown[]): string {
  return different.length === 0 ? '' : JSON.stringify(different, null, 1)
}

/** A clock that stands still now and then, so that experiments share their times. */
function coarseClock(): { now: () => number; randomBytes: (n: number) => Uint8Array } {
  let calls = 0
  return {
    now: () => 1_700_000_000_000 + Math.floor(calls++ / 3) * 6_000,
    randomBytes: (n) => crypto.getRandomValues(new Uint8Array(n)),
  }
}

async function makeExperiments(store: LocalStore, random: Random): Promise<string[]> {
  const ids = ['0']
  for (let i = 1; i < 9; i++) {
    const name = `${pick(random, ['Exp', 'exp', 'мир', 'a_b%', 'É'])} ${i}`
    const tags = new Map(several(random, 4, () => [randomKey(random), randomText(random)] as const))
    ids.push(await store.createExperiment(name, { tags: [...tags] }))
  }
  await store.renameExperiment(ids[4]!, 'renamed 4')
  return ids
}

type MadeRun = Record<string, unknown> & { readonly runId: string }

/** Runs in three of the experiments, here; and what the other side needs to make the same. */
async function makeRuns(
  store: LocalStore,
  random: Random,
  experimentIds: readonly string[],
): Promise<MadeRun[]> {
  const made: MadeRun[] = []
  for (let i = 0; i < RUNS; i++) {
    const sketch = comparable(sketchRun(random, 3))
    const runId = await makeRun(store, experimentIds, { ...sketch, deleted: false })
    const deletedTags = chance(random, 0.1) ? ['mlflow.runName'] : []
    for (const key of deletedTags) await store.deleteTag(runId, key)
    if (sketch.deleted) await store.deleteRun(runId)
    made.push({
      ...sketch,
      runId,
      experimentId: experimentIds[sketch.experiment],
      deletedTags,
      params: sketch.batch.params,
      tags: sketch.batch.tags,
      metrics: sketch.batch.metrics.map(({ key, value, timestamp, step }) => {
        return { key, value: bits(value), timestamp: String(timestamp), step: String(step) }
      }),
      datasets: sketch.datasets.map(({ dataset, tags }) => ({
        name: dataset.name,
        digest: dataset.digest,
        tags: Object.entries(tags),
      })),
      batch: undefined,
    })
  }
  return made
}

/** Without what the other side would make up by itself or keeps elsewhere. */
function comparable(sketch: RunSketch): RunSketch {
  const { name, batch } = sketch
  return {
    ...sketch,
    name: name === '' ? 'nameless' : name,
    batch: {
      ...batch,
      tags: [...new Map(batch.tags)],
      metrics: batch.metrics.map(({ key, value, timestamp, step }) => {
        return { key, value, timestamp, step }
      }),
    },
  }
}

async function describeExperiments(store: LocalStore, ids: readonly string[]): Promise<unknown[]> {
  const experiments = await Promise.all(ids.map((id) => store.getExperiment(id)))
  return experiments.map((one) => ({ ...one, tags: Object.entries(one.tags) }))
}

function runQuery(
  random: Random,
  experimentIds: readonly string[],
  runIds: readonly string[],
): Query {
  const filter = randomRunFilter(random, 'mlflow', { runIds })
  const orderBy = randomRunOrder(random).filter((clause) => !clause.includes('artifact_uri'))
  const ids = chance(random, 0.5) ? experimentIds.slice(0, 3) : [pick(random, experimentIds)]
  return spoiled(random, { ...page(random), experimentIds: ids, filter, orderBy })
}

function experimentQuery(random: Random, experimentIds: readonly string[]): Query {
  const filter = randomExperimentFilter(random, experimentIds)
  const orderBy = randomExperimentOrder(random)
  return spoiled(random, { ...page(random), experimentIds: [], filter, orderBy })
}

/** Texts that were typed wrong, in four cases out of ten. */
function spoiled(random: Random, query: Query): Query {
  const wrong = random()
  if (wrong < 0.03) return { ...query, filter: query.filter.toLowerCase() }
  if (wrong < 0.3) return { ...query, filter: mutate(random, query.filter) }
  if (wrong > 0.4 || query.orderBy.length === 0) return query
  return { ...query, orderBy: query.orderBy.map((clause) => mutate(random, clause)) }
}

function page(random: Random): Pick<Query, 'viewType' | 'maxResults' | 'pageToken'> {
  const token = chance(random, 0.2)
    ? { pageToken: offsetToPageToken(pick(random, [1, 3, 20])) }
    : {}
  return { viewType: pick(random, VIEWS), maxResults: pick(random, [1, 5, 1000]), ...token }
}

async function outcome<T>(
  found: Promise<{ readonly items: readonly T[]; readonly nextPageToken: string | null }>,
  idOf: (item: T) => string,
): Promise<Outcome> {
  try {
    const { items, nextPageToken } = await found
    return { ids: items.map(idOf), token: nextPageToken }
  } catch (error) {
    if (!(error instanceof TrackletError)) return { crash: String(error) }
    return { code: error.errorCode, message: error.message }
  }
}

/** Where MLflow breaks with an error that is none of its answers, we refuse. */
function agree(ours: Outcome, theirs: Outcome): boolean {
  if ('ids' in theirs) return JSON.stringify(ours) === JSON.stringify(theirs)
  // Times past 64 bits: its database takes no such number, here they are compared like any other.
  if (JSON.stringify(theirs).includes('too large to convert to SQLite INTEGER')) return true
  if (!('code' in ours)) return false
  if ('crash' in theirs || isCrash(theirs)) return ours.code === 'INVALID_PARAMETER_VALUE'
  const code = theirs.code === 'INTERNAL_ERROR' ? 'INVALID_PARAMETER_VALUE' : theirs.code
  return ours.code === code && stable(ours.message) === stable(theirs.message)
}

/** Python's own errors come out of the store under the same code as its one complaint without a code. */
function isCrash({ code, message }: { code: string; message: string }): boolean {
  return code === 'INTERNAL_ERROR' && !message.startsWith('`order_by` contains duplicate fields')
}

/** A message without the order in which a Python set is printed, which differs from process to process. */
function stable(message: string): string {
  return message.replace(/\{('[^{}]*)\}/g, (_, list: string) => list.split(', ').sort().join(', '))
}

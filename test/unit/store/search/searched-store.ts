import { expect } from 'vitest'
import type { Experiment } from '../../../../src/entities/experiment.js'
import type { Run } from '../../../../src/entities/run.js'
import { TrackletError } from '../../../../src/errors.js'
import { EXPERIMENT_RULES, RUN_RULES } from '../../../../src/search/grammar/attributes.js'
import { parseFilter } from '../../../../src/search/grammar/filter.js'
import { parseOrderBy } from '../../../../src/search/grammar/order-by.js'
import { seriesComparisons } from '../../../../src/store/analysis/series-functions.js'
import type { Surroundings } from '../../../../src/store/commands.js'
import type { LocalStore } from '../../../../src/store/store.js'
import type { ExperimentQuery, RunQuery } from '../../../../src/store/tracking-store.js'
import {
  chance,
  makeRun,
  pick,
  randomKey,
  randomText,
  several,
  sketchBatch,
  sketchDataset,
  sketchEnd,
  sketchRun,
  type Random,
} from '../../../helpers/random-runs.js'
import { seededRandom } from '../../../helpers/random.js'
import {
  oracleExperiments,
  oracleRuns,
  type Histories,
  type OracleSearch,
} from '../../../helpers/search-oracle.js'

type Pages<T> = (pageToken: string | undefined) => Promise<{
  readonly items: readonly T[]
  readonly nextPageToken: string | null
}>

/** A clock and ids that are the same in every test with this seed; experiments share their times now and then. */
export function seededSurroundings(seed: number): Surroundings {
  const random = seededRandom(seed)
  let calls = 0
  return {
    now: () => 1_700_000_000_000 + Math.floor(calls++ / 4) * 500,
    randomBytes: (n) => Uint8Array.from({ length: n }, () => Math.floor(random() * 256)),
  }
}

/** A store that is written at random, and whose searches are compared with the oracle's. */
export class SearchedStore {
  store: LocalStore
  readonly experimentIds: string[] = ['0']
  runIds: string[] = []
  readonly #random: Random
  #names = 0

  constructor(store: LocalStore, random: Random) {
    this.store = store
    this.#random = random
  }

  /** Makes experiments and runs. */
  async fill(experiments: number, runs: number): Promise<void> {
    for (let i = 0; i < experiments; i++) await this.#addExperiment()
    for (let i = 0; i < runs; i++) await this.#addRun()
  }

  /** One write out of all kinds. What the state refuses is no error of the test. */
  async write(): Promise<void> {
    try {
      await pick(this.#random, this.#writes)()
    } catch (error) {
      if (!(error instanceof TrackletError) || error.errorCode === 'INTERNAL_ERROR') throw error
    }
  }

  /** Every run that there is, as `getRun` gives it. */
  async runs(): Promise<Run[]> {
    const runs: Run[] = []
    for (const runId of this.runIds) {
      const run = await this.store.getRun(runId).catch(() => null)
      if (run !== null) runs.push(run)
    }
    this.runIds = runs.map(({ info }) => info.runId)
    return runs
  }

  /** Every experiment that there is. */
  async experiments(): Promise<Experiment[]> {
    const found = this.experimentIds.map((id) => this.store.getExperiment(id).catch(() => null))
    return (await Promise.all(found)).filter((experiment) => experiment !== null)
  }

  /** Walks the pages of a query; the runs on them must be those of the oracle, whole and in order. */
  async checkRuns(query: RunQuery, runs: readonly Run[]): Promise<void> {
    const search = parseRuns(query)
    const among = runs.filter(({ info }) => query.experimentIds.includes(info.experimentId))
    const histories = await readHistories(this.store, among, search)
    const wanted = oracleRuns(among, search, histories)
    const found = await walk(query.maxResults, (pageToken) =>
      this.store.searchRuns({ ...query, ...(pageToken === undefined ? {} : { pageToken }) }),
    )
    const idOf = ({ info }: Run): string => info.runId
    expect(found.map(idOf), JSON.stringify(query)).toEqual(wanted.map(idOf))
    expect(found.map(canonical), JSON.stringify(query)).toEqual(wanted.map(canonical))
  }

  /** The same for experiments. */
  async checkExperiments(query: ExperimentQuery, all: readonly Experiment[]): Promise<void> {
    const wanted = oracleExperiments(all, {
      filter: parseFilter(query.filter, EXPERIMENT_RULES, 'mlflow'),
      terms: parseOrderBy(query.orderBy, EXPERIMENT_RULES),
      view: query.viewType ?? 'ACTIVE_ONLY',
    })
    const found = await walk(query.maxResults, (pageToken) =>
      this.store.searchExperiments({ ...query, ...(pageToken === undefined ? {} : { pageToken }) }),
    )
    expect(found.map(canonical), JSON.stringify(query)).toEqual(wanted.map(canonical))
  }

  async #addExperiment(): Promise<void> {
    const name = `${pick(this.#random, ['Exp', 'exp', 'мир', 'a_b%'])} ${this.#names++}`
    const tags = several(this.#random, 3, () => [randomKey(this.#random), this.#text()] as const)
    this.experimentIds.push(await this.store.createExperiment(name, { tags: [...new Map(tags)] }))
  }

  async #addRun(): Promise<void> {
    const sketch = sketchRun(this.#random, this.experimentIds.length)
    this.runIds.push(await makeRun(this.store, this.experimentIds, sketch))
  }

  #run(): string {
    return this.runIds.length === 0 ? 'none' : pick(this.#random, this.runIds)
  }

  #experiment(): string {
    return pick(this.#random, this.experimentIds)
  }

  #text(): string {
    return randomText(this.#random)
  }

  readonly #writes: readonly (() => Promise<unknown>)[] = [
    () => this.#addRun(),
    () => this.#addRun(),
    () => this.store.logBatch(this.#run(), sketchBatch(this.#random)),
    () => this.store.logBatch(this.#run(), sketchBatch(this.#random)),
    () => this.store.logParam(this.#run(), randomKey(this.#random), this.#text()),
    () => this.store.setTag(this.#run(), randomKey(this.#random), this.#text()),
    () => this.store.setTag(this.#run(), 'mlflow.runName', `named ${this.#text()}`),
    () => this.store.deleteTag(this.#run(), 'mlflow.runName'),
    async () => {
      const run = await this.store.getRun(this.#run())
      const keys = Object.keys(run.data.tags)
      if (keys.length > 0) await this.store.deleteTag(run.info.runId, pick(this.#random, keys))
    },
    () => this.store.logInputs(this.#run(), [sketchDataset(this.#random)]),
    () => this.store.updateRun(this.#run(), { runName: this.#text() }),
    () => this.store.updateRun(this.#run(), sketchEnd(this.#random, 1_700_000_000_000)),
    () => this.store.deleteRun(this.#run()),
    () => this.store.restoreRun(this.#run()),
    () => this.store.purgeRun(this.#run()),
    () => this.store.setExperimentTag(this.#experiment(), randomKey(this.#random), this.#text()),
    () => this.store.deleteExperimentTag(this.#experiment(), randomKey(this.#random)),
    () => this.store.renameExperiment(this.#experiment(), `renamed ${this.#names++}`),
    () => this.store.checkpoint(),
    async () => {
      // Everything of an experiment changes at once.
      if (chance(this.#random, 0.5)) await this.store.deleteExperiment(this.#experiment())
      else await this.store.restoreExperiment(this.#experiment())
    },
    async () => {
      // The default experiment stays: some tests have all their runs in it.
      const id = this.#experiment()
      if (id !== '0' && chance(this.#random, 0.2)) await this.store.purgeExperiment(id)
      else await this.store.restoreExperiment(this.#experiment())
    },
  ]
}

/** The parsed texts of a query over runs. */
export function parseRuns(query: RunQuery): OracleSearch {
  return {
    filter: parseFilter(query.filter, RUN_RULES, query.syntax ?? 'mlflow'),
    terms: parseOrderBy(query.orderBy, RUN_RULES),
    view: query.viewType ?? 'ACTIVE_ONLY',
  }
}

/** An entity as text: the same for equal ones, whatever the order of their keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`
    if (typeof inner === 'number') return Object.is(inner, -0) ? '-0' : String(inner)
    if (Array.isArray(inner)) return inner.some(isMetric) ? [...inner].sort(byKey) : inner
    if (typeof inner !== 'object' || inner === null) return inner
    return Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))
  })
}

/** What a store's metrics' histories are, for the functions in a search. */
async function readHistories(
  store: LocalStore,
  runs: readonly Run[],
  { filter }: OracleSearch,
): Promise<Histories> {
  const values = new Map<string, readonly number[]>()
  for (const key of new Set(seriesComparisons(filter).map((comparison) => comparison.key)))
    for (const { info, data } of runs)
      if (Object.hasOwn(data.metrics, key)) {
        const columns = await store.getMetricColumns({ runId: info.runId, key })
        values.set(`${info.runId} ${key}`, [...columns.values])
      }
  return (runId, key) => values.get(`${runId} ${key}`) ?? []
}

async function walk<T>(maxResults: number | undefined, page: Pages<T>): Promise<T[]> {
  const items: T[] = []
  let token: string | undefined
  do {
    const { items: some, nextPageToken } = await page(token)
    // Every page but the last one is full.
    if (nextPageToken !== null) expect(some.length).toBe(maxResults ?? 1000)
    items.push(...some)
    token = nextPageToken ?? undefined
  } while (token !== undefined)
  return items
}

function isMetric(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'timestamp' in value
}

function byKey(a: unknown, b: unknown): number {
  return (a as { key: string }).key < (b as { key: string }).key ? -1 : 1
}

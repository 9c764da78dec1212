import { setTimeout } from 'node:timers/promises'
import type { Benchmark, Contestant, Place, Sample } from './harness/benchmark.js'
import { inChromium, PAGE_MODULE, type TrackletModule } from './harness/chromium.js'
import { duckdbOfRuns, queryBetterSqlite, queryDuckdb, querySqlJs } from './harness/engines.js'
import { mlflowDatabase, searchesOver } from './harness/mlflow-database.js'
import { searchByHand, type RunQuery } from './harness/mlflow-queries.js'
import { mlflowName, runMlflow } from './harness/mlflow.js'
import { openStoreIn, storeOfRuns, type EnginePlace } from './harness/run-stores.js'
import type { Search } from './harness/run-data.js'
import { checkFound, timeSearch, timeSearches } from './harness/search-work.js'
import { copySupply } from './harness/supply.js'

declare const tracklet: TrackletModule

const PROCESS = 'tracklet, in process'
const THREAD = 'tracklet, worker thread'
const CHROMIUM = 'tracklet, Chromium'
const SHIPPED = mlflowName('sqlite')
const ANALYZED = `${SHIPPED}, after ANALYZE`
const SQL_JS = 'sql.js, MLflow’s schema'
const SIZES = [1000, 10_000, 100_000]
const FULL_SIZE = 300_000
/** What `first query` is measured with. */
const LARGE = 100_000

/** Searching runs as a dashboard does. */
export const searchRuns: Benchmark = {
  name: 'search-runs',
  title: 'Runs by two predicates, in the order of a metric: 100 with all their data',
  note: 'Each run has 20 metrics, 20 params, 5 tags. 200 different searches, after some for warmth, each checked against a plain loop; of MLflow as many as 5 s allow, but one where that takes over 20 s. The schemas of MLflow are analysed, but for MLflow as it ships; DuckDB has the tables without keys. First query: by a process that has just opened the store. Growth: p50 of 100,000 runs over that of 10,000.',
  rounds: 2,
  measures: [
    ...[...SIZES, FULL_SIZE].flatMap((runs) =>
      ['p50', 'p95'].map((share) => ({
        name: sized(share, runs),
        unit: 'ms',
        better: 'less' as const,
      })),
    ),
    { name: 'growth', unit: 'times', better: 'less' },
    { name: sized('first query', LARGE), unit: 'ms', better: 'less' },
    { name: sized('first query, columns saved', LARGE), unit: 'ms', better: 'less' },
    { name: 'columns in memory, a run', unit: 'bytes', better: 'less' },
  ],
  contestants: [
    { name: PROCESS, ours: true, measure: (place) => searchTracklet(place, 'process') },
    { name: THREAD, ours: true, measure: (place) => searchTracklet(place, 'thread') },
    { name: CHROMIUM, rounds: 1, measure: searchChromium },
    { name: `${PROCESS}, just opened`, measure: (place) => firstQueries(place, 'process') },
    { name: `${THREAD}, just opened`, measure: (place) => firstQueries(place, 'thread') },
    searchMlflow(SHIPPED, false),
    searchMlflow(ANALYZED, true),
    byHand('better-sqlite3, MLflow’s schema', (runs) => fromDatabase(runs, queryBetterSqlite)),
    byHand(SQL_JS, (runs) => fromDatabase(runs, querySqlJs)),
    byHand('DuckDB, MLflow’s schema', async (runs) => queryDuckdb(await duckdbOfRuns(runs))),
  ],
  targets: [
    { measure: sized('p50', 100_000), of: PROCESS, against: SHIPPED, times: 10_000 },
    { measure: sized('p50', 100_000), of: PROCESS, against: ANALYZED, times: 90 },
    { measure: sized('p50', 100_000), of: PROCESS, against: SQL_JS, times: 30 },
    { measure: sized('p95', 100_000), of: PROCESS, atMost: 10 },
    { measure: sized('p95', 100_000), of: THREAD, atMost: 15 },
    { measure: sized('p95', 100_000), of: CHROMIUM, atMost: 15 },
  ],
}

function sized(what: string, runs: number): string {
  return `${what}, ${runs.toLocaleString('en-US')} runs`
}

function sizesOf({ full }: Place): number[] {
  return full ? [...SIZES, FULL_SIZE] : SIZES
}

function measuresOf(runs: number): Pick<PageSize, 'p50' | 'p95' | 'firsts'> {
  const [first, saved] = [sized('first query', runs), sized('first query, columns saved', runs)]
  return { p50: sized('p50', runs), p95: sized('p95', runs), firsts: [first, saved] }
}

/** Measures each size; then how much longer ten times the runs take. */
async function eachSize(
  sizes: readonly number[],
  measure: (runs: number) => Promise<{ p50: number; p95: number } | null>,
): Promise<Sample | null> {
  const sample: Record<string, number> = {}
  for (const runs of sizes) {
    const found = await measure(runs)
    if (found === null) return null
    Object.assign(sample, { [sized('p50', runs)]: found.p50, [sized('p95', runs)]: found.p95 })
  }
  return withGrowth(sample)
}

function withGrowth(sample: Sample): Sample {
  const [less, more] = [sample[sized('p50', 10_000)], sample[sized('p50', 100_000)]]
  return less === undefined || more === undefined ? sample : { ...sample, growth: more / less }
}

function searchTracklet(place: Place, where: EnginePlace): Promise<Sample | null> {
  return eachSize(sizesOf(place), async (runs) => {
    const folder = await storeOfRuns(runs, { framed: true })
    const searches = await searchesOver(runs)
    const tracker = await openStoreIn(where, folder)
    const found = await timeSearches((search) => timeSearch(tracker, search), searches)
    await tracker.close()
    return found
  })
}

/** The first query of a store whose columns are not saved, and what they take; then of one whose columns are. */
async function firstQueries({ folder }: Place, where: EnginePlace): Promise<Sample> {
  const search = (await searchesOver(LARGE))[0]!
  const plain = await copySupply(await storeOfRuns(LARGE, { framed: false }), `${folder}/plain`)
  const framed = await storeOfRuns(LARGE, { framed: true })
  // The saved ones first: code that is compiled by then helps the slower case less.
  const saved = await firstQuery(framed, where, search)
  const made = await firstQuery(plain, where, search)
  return {
    [sized('first query', LARGE)]: made.ms,
    [sized('first query, columns saved', LARGE)]: saved.ms,
    ...(where === 'process' && { 'columns in memory, a run': made.bytes / LARGE }),
  }
}

async function firstQuery(
  folder: string,
  where: EnginePlace,
  search: Search,
): Promise<{ ms: number; bytes: number }> {
  const tracker = await openStoreIn(where, folder)
  const before = await bytesInUse()
  const ms = await timeSearch(tracker, search)
  const bytes = (await bytesInUse()) - before
  await tracker.close()
  return { ms, bytes }
}

/** What JavaScript holds; SQLite's own memory is not in it. */
async function bytesInUse(): Promise<number> {
  // What opening has left behind is let go over several turns.
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.()
    await setTimeout(20)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Fills, closes, opens again: the first query makes the columns, the close saves them, as in the other places. */
async function searchChromium(place: Place): Promise<Sample | null> {
  const sizes: PageSize[] = []
  for (const runs of sizesOf(place))
    sizes.push({ runs, searches: await searchesOver(runs), ...measuresOf(runs) })
  const sample = await inChromium(place, inPage, { sizes, module: PAGE_MODULE })
  return sample && withGrowth(sample)
}

/** A size with the names of its measures. */
interface PageSize {
  readonly runs: number
  readonly searches: readonly Search[]
  readonly p50: string
  readonly p95: string
  /** Of the first query without and with columns that were saved. */
  readonly firsts: readonly string[]
}

type PageModule = typeof import('./harness/page.js')

async function inPage(given: { sizes: PageSize[]; module: string }): Promise<Sample> {
  const { fillRuns, timeSearch, timeSearches } = (await import(given.module)) as PageModule
  const sample: Record<string, number> = {}
  for (const { runs, searches, firsts, ...names } of given.sizes) {
    const uri = `idb:runs-${runs}`
    const filling = await tracklet.openTracker(uri)
    await fillRuns(filling, runs)
    await filling.close()
    for (const first of firsts) {
      const tracker = await tracklet.openTracker(uri)
      sample[first] = await timeSearch(tracker, searches[0]!)
      await tracker.close()
    }
    const tracker = await tracklet.openTracker(uri)
    const { p50, p95 } = await timeSearches((search) => timeSearch(tracker, search), searches)
    Object.assign(sample, { [names.p50]: p50, [names.p95]: p95 })
    await tracker.close()
  }
  return sample
}

function searchMlflow(name: string, analyzed: boolean): Contestant {
  const measure = (place: Place): Promise<Sample | null> =>
    eachSize(SIZES, async (runs) => {
      const folder = await mlflowDatabase(runs, { analyzed })
      if (folder === null) return null
      const found = await runMlflow('search-runs', 'sqlite', { ...place, folder }, { seconds: 5 })
      return found && { p50: found['p50']!, p95: found['p95']! }
    })
  return { name, rounds: 1, measure }
}

/** A database with MLflow's tables. */
interface Opened {
  readonly query: RunQuery
  readonly close: () => void
}

function byHand(name: string, open: (runs: number) => Promise<Opened | null>): Contestant {
  const measure = (place: Place): Promise<Sample | null> =>
    eachSize(sizesOf(place), async (runs) => {
      const database = await open(runs)
      if (database === null) return null
      const searches = (await searchesOver(runs)).slice(0, runs > 10_000 ? 40 : undefined)
      const found = await timeSearches((search) => timeByHand(database.query, search), searches, 5)
      database.close()
      return found
    })
  return { name, rounds: 1, measure }
}

async function fromDatabase(
  runs: number,
  open: (path: string) => Promise<Opened | null>,
): Promise<Opened | null> {
  const folder = await mlflowDatabase(runs, { analyzed: true })
  return folder === null ? null : open(`${folder}/mlflow.db`)
}

async function timeByHand(query: RunQuery, search: Search): Promise<number> {
  const start = performance.now()
  const runs = await searchByHand(query, search)
  const taken = performance.now() - start
  checkFound(
    search,
    runs.map(({ name }) => name),
  )
  return taken
}

import type { Int64 } from '../../../../src/entities/int64.js'
import type { PagedList } from '../../../../src/entities/paged-list.js'
import type { Run } from '../../../../src/entities/run.js'
import { TrackletError } from '../../../../src/errors.js'
import { Frames } from '../../../../src/store/analysis/frames.js'
import { Searcher } from '../../../../src/store/analysis/searcher.js'
import { apply } from '../../../../src/store/apply.js'
import type { Applied, SeriesSink } from '../../../../src/store/apply.js'
import { Catalog } from '../../../../src/store/catalog/catalog.js'
import type { CatalogOptions, LatestPoint } from '../../../../src/store/catalog/state.js'
import type { Command, Counters, Plan, PointsCommand } from '../../../../src/store/commands.js'
import { newCounters } from '../../../../src/store/counters.js'
import { Database, loadSqlite } from '../../../../src/store/database.js'
import type { RunQuery } from '../../../../src/store/tracking-store.js'
import { seededRandom } from '../../../helpers/random.js'

const sqlite = await loadSqlite()

/** A point as the tests' sink keeps it. */
export interface Point extends LatestPoint {
  readonly arrival: number
}

/** Points in plain arrays; the latest by sorting, so that it shares no code with what it checks. */
export class MemorySeries implements SeriesSink {
  readonly points = new Map<number, Point[]>()
  #arrivals = 0

  append(command: PointsCommand): void {
    for (const [i, id] of command.series.entries()) {
      const point = {
        step: command.steps[i] as Int64,
        timestamp: command.timestamps[i] as Int64,
        value: command.values[i] as number,
        arrival: this.#arrivals++,
      }
      this.points.set(id, [...(this.points.get(id) ?? []), point])
    }
  }

  take(): void {}

  drop(series: readonly number[]): void {
    for (const id of series) this.points.delete(id)
  }

  latest(series: number): LatestPoint | undefined {
    const rank = (value: number): number => (Number.isNaN(value) ? 0 : value)
    const order = (a: Int64, b: Int64): number => (a < b ? -1 : a > b ? 1 : 0)
    return [...(this.points.get(series) ?? [])]
      .sort(
        (a, b) =>
          order(a.step, b.step) ||
          order(a.timestamp, b.timestamp) ||
          rank(a.value) - rank(b.value) ||
          b.arrival - a.arrival,
      )
      .at(-1)
  }
}

/** A catalog over an empty database, with every command it applied. */
export class Harness {
  readonly db: Database
  readonly series = new MemorySeries()
  readonly counters: Counters = newCounters()
  readonly catalog: Catalog
  readonly history: Command[][] = []
  applied: Applied | undefined
  now = 1_700_000_000_000
  readonly #frames: Frames
  readonly #searcher: Searcher

  constructor(options: CatalogOptions & { db?: Database; seed?: number } = {}) {
    this.db = options.db ?? Database.create(sqlite)
    const random = seededRandom(options.seed ?? 1)
    const around = {
      now: () => this.now++,
      randomBytes: (n: number) => Uint8Array.from({ length: n }, () => Math.floor(random() * 256)),
    }
    this.catalog = new Catalog(this.db, this.series, this.counters, around, options)
    this.#frames = new Frames(this.catalog)
    this.#searcher = new Searcher({
      catalog: this.catalog,
      frames: this.#frames,
      saved: { load: () => Promise.resolve() },
      readHistories: () => Promise.reject(new Error('A catalog has no histories.')),
      assertOpen: () => undefined,
    })
  }

  /** One page of runs, by frames of this catalog. */
  searchRuns(query: RunQuery): Promise<PagedList<Run>> {
    return this.#searcher.searchRuns(query)
  }

  /** Plans, applies, and gives the result. */
  do<T>(plan: (catalog: Catalog) => Plan<T>): T {
    const { commands, result } = plan(this.catalog)
    this.apply(commands)
    return result()
  }

  apply(commands: readonly Command[]): void {
    this.applied = apply(this.db, this.series, this.counters, commands)
    this.#frames.touch(this.applied.runs)
    this.history.push([...commands])
  }

  /** Every row of every table, and every point. */
  dump(): unknown {
    return {
      tables: dumpTables(this.db),
      points: [...this.series.points].sort(([a], [b]) => a - b),
    }
  }
}

/** A harness whose store has its default experiment. */
export function freshStore(options: CatalogOptions & { seed?: number } = {}): Harness {
  const harness = new Harness(options)
  harness.do((catalog) => catalog.planInitialise())
  return harness
}

/** A database out of an image. */
export function reopen(image: Uint8Array): Database {
  return Database.open(sqlite, image)
}

/** A new, empty database. */
export function emptyDatabase(): Database {
  return Database.create(sqlite)
}

/** A run in experiment "0". */
export function makeRun(harness: Harness, startTime = 1_700_000_000_000): string {
  return harness.do((catalog) => catalog.planCreateRun({ experimentId: '0', startTime })).info.runId
}

/** The code and message of what `fn` throws. */
export function refusal(fn: () => unknown): { errorCode: string; message: string } {
  try {
    fn()
  } catch (error) {
    if (error instanceof TrackletError)
      return { errorCode: error.errorCode, message: error.message }
    throw error
  }
  throw new Error('nothing was thrown')
}

function dumpTables(db: Database): Record<string, unknown[]> {
  const tables = db.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
  return Object.fromEntries(
    tables.map(([name]) => {
      const rows = db.all(`SELECT * FROM ${String(name)}`).map((row) => JSON.stringify(row))
      return [String(name), rows.sort()]
    }),
  )
}

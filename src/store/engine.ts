import type { StorageAdapter } from '../adapter.js'
import { LatestTable } from '../series/latest.js'
import { SeriesStore } from '../series/series-store.js'
import { Frames } from './analysis/frames.js'
import { SavedFrames } from './analysis/saved-frames.js'
import { apply } from './apply.js'
import type { SeriesSink } from './apply.js'
import { Catalog } from './catalog/catalog.js'
import type { PointsCommand, Surroundings } from './commands.js'
import { newCounters } from './counters.js'
import { Core } from './core.js'
import type { Sqlite } from './database.js'
import { Database, loadSqlite } from './database.js'
import { EngineStore } from './engine-store.js'
import { findCheckpoint, replay, reportOf } from './recovery.js'
import type { LocalStore } from './store.js'

/** How a store is opened. */
export interface EngineOptions {
  /** Whether a store that is not there is made; true by default. */
  readonly create?: boolean
  /** How long to wait for another holder to go; 5,000 by default. */
  readonly lockTimeoutMs?: number
  /** Where sql.js comes from; by default it loads its own wasm, which only Node can. */
  readonly sqlite?: () => Promise<Sqlite>
  /** Where the artifact locations of new experiments begin; `mlflow-artifacts:` by default. */
  readonly artifactRoot?: string
  /** MLFLOW_TRUNCATE_LONG_VALUES: cut too long param and tag values (true, the default) or refuse them. */
  readonly truncateLongValues?: boolean
  /** Go on past damage in the journal, with what can still be applied. */
  readonly salvage?: boolean
  /** Clock and randomness; the platform's by default. */
  readonly surroundings?: Surroundings
}

/**
 * Opens the store behind `adapter`: takes the lock, loads the newest checkpoint that holds, replays the journal.
 * The adapter belongs to the store from here on and is closed with it.
 * Throws RESOURCE_CONFLICT while another holds the lock, DATA_LOSS when no checkpoint can be read; a journal
 * damaged in its middle opens read-only (see `storage().recovery`).
 */
export async function openEngine(
  adapter: StorageAdapter,
  options: EngineOptions = {},
): Promise<LocalStore> {
  const { create = true, lockTimeoutMs = 5_000 } = options
  const loading = (options.sqlite ?? loadSqlite)()
  loading.catch(() => undefined)
  const { epoch } = await adapter.open({ create, lockTimeoutMs })
  try {
    return await recover(adapter, epoch, await loading, options)
  } catch (error) {
    await adapter.close()
    throw error
  }
}

async function recover(
  adapter: StorageAdapter,
  epoch: number,
  sqlite: Sqlite,
  options: EngineOptions,
): Promise<LocalStore> {
  const found = await findCheckpoint(adapter)
  const { manifest, previous } = found
  // A manifest of before the model registry has no counter of models.
  const counters = { ...newCounters(), ...manifest?.counters }
  const db = found.image ? Database.open(sqlite, found.image) : Database.create(sqlite)
  const series = new SeriesStore(adapter)
  series.load(manifest?.segments ?? [])
  const surroundings = options.surroundings ?? PLATFORM
  const catalog = new Catalog(db, series, counters, surroundings, {
    artifactRoot: options.artifactRoot ?? 'mlflow-artifacts:',
    truncateLongValues: options.truncateLongValues ?? true,
  })
  const frames = new Frames(catalog)
  const saved = new SavedFrames(adapter, frames, manifest?.frames)
  const dropped: { name: string; parts: number }[] = []
  const sealed = new SealedPoints()
  const replayed = await replay(
    adapter,
    manifest?.imageSeq ?? 0,
    (commands, seq) => {
      const sink = seq <= (manifest?.seq ?? 0) ? sealed : series
      const applied = apply(db, sink, counters, commands)
      dropped.push(...applied.droppedBlobs)
      saved.touch(applied.runs)
    },
    { salvage: options.salvage ?? false, through: manifest?.seq ?? 0 },
  )
  catalog.writeLatest(sealed.latestEntries())
  const core = new Core({
    adapter,
    epoch,
    db,
    catalog,
    series,
    counters,
    frames,
    saved,
    surroundings,
    current: manifest,
    previous,
    seq: replayed.seq,
    recovery: reportOf(found, replayed),
    writable: replayed.writable,
    dropped,
  })
  const engine = new EngineStore(core)
  if (counters.experiment === 0 && replayed.writable)
    await core.write(() => catalog.planInitialise())
  if (options.salvage && replayed.problems.length > 0) {
    await core.write(() => catalog.planNameLostKeys())
    await core.checkpoint()
  }
  return engine
}

/** Points of records that a segment holds already: only what they say about latest values is needed again. */
class SealedPoints implements SeriesSink {
  readonly #latest = new LatestTable()

  append({ series, steps, timestamps, values }: PointsCommand): void {
    this.#latest.add(series, steps, timestamps, values)
  }

  /** The manifest has them. */
  take(): void {}

  drop(series: readonly number[]): void {
    for (const id of series) this.#latest.remove(id)
  }

  latestEntries(): ReturnType<LatestTable['entries']> {
    return this.#latest.entries()
  }
}

const PLATFORM: Surroundings = {
  now: () => Date.now(),
  randomBytes: (n) => crypto.getRandomValues(new Uint8Array(n)),
}

import type { Int64 } from '../../entities/int64.js'
import type { Counters, Surroundings } from '../commands.js'
import type { Database } from '../database.js'
import { KeyDictionary } from './keys.js'
import { SeriesIndex } from './series-index.js'

/** A series' latest point, by MLflow's rule. */
export interface LatestPoint {
  readonly step: Int64
  readonly timestamp: Int64
  readonly value: number
}

/** The latest points that the catalog's own rows do not know yet. */
export interface LatestReader {
  /** The latest of the points since `writeLatest`; undefined when there are none. */
  latest(series: number): LatestPoint | undefined
}

/** How a catalog behaves. */
export interface CatalogOptions {
  /** Where experiments without a location of their own keep artifacts: `<root>/<experiment id>`. */
  readonly artifactRoot?: string
  /** Whether too long param and run tag values are cut (MLflow's default) or refused. */
  readonly truncateLongValues?: boolean
}

/** What the catalog's parts share. */
export interface CatalogState {
  readonly db: Database
  readonly latest: LatestReader
  readonly counters: Counters
  readonly around: Surroundings
  readonly artifactRoot: string
  readonly cut: boolean
  readonly keys: KeyDictionary
  readonly series: SeriesIndex
}

/** The state of a catalog over a database. */
export function catalogState(
  db: Database,
  latest: LatestReader,
  counters: Counters,
  around: Surroundings,
  options: CatalogOptions,
): CatalogState {
  const { artifactRoot = 'mlflow-artifacts:', truncateLongValues = true } = options
  const keys = new KeyDictionary(db)
  const series = new SeriesIndex(db, counters)
  return { db, latest, counters, around, artifactRoot, cut: truncateLongValues, keys, series }
}

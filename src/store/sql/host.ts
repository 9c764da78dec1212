import type { RawPoints } from '../../series/series-store.js'
import type { LatestEntry } from '../catalog/series-reader.js'
import type { Database } from '../database.js'

/** What a query needs of the store. */
export interface SqlHost {
  readonly db: Database
  readonly catalog: { writeLatest(entries: Iterable<LatestEntry>): void }
  readonly series: SqlSeries
  /** Throws once the store is closed. */
  assertOpen(): void
}

/** What a query needs of the series store. */
export interface SqlSeries {
  /** How many points are in memory alone. */
  readonly tailPoints: number
  /** Another array once points were sealed. */
  readonly segments: readonly unknown[]
  /** The latest points of series that have any outside of segments, by stretch of the tail, oldest first. */
  latestEntries(): Iterable<LatestEntry>
  readRaw(series: readonly number[]): Promise<RawPoints>
}

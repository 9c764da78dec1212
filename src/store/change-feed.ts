import type { Int64Column } from '../entities/int64.js'

/** New points of one metric of one run, in order of arrival. */
export interface PointsChange {
  readonly runId: string
  readonly key: string
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

/** What has changed since the set before; at most one a frame. */
export interface ChangeSet {
  /** Grows by one from set to set of a subscription, so that a gap shows. */
  readonly seq: number
  /** True when changes were dropped (a slow reader): read again what you show. */
  readonly resync: boolean
  /** Experiments made or changed. */
  readonly experimentIds: readonly string[]
  /** Runs made or changed, those with new points included. */
  readonly runIds: readonly string[]
  readonly points: readonly PointsChange[]
}

/** What a subscriber wants; absent lists mean everything. */
export interface WatchFilter {
  readonly runIds?: readonly string[]
  readonly experimentIds?: readonly string[]
  /** Metric keys whose points are sent along; an empty list sends none. */
  readonly metrics?: readonly string[]
}

/**
 * Changes, pushed over a MessagePort: change sets arrive as its messages. The reader posts 'ack' when it has
 * taken one (the next is sent only then; what piles up meanwhile is merged, or dropped with `resync`), and
 * 'close' when it wants no more.
 */
export interface ChangeFeed {
  subscribe(filter: WatchFilter, port: MessagePort): Promise<void>
}

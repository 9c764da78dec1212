import type { Latest } from '../../../series/latest.js'
import type { SegmentRef } from '../../../series/segment.js'
import type { NewBlob } from '../artifacts.js'

/** What was put for an import, as its record names it. */
export interface Staged {
  readonly segments: readonly SegmentRef[]
  /** The id of each series, by its number in the import. */
  readonly seriesIds: readonly number[]
  /** The latest point of a series, by its id; undefined for one without points. */
  latest(series: number): Latest | undefined
  /** The content of a file by its number; undefined for one that was not finished. */
  file(number: number): NewBlob | undefined
}

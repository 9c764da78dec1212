import type { Int64 } from '../../../entities/int64.js'
import type { Draft } from '../draft.js'
import type { LatestRow } from '../../commands.js'
import type { Staged } from './staged.js'

/** Adds the command that takes up the points of an import; none where it has none. */
export function adoptSegments(draft: Draft, staged: Staged): void {
  if (staged.segments.length === 0) return
  const latest: LatestRow[] = []
  for (const series of staged.seriesIds) {
    const point = staged.latest(series)
    if (point !== undefined)
      latest.push([series, toJson(point.step), toJson(point.timestamp), valueToJson(point.value)])
  }
  draft.add({ t: 'adoptSegments', segments: staged.segments, latest })
}

function toJson(value: Int64): number | string {
  return typeof value === 'bigint' ? String(value) : value
}

/** Records are JSON, which has neither NaN nor infinities, and whose zero has no sign. */
function valueToJson(value: number): number | string {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value
  return Object.is(value, -0) ? '-0' : String(value)
}

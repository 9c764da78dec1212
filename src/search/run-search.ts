import type { ViewType } from '../entities/lifecycle.js'
import type { Filter, OrderTerm } from './grammar/ast.js'
import type { DerivedColumn, KeyIds } from './evaluate.js'
import { narrow, viewMask } from './evaluate.js'
import type { RunFrame } from './frame.js'
import type { FoundRows } from './rank.js'
import { rankRows } from './rank.js'

/** A search over frames, its texts parsed. */
export interface RunSearch {
  readonly filter: Filter
  readonly terms: readonly OrderTerm[]
  readonly view: ViewType
}

/** The rows that a search found, in order; row i is `rows[i]` of `frames[frame[i]]`. */
export interface RankedRows extends FoundRows {
  /** How many the search found in all, which may be more than are ranked. */
  readonly total: number
}

/** Evaluates a search over the runs of some experiments; ranks the first `limit` of what it finds. */
export function searchFrames(
  frames: readonly RunFrame[],
  search: RunSearch,
  keyId: KeyIds,
  derived: (frame: RunFrame) => DerivedColumn,
  limit: number,
): RankedRows {
  const masks = frames.map((frame) => {
    const mask = viewMask(frame, search.view)
    narrow({ frame, keyId, derived: derived(frame) }, search.filter, mask)
    return mask
  })
  const found = collect(frames, masks)
  const total = found.rows.length
  const order = rankRows(found, search.terms, keyId, Math.min(limit, total))
  return {
    frames,
    frame: found.frame && Uint32Array.from(order, (i) => found.frame![i]!),
    rows: Uint32Array.from(order, (i) => found.rows[i]!),
    total,
  }
}

function collect(frames: readonly RunFrame[], masks: readonly Uint8Array[]): FoundRows {
  let total = 0
  for (const mask of masks) for (let row = 0; row < mask.length; row++) total += mask[row]!
  // A spare place at the end: every row is written, and stays only where its mask moves on.
  const rows = new Uint32Array(total + 1)
  const frame = frames.length === 1 ? null : new Uint32Array(total)
  let at = 0
  for (const [f, mask] of masks.entries()) {
    const start = at
    for (let row = 0; row < mask.length; row++) {
      rows[at] = row
      at += mask[row]!
    }
    frame?.fill(f, start, at)
  }
  return { frames, frame, rows: rows.subarray(0, total) }
}

import type { KeyValue } from '../../entities/log-batch.js'
import { LIMITS } from '../../entities/limits.js'
import { toInt64 } from '../../series/int64-column.js'
import type { PointColumns } from '../../store/tracking-store.js'
import { fromMetric, fromPairs } from './wire.js'

/** Void params or tags of one call, in order. */
export interface PairsUnit {
  readonly kind: 'params' | 'tags'
  readonly pairs: readonly KeyValue[]
}

/** Void points of one run: rows of shared columns, in order. */
export interface PointsUnit {
  readonly kind: 'points'
  readonly columns: PointColumns
  readonly rows: Uint32Array
}

/** What one run handle call, or one run's share of a buffer, wrote. */
export type Unit = PairsUnit | PointsUnit

/** Items [from, to) of a unit. */
export interface Part<U extends Unit = Unit> {
  readonly unit: U
  readonly from: number
  readonly to: number
}

/** MLflow takes 1,000,000 bytes in one request. */
const MOST_BYTES = 900_000
const POINT_BYTES = 120
const PAIR_BYTES = 30

/** Parts of units that go into one `runs/log-batch` request, within MLflow's limits. */
export class RequestDraft {
  readonly parts: Part[] = []
  readonly #params = new Map<string, string>()
  readonly #tags = new Map<string, string>()
  readonly #keyBytes = new Map<string, number>()
  #points = 0
  #bytes = 0

  /** Takes as much of a unit as fits, from item `from` on; gives where it stopped. */
  add(unit: Unit, from: number): number {
    const to = unit.kind === 'points' ? this.#addPoints(unit, from) : this.#addPairs(unit, from)
    if (to > from) this.parts.push({ unit, from, to })
    return to
  }

  /** The request's body, but for the run. */
  body(): object {
    const points = this.parts.filter((part): part is Part<PointsUnit> => isPoints(part))
    return {
      metrics: points.flatMap(pointsOf),
      params: fromPairs([...this.#params]),
      tags: fromPairs([...this.#tags]),
    }
  }

  #addPoints({ columns, rows }: PointsUnit, from: number): number {
    let to = from
    for (; to < rows.length && this.#count < LIMITS.batchMetrics; to++) {
      const bytes = POINT_BYTES + this.#bytesOfKey(columns.keys[columns.key[rows[to]!]!]!)
      if (this.#bytes + bytes > MOST_BYTES) break
      this.#bytes += bytes
      this.#points++
    }
    return to
  }

  /** All of the pairs or none, for a call's pairs stand together; but for more than an empty request can hold. */
  #addPairs(unit: PairsUnit, from: number): number {
    const { to, bytes } = this.#fitting(unit, from)
    if (to < unit.pairs.length && this.parts.length > 0) return from
    const known = unit.kind === 'params' ? this.#params : this.#tags
    for (const [key, value] of unit.pairs.slice(from, to)) known.set(key, value)
    this.#bytes += bytes
    return to
  }

  #fitting({ kind, pairs }: PairsUnit, from: number): { to: number; bytes: number } {
    const known = kind === 'params' ? this.#params : this.#tags
    const limit = kind === 'params' ? LIMITS.batchParams : LIMITS.batchTags
    const room = Math.min(limit - known.size, LIMITS.batchTotal - this.#count)
    let bytes = 0
    let to = from
    for (; to < pairs.length && to - from < room; to++) {
      const [key, value] = pairs[to]!
      // Whether a param may have another value is the server's to say, of a request of its own.
      if (kind === 'params' && (known.get(key) ?? value) !== value) break
      const more = PAIR_BYTES + jsonBytes(key) + jsonBytes(value)
      if (this.#bytes + bytes + more > MOST_BYTES) break
      bytes += more
    }
    return { to, bytes }
  }

  get #count(): number {
    return this.#points + this.#params.size + this.#tags.size
  }

  #bytesOfKey(key: string): number {
    const known = this.#keyBytes.get(key)
    if (known !== undefined) return known
    const bytes = jsonBytes(key)
    this.#keyBytes.set(key, bytes)
    return bytes
  }
}

/** Whether a part is of points. */
export function isPoints(part: Part): part is Part<PointsUnit> {
  return part.unit.kind === 'points'
}

/** The key of a row. */
export function keyOfRow({ columns, rows }: PointsUnit, at: number): string {
  return columns.keys[columns.key[rows[at]!]!]!
}

function pointsOf({ unit, from, to }: Part<PointsUnit>): object[] {
  const { columns, rows } = unit
  return Array.from(rows.subarray(from, to), (row) =>
    fromMetric({
      key: columns.keys[columns.key[row]!]!,
      value: columns.values[row]!,
      timestamp: toInt64(columns.timestamps[row]!),
      step: toInt64(columns.steps[row]!),
    }),
  )
}

/** At most so many bytes: a UTF-16 unit is three of UTF-8 at most, and JSON's escapes are counted. */
function jsonBytes(text: string): number {
  return 3 * JSON.stringify(text).length
}

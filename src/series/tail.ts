import type { Latest } from './latest.js'
import { LatestTable } from './latest.js'
import type { OrderedPiece, Piece } from './piece.js'
import { stableOrder } from './stable-order.js'
import { BLOCK_POINTS, TailBlock } from './tail-block.js'
import type { Points } from './tail-block.js'

/** A stretch of the tail that takes no more points: readable until its segments are adopted. */
export interface Frozen {
  /** Points held, those of dropped series included. */
  readonly points: number
  /** The latest point of every series in it, in no particular order. */
  latestEntries(): Iterable<{ readonly series: number } & Latest>
}

/** Bytes of memory that a point in the tail takes. */
export const TAIL_POINT_BYTES = 28

/** Points that are in no segment yet, in order of arrival. */
export class Tail implements Frozen {
  #blocks: TailBlock[] = []
  #points = 0
  #latest = new LatestTable()
  #dropped = new Set<number>()

  get points(): number {
    return this.#points
  }

  /** Takes points; long columns may be kept as they are, short ones are copied. */
  append(points: Points): void {
    this.#latest.add(points.series, points.steps, points.timestamps, points.values)
    const count = points.series.length
    this.#points += count
    for (let from = 0; from < count;) {
      const open = this.#blocks.at(-1)
      const left = count - from
      if (left >= KEPT_POINTS && (open === undefined || open.room < left)) {
        const to = from + Math.min(left, BLOCK_POINTS)
        this.#blocks.push(TailBlock.over(slice(points, from, to)))
        from = to
      } else if (open === undefined || open.room === 0) this.#blocks.push(TailBlock.empty())
      else {
        const to = from + Math.min(left, open.room)
        open.append(points, from, to)
        from = to
      }
    }
  }

  /** Forgets the points of a series. */
  drop(series: number): void {
    if (this.#points === 0) return
    this.#dropped.add(series)
    this.#latest.remove(series)
  }

  /** The latest point of a series here. */
  latest(series: number): Latest | undefined {
    return this.#latest.get(series)
  }

  latestEntries(): Iterable<{ readonly series: number } & Latest> {
    return this.#latest.entries()
  }

  /** The points of a series, in order of arrival. */
  find(series: number): Piece[] {
    if (this.#dropped.has(series)) return []
    return this.#blocks.map((block) => block.find(series)).filter((piece) => piece !== null)
  }

  /** Puts an older tail before this one. */
  prepend(older: Tail): void {
    this.#blocks = [...older.#blocks, ...this.#blocks]
    this.#points += older.#points
    for (const series of older.#dropped) this.#dropped.add(series)
    older.#latest.merge(this.#latest)
    this.#latest = older.#latest
  }

  /** Indexes every block ahead of `bySeries`, which would do it in one go; `pause` is awaited in between. */
  async index(pause: () => Promise<void>): Promise<void> {
    for (const block of this.#blocks) {
      block.sortedSeries()
      await pause()
    }
  }

  /** Every series, ascending, with its points in order of arrival. */
  *bySeries(): Generator<{ series: number; count: number; pieces: OrderedPiece[] }> {
    const stretches = this.#stretches()
    const order = stableOrder(stretches.series, stretches.series.length)
    for (let i = 0; i < order.length;) {
      const series = stretches.series[order[i]!]!
      const pieces: OrderedPiece[] = []
      let count = 0
      for (; i < order.length && stretches.series[order[i]!] === series; i++) {
        const at = order[i]!
        const block = this.#blocks[stretches.block[at]!]!
        const piece = block.piece(stretches.from[at]!, stretches.to[at]!)
        count += piece.to - piece.from
        pieces.push(piece)
      }
      if (!this.#dropped.has(series)) yield { series, count, pieces }
    }
  }

  #stretches(): Record<'series' | 'block' | 'from' | 'to', Uint32Array> {
    const indexes = this.#blocks.map((block) => block.sortedSeries())
    const size = indexes.reduce((sum, { ids }) => sum + ids.length, 0)
    const [series, block] = [new Uint32Array(size), new Uint32Array(size)]
    const [from, to] = [new Uint32Array(size), new Uint32Array(size)]
    let at = 0
    for (const [b, { ids, starts }] of indexes.entries()) {
      series.set(ids, at)
      block.fill(b, at, at + ids.length)
      from.set(starts.subarray(0, ids.length), at)
      to.set(starts.subarray(1), at)
      at += ids.length
    }
    return { series, block, from, to }
  }
}

const KEPT_POINTS = 16_384

function slice(points: Points, from: number, to: number): Points {
  return {
    series: points.series.subarray(from, to),
    steps: points.steps.subarray(from, to),
    timestamps: points.timestamps.subarray(from, to),
    values: points.values.subarray(from, to),
  }
}

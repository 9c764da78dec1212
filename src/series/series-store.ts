import type { Int64Column } from '../entities/int64.js'
import type { MetricColumns } from '../entities/metric.js'
import type { SeriesPoints } from '../entities/series-points.js'
import { TrackletError } from '../errors.js'
import type { BlobSource } from './blob-range.js'
import { checkMaxPoints } from './downsample.js'
import { joinPieces } from './history.js'
import { isLater } from './latest.js'
import type { Latest } from './latest.js'
import { chooseMerge, mergeSegments } from './merge.js'
import { readGroups } from './read-groups.js'
import type { LocatedSeries, SeriesQuery } from './read-groups.js'
import { sealSeries } from './seal.js'
import { SegmentReader } from './segment-reader.js'
import type { SegmentRef, StepRange } from './segment.js'
import type { Segment } from './segment-writer.js'
import { Tail, TAIL_POINT_BYTES } from './tail.js'
import type { Frozen } from './tail.js'

/** What `SeriesStore` may be told. */
export interface SeriesStoreOptions {
  /** Bytes of directories and decoded chunks to keep; 64 MiB by default. */
  readonly cacheBytes?: number
  /** Bytes of thinned chunks to keep, for reads of few among very many points; 48 MiB by default. */
  readonly thinBytes?: number
  /** How sealing and merging let others run; a timer of 0 ms by default. */
  readonly pause?: () => Promise<void>
}

/** Points of several series: of each all in order of arrival, the series in the order asked for. */
export interface RawPoints {
  readonly series: Uint32Array
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

/**
 * All metric points of a store: what is sealed lies in segments, what came since in a tail in memory.
 * A series is named by an integer that is never used for another.
 */
export class SeriesStore {
  readonly #blobs: BlobSource
  readonly #reader: SegmentReader
  readonly #pause: () => Promise<void>
  #segments: readonly SegmentRef[] = []
  #frozen: readonly Tail[] = []
  #tail = new Tail()

  /** Reads segments from `blobs`; never writes there. */
  constructor(blobs: BlobSource, options: SeriesStoreOptions = {}) {
    this.#blobs = blobs
    this.#pause = options.pause ?? nextTurn
    this.#reader = new SegmentReader(blobs, {
      cacheBytes: options.cacheBytes ?? 64 * 1024 * 1024,
      thinBytes: options.thinBytes ?? 48 * 1024 * 1024,
      pause: this.#pause,
    })
  }

  /** Points that are in no segment. */
  get tailPoints(): number {
    return this.#frozen.reduce((sum, { points }) => sum + points, this.#tail.points)
  }

  /** Bytes that they take. */
  get tailBytes(): number {
    return this.tailPoints * TAIL_POINT_BYTES
  }

  /** Points in segments. */
  get sealedPoints(): number {
    return this.#segments.reduce((sum, { points }) => sum + points, 0)
  }

  /** The segments in order of arrival, as the manifest has to name them. */
  get segments(): readonly SegmentRef[] {
    return this.#segments
  }

  /** Takes up the segments that a manifest names, in its order. */
  load(segments: readonly SegmentRef[]): void {
    this.#segments = [...segments]
  }

  /** Takes up segments that were stored for new series; those that it has already are passed over. */
  take(segments: readonly SegmentRef[]): void {
    const known = new Set(this.#segments.map(({ key }) => key))
    this.#segments = [...this.#segments, ...segments.filter(({ key }) => !known.has(key))]
  }

  /** Takes points in; the command's columns are given away. */
  append(points: SeriesPoints): void {
    this.#tail.append(points)
  }

  /** Forgets series: their tail now, what is sealed at the next merge. They must not be appended to again. */
  drop(series: readonly number[]): void {
    for (const tail of [...this.#frozen, this.#tail]) for (const id of series) tail.drop(id)
  }

  /** The latest of a series's points that are in no segment. */
  latest(series: number): Latest | undefined {
    let latest: Latest | undefined
    for (const tail of [...this.#frozen, this.#tail]) {
      const point = tail.latest(series)
      if (point !== undefined && (latest === undefined || isLater(point, latest))) latest = point
    }
    return latest
  }

  /** The latest points of the series that have some in no segment, of older stretches first. */
  *latestEntries(): Generator<{ readonly series: number } & Latest> {
    for (const tail of [...this.#frozen, this.#tail]) yield* tail.latestEntries()
  }

  /** Cuts the tail: what it held is sealed next, what is appended from now on goes to a new one. */
  freeze(): Frozen {
    const frozen = this.#tail
    this.#frozen = [...this.#frozen, frozen]
    this.#tail = new Tail()
    return frozen
  }

  /** Encodes frozen points; put each segment under its key. Nothing changes here until `adopt`. */
  async *seal(frozen: Frozen, nextKey: () => string): AsyncGenerator<Segment> {
    const tail = this.#frozen[this.#indexOf(frozen)]!
    await tail.index(this.#pause)
    yield* sealSeries(tail.bySeries(), { level: 0, nextKey, pause: this.#pause })
  }

  /** Lets segments stand for frozen points, once a manifest names them. The oldest cut goes first. */
  adopt(frozen: Frozen, refs: readonly SegmentRef[]): void {
    if (this.#indexOf(frozen) !== 0)
      throw new TrackletError('INVALID_STATE', 'Adopt the oldest frozen points first.')
    this.#frozen = this.#frozen.slice(1)
    this.#segments = [...this.#segments, ...refs]
  }

  /** Puts frozen points back before what came after them, for a later cut. */
  unfreeze(frozen: Frozen): void {
    const at = this.#indexOf(frozen)
    const next = this.#frozen[at + 1] ?? this.#tail
    next.prepend(this.#frozen[at]!)
    this.#frozen = this.#frozen.filter((tail) => tail !== frozen)
  }

  /** Segments that should become one, or null where there are none. */
  mergeCandidates(): readonly SegmentRef[] | null {
    return chooseMerge(this.#segments)
  }

  /** Encodes merged segments; put each under its key. Nothing changes here until `replace`. */
  merge(
    refs: readonly SegmentRef[],
    isLive: (series: number) => boolean,
    nextKey: () => string,
  ): AsyncGenerator<Segment> {
    this.#positionOf(refs)
    const level = refs.reduce((top, ref) => Math.max(top, ref.level), 0) + 1
    return mergeSegments(this.#blobs, refs, isLive, { level, nextKey, pause: this.#pause })
  }

  /** Lets merged segments stand for old ones, once a manifest names them. */
  replace(old: readonly SegmentRef[], merged: readonly SegmentRef[]): void {
    const at = this.#positionOf(old)
    const after = this.#segments.slice(at + old.length)
    this.#segments = [...this.#segments.slice(0, at), ...merged, ...after]
  }

  /**
   * The points of all of `series` by (step, timestamp); equal ones by their place in `series`, then by arrival.
   * INVALID_PARAMETER_VALUE for a bad `maxPoints`, DATA_LOSS where a segment is damaged or missing.
   */
  async read(series: readonly number[], query: SeriesQuery = {}): Promise<MetricColumns> {
    return (await this.readMany([series], query))[0]!
  }

  /**
   * What `read` gives for each group of series, in one pass over the segments. With `maxPoints`, a range of
   * at least 16 times as many points is read thinned: first, last, minimum, maximum and `total` are exact.
   */
  async readMany(
    groups: readonly (readonly number[])[],
    query: SeriesQuery = {},
  ): Promise<MetricColumns[]> {
    if (query.maxPoints !== undefined) checkMaxPoints(query.maxPoints)
    return this.#locating(groups, query, (located) => readGroups(this.#reader, located, query))
  }

  /** Every point of each of `series` in order of arrival; errors as of `read`. */
  async readRaw(series: readonly number[]): Promise<RawPoints> {
    return this.#locating([series], {}, async ([located]) => {
      const pieces = await this.#reader.load(located!.flatMap(({ spans }) => spans))
      const found = located!.map(({ spans, recent }) => [
        ...spans.map((span) => pieces.get(span)!),
        ...recent,
      ])
      const joined = joinPieces(found.flat())
      const ids = new Uint32Array(joined.values.length)
      let at = 0
      for (const [i, own] of found.entries())
        for (const { from, to } of own) ids.fill(series[i]!, at, (at += to - from))
      return { series: ids, ...joined }
    })
  }

  /** Reads where series lie, then what `load` loads. Begins anew where a merge took a segment away meanwhile. */
  async #locating<T>(
    groups: readonly (readonly number[])[],
    range: StepRange,
    load: (located: LocatedSeries[][]) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const segments = this.#segments
      try {
        return await load(await this.#locate(groups, range))
      } catch (error) {
        if (segments.every((ref) => this.#segments.includes(ref))) throw error
      }
    }
  }

  async #locate(
    groups: readonly (readonly number[])[],
    range: StepRange,
  ): Promise<LocatedSeries[][]> {
    const series = groups.flat()
    const tails = [...this.#frozen, this.#tail]
    const recent = series.map((id) => tails.flatMap((tail) => tail.find(id)))
    const found = this.#segments.map((ref) => this.#reader.locate(ref, series, range))
    const sealed = await Promise.all(found)
    let at = 0
    return groups.map((group) =>
      group.map(() => {
        const i = at++
        return { spans: sealed.flatMap((spans) => spans[i]!), recent: recent[i]! }
      }),
    )
  }

  #indexOf(frozen: Frozen): number {
    const at = this.#frozen.findIndex((tail) => tail === frozen)
    if (at < 0) throw new TrackletError('INVALID_STATE', 'These points are not frozen any more.')
    return at
  }

  #positionOf(refs: readonly SegmentRef[]): number {
    const at = this.#segments.findIndex(({ key }) => key === refs[0]?.key)
    const same = refs.every((ref, i) => this.#segments[at + i]?.key === ref.key)
    if (at < 0 || !same)
      throw new TrackletError('INVALID_STATE', 'These segments are not neighbours of the store.')
    return at
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

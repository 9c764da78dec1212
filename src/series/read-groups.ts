import type { MetricColumns } from '../entities/metric.js'
import { downsamplePieces, STRIDE, thinPiece } from './downsample.js'
import { assemble, clip } from './history.js'
import { countPoints } from './piece.js'
import type { Piece } from './piece.js'
import { areOrdered, isOrdered } from './point-order.js'
import type { SegmentReader, Span } from './segment-reader.js'
import type { StepRange } from './segment.js'

/** What a read of a history takes. */
export interface SeriesQuery extends StepRange {
  /** At most this many points, at least 4. */
  readonly maxPoints?: number
}

/** Where the points of one series lie, in order of arrival: sealed ones, then those of the tail. */
export interface LocatedSeries {
  readonly spans: readonly Span[]
  readonly recent: readonly Piece[]
}

/**
 * The history of each group of series. Groups are taken together up to a million decoded points, so that
 * neighbours are fetched at once and no more than that is held beside the results.
 */
export async function readGroups(
  reader: SegmentReader,
  groups: readonly (readonly LocatedSeries[])[],
  query: SeriesQuery,
): Promise<MetricColumns[]> {
  const results: MetricColumns[] = []
  let batch: Plan[] = []
  let points = 0
  for (const group of groups) {
    const plan = makePlan(group, query)
    batch.push(plan)
    points += plan.points
    if (points < BATCH_POINTS) continue
    results.push(...(await readBatch(reader, batch, query)))
    batch = []
    points = 0
  }
  if (batch.length > 0) results.push(...(await readBatch(reader, batch, query)))
  return results
}

const BATCH_POINTS = 1_000_000

interface Plan {
  readonly series: readonly LocatedSeries[]
  /** Whether thinned chunks are enough. */
  readonly thin: boolean
  /** Points that it holds while it is read. */
  readonly points: number
}

/** Thinned chunks are enough where at least 16 points stand for one of the result, wherever they lie. */
function makePlan(group: readonly LocatedSeries[], query: SeriesQuery): Plan {
  let [points, surely] = [0, 0]
  const series = group.map(({ spans, recent }) => {
    const inRange = recent.flatMap((piece) => clip(piece, query))
    const count = countPoints(inRange)
    points += count
    surely += count
    for (const { from, to, isWithin } of spans) {
      points += to - from
      if (isWithin) surely += to - from
    }
    return { spans, recent: inRange }
  })
  const thin = query.maxPoints !== undefined && surely >= STRIDE * query.maxPoints
  return { series, thin, points: thin ? points / (STRIDE / 2) : points }
}

async function readBatch(
  reader: SegmentReader,
  plans: readonly Plan[],
  query: SeriesQuery,
): Promise<MetricColumns[]> {
  const whole: Span[] = []
  const thinned: Span[] = []
  for (const { series, thin } of plans)
    for (const { spans } of series)
      for (const span of spans) (thin && isThinnable(span) ? thinned : whole).push(span)
  const [pieces, thin] = await Promise.all([reader.load(whole), reader.loadThin(thinned)])
  const results: MetricColumns[] = []
  for (const plan of plans) {
    const quick = plan.thin ? assembleThin(plan, query, pieces, thin) : null
    results.push(quick ?? assembleWhole(plan, query, await allPieces(reader, plan, pieces)))
  }
  return results
}

function isThinnable(span: Span): boolean {
  return span.isWithin && span.fillsChunk
}

/** A history out of thinned pieces; null where its pieces do not follow each other in order. */
function assembleThin(
  { series }: Plan,
  query: SeriesQuery,
  pieces: ReadonlyMap<Span, Piece>,
  thin: ReadonlyMap<Span, Piece | null>,
): MetricColumns | null {
  const parts: Piece[] = []
  let total = 0
  const add = (piece: Piece): boolean => {
    total += piece.to - piece.from
    if (piece.from < piece.to) parts.push(thinPiece(piece))
    return isOrdered(piece)
  }
  for (const { spans, recent } of series) {
    for (const span of spans) {
      const piece = thin.get(span)
      if (piece === null) return null
      if (piece === undefined) {
        if (!clip(pieces.get(span)!, query).every(add)) return null
      } else {
        total += span.to - span.from
        parts.push(piece)
      }
    }
    if (!recent.every(add)) return null
  }
  if (!areOrdered(parts)) return null
  return { ...downsamplePieces(parts, query.maxPoints!), total }
}

function assembleWhole(
  { series }: Plan,
  query: SeriesQuery,
  pieces: ReadonlyMap<Span, Piece>,
): MetricColumns {
  const all = series.flatMap(({ spans, recent }) => [
    ...spans.map((span) => pieces.get(span)!),
    ...recent,
  ])
  return assemble(all, query, query.maxPoints)
}

/** The pieces with those of a plan's spans that only came thinned so far. */
async function allPieces(
  reader: SegmentReader,
  { series, thin }: Plan,
  pieces: ReadonlyMap<Span, Piece>,
): Promise<ReadonlyMap<Span, Piece>> {
  return thin ? reader.load(series.flatMap(({ spans }) => spans)) : pieces
}

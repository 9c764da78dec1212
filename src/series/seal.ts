import type { OrderedPiece } from './piece.js'
import { CHUNK_POINTS, SegmentWriter } from './segment-writer.js'
import type { Segment } from './segment-writer.js'

/** A series on its way into segments: about how many points, and the points in order of arrival. */
export interface SeriesPoints {
  readonly series: number
  readonly count: number
  readonly pieces: Iterable<OrderedPiece> | AsyncIterable<OrderedPiece>
}

/** How segments are named, and how a long loop lets others run. */
export interface SealOptions {
  readonly level: number
  readonly nextKey: () => string
  /** Awaited after some 33,000 points each. */
  readonly pause: () => Promise<void>
}

/** Segments of some 4 MiB out of series that come in ascending order of their ids. */
export async function* sealSeries(
  source: Iterable<SeriesPoints> | AsyncIterable<SeriesPoints>,
  { level, nextKey, pause }: SealOptions,
): AsyncGenerator<Segment> {
  let writer = new SegmentWriter()
  let written = 0
  for await (const { series, count, pieces } of source) {
    writer.begin(count)
    for await (const piece of pieces) {
      for (const part of chunkSized(piece)) {
        writer.add(series, part)
        written += part.to - part.from
        if (written >= PAUSE_POINTS) {
          written = 0
          await pause()
        }
        if (writer.full) {
          yield writer.finish(nextKey(), level)
          writer = new SegmentWriter()
        }
      }
    }
  }
  if (!writer.empty) yield writer.finish(nextKey(), level)
}

const PAUSE_POINTS = 32_768

function* chunkSized(piece: OrderedPiece): Generator<OrderedPiece> {
  for (let from = piece.from; from < piece.to; from += CHUNK_POINTS)
    yield { ...piece, from, to: Math.min(piece.to, from + CHUNK_POINTS) }
}

import type { Int64, Int64Column } from '../../../src/entities/int64.js'
import type { PointsCommand } from '../../../src/store/commands.js'

/** A point as the plain model holds it. */
export interface ModelPoint {
  readonly series: number
  readonly step: Int64
  readonly timestamp: Int64
  readonly value: number
}

/** Points as the command that brings them. */
export function pointsCommand(points: readonly ModelPoint[]): PointsCommand {
  return {
    t: 'points',
    series: Uint32Array.from(points, ({ series }) => series),
    steps: int64Column(points.map(({ step }) => step)),
    timestamps: int64Column(points.map(({ timestamp }) => timestamp)),
    values: Float64Array.from(points, ({ value }) => value),
  }
}

/** A column as reads give it. */
export function int64Column(values: readonly Int64[]): Int64Column {
  if (values.every((value) => typeof value === 'number')) return Float64Array.from(values)
  return BigInt64Array.from(values, BigInt)
}

/** What a read has to give, by plain sorting. */
export function modelRead(
  points: readonly ModelPoint[],
  series: readonly number[],
  fromStep?: Int64,
  toStep?: Int64,
): { steps: Int64Column; timestamps: Int64Column; values: Float64Array; total: number } {
  const sorted = series
    .flatMap((id) => points.filter((point) => point.series === id))
    .filter(({ step }) => fromStep === undefined || step >= fromStep)
    .filter(({ step }) => toStep === undefined || step <= toStep)
    .sort((a, b) => order(a.step, b.step) || order(a.timestamp, b.timestamp))
  return { ...modelColumns(sorted), total: sorted.length }
}

/** Points as columns, in their order. */
export function modelColumns(points: readonly ModelPoint[]): {
  steps: Int64Column
  timestamps: Int64Column
  values: Float64Array
} {
  return {
    steps: int64Column(points.map(({ step }) => step)),
    timestamps: int64Column(points.map(({ timestamp }) => timestamp)),
    values: Float64Array.from(points, ({ value }) => value),
  }
}

/** The latest point by MLflow's rule, by looking at all. */
export function modelLatest(
  points: readonly ModelPoint[],
  series: number,
): Omit<ModelPoint, 'series'> | undefined {
  const rank = (value: number): number => (Number.isNaN(value) ? 0 : value)
  let best: ModelPoint | undefined
  for (const point of points) {
    if (point.series !== series) continue
    const by =
      best === undefined
        ? 1
        : order(point.step, best.step) ||
          order(point.timestamp, best.timestamp) ||
          order(rank(point.value), rank(best.value))
    if (by > 0) best = point
  }
  return best && { step: best.step, timestamp: best.timestamp, value: best.value }
}

function order(a: Int64, b: Int64): number {
  return a < b ? -1 : a > b ? 1 : 0
}

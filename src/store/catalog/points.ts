import type { Int64, Int64Column } from '../../entities/int64.js'
import type { MetricInput } from '../../entities/log-batch.js'
import type { Draft } from './draft.js'
import { NO_CONTEXT } from './series-index.js'
import type { SeriesContext } from './series-index.js'

/** Adds a run's points, already checked, as one points command. */
export function addPoints(draft: Draft, run: number, metrics: readonly MetricInput[]): void {
  if (metrics.length === 0) return
  const series = Uint32Array.from(metrics, (metric) =>
    draft.series(run, metric.key, contextOf(metric)),
  )
  draft.add({
    t: 'points',
    series,
    steps: int64sToColumn(metrics.map(({ step }) => step)),
    timestamps: int64sToColumn(metrics.map(({ timestamp }) => timestamp)),
    values: Float64Array.from(metrics, ({ value }) => value),
  })
}

/** Int64 values as a column: doubles while they hold them all exactly. */
export function int64sToColumn(values: readonly Int64[]): Int64Column {
  const exact = values.every((value) => Number.isSafeInteger(Number(value)))
  return exact ? Float64Array.from(values, Number) : BigInt64Array.from(values, BigInt)
}

function contextOf({ modelId, datasetName, datasetDigest }: MetricInput): SeriesContext {
  if (!modelId && !datasetName) return NO_CONTEXT
  return {
    modelId: modelId ?? '',
    datasetName: datasetName ?? '',
    datasetDigest: datasetDigest ?? '',
  }
}

import type { Int64 } from '../../entities/int64.js'
import type { MetricInput } from '../../entities/log-batch.js'
import { toInt64Column } from '../../series/int64-column.js'
import type { Draft } from './draft.js'
import { NO_CONTEXT } from './series-index.js'
import type { SeriesContext } from './series-index.js'

/** Adds a run's points, already checked, as one points command. */
export function addPoints(draft: Draft, run: number, metrics: readonly MetricInput[]): void {
  if (metrics.length === 0) return
  const count = metrics.length
  const series = new Uint32Array(count)
  const values = new Float64Array(count)
  const steps: Int64[] = new Array(count)
  const timestamps: Int64[] = new Array(count)
  metrics.forEach((metric, i) => {
    series[i] = draft.series(run, metric.key, contextOf(metric))
    values[i] = metric.value
    steps[i] = metric.step
    timestamps[i] = metric.timestamp
  })
  const [stepColumn, timeColumn] = [toInt64Column(steps), toInt64Column(timestamps)]
  draft.add({ t: 'points', series, steps: stepColumn, timestamps: timeColumn, values })
}

function contextOf({ modelId, datasetName, datasetDigest }: MetricInput): SeriesContext {
  if (!modelId && !datasetName) return NO_CONTEXT
  return {
    modelId: modelId ?? '',
    datasetName: datasetName ?? '',
    datasetDigest: datasetDigest ?? '',
  }
}

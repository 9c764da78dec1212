import type { ModelMetric } from '../../../entities/logged-model.js'
import type { Int64 } from '../../../entities/int64.js'
import { compareCodePoints } from '../../../search/code-points.js'
import { toInt64 } from '../../../series/int64-column.js'
import type { RawPoints } from '../../../series/series-store.js'
import type { SqlValue } from '../../database.js'
import type { CatalogState } from '../state.js'

/** A series whose points belong to a logged model. */
export interface ModelSeries {
  readonly series: number
  readonly modelId: string
  readonly runId: string
  readonly key: string
  readonly datasetName: string | null
  readonly datasetDigest: string | null
}

/** The points of models, by their ids; models without any are not in it. */
export type MetricsByModel = ReadonlyMap<string, readonly ModelMetric[]>

/** All series of a logged model, of every run and dataset. */
export function seriesOfModel(state: CatalogState, modelId: string): ModelSeries[] {
  const sql = `SELECT s.id, r.run_id, s.key, c.dataset_name, c.dataset_digest FROM contexts c
    CROSS JOIN series s ON s.context = c.id AND s.context <> 0 JOIN runs r ON r.id = s.run
    WHERE c.model_id = ?`
  return state.db.all(sql, [modelId]).map(([id, runId, key, name, digest]) => ({
    series: Number(id),
    modelId,
    runId: String(runId),
    key: state.keys.nameOf(Number(key)),
    datasetName: nullIfEmpty(name),
    datasetDigest: nullIfEmpty(digest),
  }))
}

/** Points as the metrics of their models: by key, timestamp and step; points that are equal in all once. */
export function pointsToModelMetrics(
  series: readonly ModelSeries[],
  points: RawPoints,
): MetricsByModel {
  const owners = new Map(series.map((one) => [one.series, one]))
  const byModel = new Map<string, ModelMetric[]>()
  for (let i = 0; i < points.values.length; i++) {
    const { series: _, ...owner } = owners.get(points.series[i]!)!
    const metric = {
      ...owner,
      value: points.values[i]!,
      timestamp: toInt64(points.timestamps[i] as Int64),
      step: toInt64(points.steps[i] as Int64),
    }
    const metrics = byModel.get(owner.modelId)
    if (metrics === undefined) byModel.set(owner.modelId, [metric])
    else metrics.push(metric)
  }
  for (const [modelId, metrics] of byModel)
    byModel.set(modelId, withoutRepeats(metrics.sort(compareMetrics)))
  return byModel
}

function withoutRepeats(sorted: readonly ModelMetric[]): ModelMetric[] {
  return sorted.filter((metric, i) => i === 0 || compareMetrics(sorted[i - 1]!, metric) !== 0)
}

/** Equal in all is 0; the run and the dataset decide last, so that the order is always the same. */
function compareMetrics(a: ModelMetric, b: ModelMetric): number {
  return (
    compareCodePoints(a.key, b.key) ||
    compare(a.timestamp, b.timestamp) ||
    compare(a.step, b.step) ||
    compareValues(a.value, b.value) ||
    compareCodePoints(a.runId, b.runId) ||
    compareCodePoints(a.datasetName ?? '', b.datasetName ?? '') ||
    compareCodePoints(a.datasetDigest ?? '', b.datasetDigest ?? '')
  )
}

/** NaN comes last, as no number is equal to it. */
function compareValues(a: number, b: number): number {
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || compare(a, b)
}

function compare(a: Int64, b: Int64): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function nullIfEmpty(value: SqlValue | undefined): string | null {
  return value === '' || value == null ? null : String(value)
}

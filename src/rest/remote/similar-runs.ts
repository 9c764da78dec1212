import type { Run } from '../../entities/run.js'
import { nearest, numericParam, type NumericColumn } from '../../search/similar.js'
import { checkSimilarRuns, type SimilarColumn } from '../../search/similar-query.js'
import type { SimilarRun, SimilarRunsQuery } from '../../search/similar-query.js'
import { own } from './runs-to-table.js'

/** What a search for neighbours reads. */
export interface RunReader {
  readonly run: (runId: string) => Promise<Run>
  /** The active runs of these experiments. */
  readonly runs: (experimentIds: readonly string[]) => Promise<readonly Run[]>
}

/** The runs nearest to one by params and metrics: see `AnalysisStore.findSimilarRuns`. */
export async function findSimilarRuns(
  query: SimilarRunsQuery,
  reader: RunReader,
): Promise<SimilarRun[]> {
  const { runId, by, k, experimentIds } = checkSimilarRuns(query)
  const run = await reader.run(runId)
  const among = await reader.runs(experimentIds ?? [run.info.experimentId])
  // The run stands among the rows, but never among the neighbours.
  const rows = [run, ...among.filter(({ info }) => info.runId !== runId)]
  const columns = (by ?? columnsOf(run)).map((column) => toNumbers(rows, column))
  return nearest(columns, rows.length, 0, k).map(({ row, distance }) => ({
    runId: rows[row]!.info.runId,
    distance,
  }))
}

/** The params and metrics that a run has a number in. */
function columnsOf({ data }: Run): SimilarColumn[] {
  const params = Object.entries(data.params).filter(([, text]) =>
    Number.isFinite(numericParam([text])[0]),
  )
  const metrics = Object.entries(data.metrics).filter(([, value]) => Number.isFinite(value))
  return [
    ...params.map(([key]) => ({ entity: 'param', key }) as const),
    ...metrics.map(([key]) => ({ entity: 'metric', key }) as const),
  ]
}

/** What a run lacks is NaN, which counts as missing. */
function toNumbers(runs: readonly Run[], { entity, key }: SimilarColumn): NumericColumn {
  const values =
    entity === 'metric'
      ? Float64Array.from(runs, ({ data }) => own(data.metrics, key) ?? Number.NaN)
      : numericParam(runs.map(({ data }) => own(data.params, key) ?? ''))
  return { values, missing: null }
}

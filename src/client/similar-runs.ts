import { checkSimilarRuns } from '../search/similar-query.js'
import type { AnalysisStore } from '../store/analysis-store.js'
import type { SimilarRun, SimilarRunsQuery } from '../search/similar-query.js'

/** What is looked at for `findSimilarRuns`, and how many runs it gives. */
export type SimilarRunsOptions = Omit<SimilarRunsQuery, 'runId'>

/**
 * The active runs whose params and metrics are nearest to those of `runId`, nearest first, without the run itself.
 * INVALID_PARAMETER_VALUE for bad options, before the store is asked; RESOURCE_DOES_NOT_EXIST for an unknown run.
 */
export async function findSimilarRuns(
  store: Pick<AnalysisStore, 'findSimilarRuns'>,
  runId: string,
  options: SimilarRunsOptions = {},
): Promise<readonly SimilarRun[]> {
  const query: SimilarRunsQuery = { ...options, runId }
  checkSimilarRuns(query)
  return store.findSimilarRuns(query)
}

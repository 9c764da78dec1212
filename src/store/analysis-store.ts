import type { ColumnTable } from '../entities/column-table.js'
import type { SeriesComparison, SeriesComparisonQuery } from '../compare/series-comparison.js'
import type { SimilarRun, SimilarRunsQuery } from '../search/similar-query.js'
import type { RunQuery } from './tracking-store.js'

/** What `getRunColumns` reads: the runs that a search finds, in its order, or the runs of these ids, in theirs. */
export interface RunColumnsQuery extends Omit<RunQuery, 'maxResults' | 'pageToken'> {
  /** Instead of a search: RESOURCE_DOES_NOT_EXIST where one is not there. Deleted runs are given too. */
  readonly runIds?: readonly string[]
  /** At most this many runs; all by default. */
  readonly limit?: number
}

/** How `sql` runs. */
export interface SqlOptions {
  /** Fill the table `metrics` with every point of the store, rather than those of the runs that the query names. */
  readonly materialise?: boolean
  /** The most rows to give, 1,000,000 by default; more is RESOURCE_EXHAUSTED. */
  readonly maxRows?: number
}

/** A value for a `?` of a query. */
export type SqlArgument = number | bigint | string | Uint8Array | boolean | null

/** Reading many runs at once: as columns, beside each other, by likeness, by SQL. */
export interface AnalysisStore {
  /**
   * Runs as columns with the names of pandas' frame of `mlflow.search_runs`: run_id, experiment_id, status,
   * artifact_uri, start_time, end_time, then metrics.*, params.* and tags.*, each in order of key.
   */
  getRunColumns(query: RunColumnsQuery): Promise<ColumnTable>
  /** The nearest runs, nearest first, without the run itself. */
  findSimilarRuns(query: SimilarRunsQuery): Promise<readonly SimilarRun[]>
  /** Many runs' histories, aligned, smoothed, grouped and thinned out. */
  compareSeries(query: SeriesComparisonQuery): Promise<SeriesComparison>
  /** Read-only SQL over views with MLflow's tables and columns. INVALID_PARAMETER_VALUE for what is no query. */
  sql(text: string, args?: readonly SqlArgument[], options?: SqlOptions): Promise<ColumnTable>
}

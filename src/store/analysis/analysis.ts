import { compareSeries } from '../../compare/compare-series.js'
import type { SeriesComparison, SeriesComparisonQuery } from '../../compare/series-comparison.js'
import type { ColumnTable } from '../../entities/column-table.js'
import type { PagedList } from '../../entities/paged-list.js'
import type { Run } from '../../entities/run.js'
import type { RunColumnsQuery, SqlArgument, SqlOptions } from '../analysis-store.js'
import type { SimilarRun, SimilarRunsQuery } from '../../search/similar-query.js'
import type { Core } from '../core.js'
import { SqlQueries } from '../sql/sql.js'
import type { RunQuery } from '../tracking-store.js'
import { comparisonReader } from './comparison-reader.js'
import { getRunColumns } from './run-columns.js'
import { Searcher } from './searcher.js'
import { findSimilarRuns } from './similar-runs.js'

/** Searching and comparing, over the state of an engine. */
export class Analysis {
  readonly #core: Core
  readonly #searcher: Searcher
  readonly #sql: SqlQueries

  constructor(core: Core) {
    const { db, catalog, frames, saved, series } = core.parts
    const assertOpen = (): void => core.assertOpen()
    this.#core = core
    this.#searcher = new Searcher({
      catalog,
      frames,
      saved,
      readHistories: (runs, key) =>
        series.readMany(runs.map((run) => catalog.seriesOfKey(run, key))),
      assertOpen,
    })
    this.#sql = new SqlQueries({ db, catalog, series, assertOpen })
  }

  /** See `TrackingStore`. */
  async searchRuns(query: RunQuery): Promise<PagedList<Run>> {
    this.#core.assertOpen()
    return this.#searcher.searchRuns(query)
  }

  /** See `AnalysisStore`. */
  async getRunColumns(query: RunColumnsQuery): Promise<ColumnTable> {
    this.#core.assertOpen()
    return getRunColumns(this.#core.parts.catalog, this.#searcher, query)
  }

  /** See `AnalysisStore`. */
  async findSimilarRuns(query: SimilarRunsQuery): Promise<readonly SimilarRun[]> {
    this.#core.assertOpen()
    return findSimilarRuns(this.#core.parts.catalog, this.#searcher, query)
  }

  /** See `AnalysisStore`. */
  async compareSeries(query: SeriesComparisonQuery): Promise<SeriesComparison> {
    this.#core.assertOpen()
    const { catalog, series } = this.#core.parts
    return compareSeries(comparisonReader(catalog, series), query)
  }

  /** See `AnalysisStore`. */
  async sql(
    text: string,
    args?: readonly SqlArgument[],
    options?: SqlOptions,
  ): Promise<ColumnTable> {
    return this.#sql.run(text, args, options)
  }
}

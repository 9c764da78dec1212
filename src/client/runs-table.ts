import type { RunColumnsQuery } from '../store/analysis-store.js'
import { checkKnown } from './known-options.js'
import { ResultTable } from './result-table.js'
import { experimentsOf, queryOf, SEARCH_OPTIONS, type SearchRuns } from './search-runs.js'
import type { Session } from './session.js'

/** What `runsTable` takes: a search, and how many runs at most. */
export interface RunsTableOptions extends Omit<SearchRuns, 'maxResults'> {
  /** All by default. */
  readonly limit?: number
}

/** The runs that a search finds, as a table with the columns of pandas' frame of `mlflow.search_runs`. */
export async function runsTable(
  session: Session,
  options: RunsTableOptions = {},
): Promise<ResultTable> {
  checkKnown('runsTable', options, [...SEARCH_OPTIONS, 'limit'])
  const experiments = experimentsOf(session, options)
  const query: RunColumnsQuery = {
    experimentIds: await experiments(),
    ...queryOf(options),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  }
  return new ResultTable(await session.store.getRunColumns(query))
}

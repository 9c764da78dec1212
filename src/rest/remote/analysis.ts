import { compareSeries, type ComparisonReader } from '../../compare/compare-series.js'
import { planComparison } from '../../compare/comparison-query.js'
import type { SeriesComparison, SeriesComparisonQuery } from '../../compare/series-comparison.js'
import type { ColumnTable } from '../../entities/column-table.js'
import { invalid } from '../../entities/invalid.js'
import { validateList } from '../../entities/validate.js'
import type { Run } from '../../entities/run.js'
import type { AnalysisStore, RunColumnsQuery } from '../../store/analysis-store.js'
import type { RunQuery } from '../../store/tracking-store.js'
import type { Connection } from './connection.js'
import { getMetricColumns } from './history.js'
import { mapSome } from './map-some.js'
import { notOnServers } from './not-on-servers.js'
import { runsToTable } from './runs-to-table.js'
import { checkRemoteSyntax } from './search-fault.js'
import { findSimilarRuns } from './similar-runs.js'
import { getRun, searchRuns } from './tracking.js'

/** Runs of one request: a whole one is some megabytes already. */
const PAGE = 1000
/** Requests that are on their way together. */
const TOGETHER = 4

/** Analysis of what a server holds: read over its protocol, computed here. */
export function remoteAnalysis(server: Connection): AnalysisStore {
  return {
    getRunColumns: (query) => getRunColumns(server, query),
    findSimilarRuns: (query) =>
      findSimilarRuns(query, {
        run: (runId) => getRun(server, runId),
        runs: (experimentIds) => allRuns(server, { experimentIds }, Infinity),
      }),
    compareSeries: (query) => compareRemoteSeries(server, query),
    sql: () => notOnServers('sql'),
  }
}

async function getRunColumns(server: Connection, query: RunColumnsQuery): Promise<ColumnTable> {
  const { limit = Infinity, runIds, ...search } = query
  if (!(limit >= 1 && (Number.isInteger(limit) || limit === Infinity)))
    throw invalid(
      `Invalid value ${String(limit)} for parameter 'limit' supplied: give a positive integer.`,
    )
  if (runIds === undefined) return runsToTable(await allRuns(server, search, limit))
  const wanted = validateList(runIds, 'run_ids').slice(0, limit)
  return runsToTable(await runsOf(server, wanted))
}

/** All that a search finds, page by page. */
async function allRuns(
  server: Connection,
  query: Omit<RunQuery, 'maxResults' | 'pageToken'>,
  limit: number,
): Promise<Run[]> {
  checkRemoteSyntax(query.syntax)
  const runs: Run[] = []
  let token: string | null = ''
  do {
    const maxResults = Math.min(PAGE, limit - runs.length)
    const page = await searchRuns(server, { ...query, maxResults, pageToken: token })
    runs.push(...page.items)
    token = page.nextPageToken
  } while (token !== null && runs.length < limit)
  return runs
}

async function compareRemoteSeries(
  server: Connection,
  query: SeriesComparisonQuery,
): Promise<SeriesComparison> {
  const runs = new Map<string, Run>()
  for (const run of await runsOf(server, planComparison(query).runIds))
    runs.set(run.info.runId, run)
  const reader: ComparisonReader = {
    runs: (runIds) =>
      runIds.map((runId) => {
        const { info, data } = runs.get(runId)!
        return { runId, startTime: info.startTime, params: data.params, tags: data.tags }
      }),
    read: (pairs, range) =>
      mapSome(pairs, TOGETHER, (pair) => getMetricColumns(server, { ...pair, ...range })),
  }
  return compareSeries(reader, query)
}

function runsOf(server: Connection, runIds: readonly string[]): Promise<Run[]> {
  return mapSome(runIds, TOGETHER, (runId) => getRun(server, runId))
}

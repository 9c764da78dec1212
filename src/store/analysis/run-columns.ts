import type { ColumnTable } from '../../entities/column-table.js'
import { invalid } from '../../entities/invalid.js'
import { validateList } from '../../entities/validate.js'
import type { FoundRows } from '../../search/rank.js'
import { rowsToTable } from '../../search/rows-to-table.js'
import type { RunColumnsQuery } from '../analysis-store.js'
import type { Catalog } from '../catalog/catalog.js'
import { rowsOfRuns } from './run-finder.js'
import type { Searcher } from './searcher.js'

/** Runs as columns: see `AnalysisStore.getRunColumns`. */
export async function getRunColumns(
  catalog: Catalog,
  searcher: Searcher,
  query: RunColumnsQuery,
): Promise<ColumnTable> {
  const limit = checkLimit(query.limit)
  const toTable = (found: FoundRows): ColumnTable => rowsToTable(found, (id) => catalog.keyName(id))
  if (query.runIds === undefined) return searcher.rows(query, limit, toTable)
  const runIds = validateList(query.runIds, 'run_ids').slice(0, limit)
  return rowsOfRuns(catalog, searcher, runIds, toTable)
}

function checkLimit(limit: unknown): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY
  if (typeof limit === 'number' && limit >= 1 && (Number.isInteger(limit) || limit === Infinity))
    return limit
  throw invalid(
    `Invalid value ${String(limit)} for parameter 'limit' supplied: give a positive integer.`,
  )
}

import type { ColumnTable } from '../../entities/column-table.js'
import { invalid } from '../../entities/invalid.js'
import type { SqlArgument, SqlOptions } from '../analysis-store.js'
import type { Database } from '../database.js'
import type { SqlHost } from './host.js'
import { bindArguments } from './arguments.js'
import { mentions } from './mentions.js'
import { createMetrics, readMetricPoints } from './metric-points.js'
import { readQuery } from './query-text.js'
import { ResultBuilder } from './result.js'
import { createViews } from './views.js'

const MAX_ROWS = 1_000_000

/**
 * Runs a read-only query over views with the names and columns of MLflow's tables (SQL.md); nothing in the store can
 * be changed by it. Everything but reading the points of `metrics` happens in one turn.
 * INVALID_PARAMETER_VALUE for what is no query, for wrong arguments, and where SQLite refuses it;
 * RESOURCE_EXHAUSTED for too many rows or too little memory. A query cannot be interrupted.
 */
export async function runSql(
  host: SqlHost,
  text: string,
  args: readonly SqlArgument[] = [],
  options: SqlOptions = {},
): Promise<ColumnTable> {
  host.assertOpen()
  const query = readQuery(text)
  const { sql, params } = bindArguments(query, args)
  const result = new ResultBuilder(checkOptions(options))
  const points = await readMetricPoints(host, query.tokens, args, options)
  host.assertOpen()
  if (mentions(query.tokens, 'latest_metrics')) storeLatest(host)
  const setUp = (): void => {
    createViews(host.db, query.tokens)
    if (points !== null) createMetrics(host.db, points)
  }
  host.db.sandbox(setUp, sql, params, result)
  return result.table()
}

function checkOptions(options: unknown): number {
  if (typeof options !== 'object' || options === null)
    throw invalid('The options of a query must be an object.')
  const { materialise = false, maxRows = MAX_ROWS } = options as Record<keyof SqlOptions, unknown>
  if (typeof materialise !== 'boolean') throw invalid("'materialise' must be true or false.")
  if (!Number.isSafeInteger(maxRows) || Number(maxRows) < 1)
    throw invalid("'maxRows' must be a positive integer.")
  return Number(maxRows)
}

/** Up to where latest points were stored: nothing has to be done again until one is appended. */
const stored = new WeakMap<Database, { segments: readonly unknown[]; tailPoints: number }>()

/** Puts the latest points that are in memory alone where the views see them, as a checkpoint does. */
function storeLatest({ db, catalog, series }: SqlHost): void {
  const { segments, tailPoints } = series
  const last = stored.get(db)
  if (last?.segments === segments && last.tailPoints === tailPoints) return
  catalog.writeLatest(series.latestEntries())
  stored.set(db, { segments, tailPoints })
}

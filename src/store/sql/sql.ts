import type { ColumnTable } from '../../entities/column-table.js'
import { invalid } from '../../entities/invalid.js'
import type { SqlArgument, SqlOptions } from '../analysis-store.js'
import type { SqlHost } from './host.js'
import { bindArguments } from './arguments.js'
import { mentions } from './mentions.js'
import { createMetrics, readMetricPoints } from './metric-points.js'
import { readQuery } from './query-text.js'
import { ResultBuilder } from './result.js'
import { createViews } from './views.js'

const MAX_ROWS = 1_000_000

/** Read-only queries over views with the names and columns of MLflow's tables (SQL.md). */
export class SqlQueries {
  readonly #host: SqlHost
  /** Up to where latest points were stored: nothing has to be done again until one is appended. */
  #stored: Pick<SqlHost['series'], 'segments' | 'tailPoints'> | null = null

  constructor(host: SqlHost) {
    this.#host = host
  }

  /**
   * Runs one query; nothing in the store can be changed by it. Everything but reading the points of `metrics` happens in
   * one turn. INVALID_PARAMETER_VALUE for what is no query, for wrong arguments, and where SQLite refuses it;
   * RESOURCE_EXHAUSTED for too many rows or too little memory. A query cannot be interrupted.
   */
  async run(
    text: string,
    args: readonly SqlArgument[] = [],
    options: SqlOptions = {},
  ): Promise<ColumnTable> {
    const host = this.#host
    host.assertOpen()
    const query = readQuery(text)
    const { sql, params } = bindArguments(query, args)
    const result = new ResultBuilder(checkOptions(options))
    const points = await readMetricPoints(host, query.tokens, args, options)
    host.assertOpen()
    if (mentions(query.tokens, 'latest_metrics')) this.#storeLatest()
    const setUp = (): void => {
      createViews(host.db, query.tokens)
      if (points !== null) createMetrics(host.db, points)
    }
    host.db.sandbox(setUp, sql, params, result)
    return result.table()
  }

  /** Puts the latest points that are in memory alone where the views see them, as a checkpoint does. */
  #storeLatest(): void {
    const { catalog, series } = this.#host
    const { segments, tailPoints } = series
    if (this.#stored?.segments === segments && this.#stored.tailPoints === tailPoints) return
    catalog.writeLatest(series.latestEntries())
    this.#stored = { segments, tailPoints }
  }
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

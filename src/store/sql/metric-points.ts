import { invalid } from '../../entities/invalid.js'
import type { Int64Column } from '../../entities/int64.js'
import type { SqlArgument, SqlOptions } from '../analysis-store.js'
import { int64ToSql } from '../catalog/latest.js'
import type { Database } from '../database.js'
import { mentionsAsName, possibleIds } from './mentions.js'
import type { SqlHost } from './host.js'
import type { SqlToken } from './tokens.js'

/** The points that `metrics` is to show. */
export interface MetricPoints {
  /** Internal ids of the run and the key of each series. */
  readonly owners: ReadonlyMap<number, readonly [run: number, key: number]>
  readonly series: Uint32Array
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

// A point that is the same in all of these is there once, as by the primary key of MLflow's table.
const TABLE = `CREATE TEMP TABLE metric_points(run INTEGER, key INTEGER, timestamp INTEGER, step INTEGER, value REAL,
  is_nan INTEGER, PRIMARY KEY(run, key, timestamp, step, value, is_nan)) WITHOUT ROWID`

const VIEW = `CREATE TEMP VIEW metrics(key, value, timestamp, run_uuid, step, is_nan) AS
  SELECT k.name, p.value, p.timestamp, r.run_id, p.step, p.is_nan FROM temp.metric_points p
  JOIN main.keys k ON k.id = p.key JOIN main.runs r ON r.id = p.run`

const SERIES = `SELECT s.id, s.run, s.key FROM main.runs r CROSS JOIN main.series_spans g ON g.run = r.id
  CROSS JOIN main.series s ON s.id BETWEEN g.first AND g.last`

/**
 * Reads the points of the runs that a query names, or of all; null where it does not ask for any.
 * INVALID_PARAMETER_VALUE where it does, but names no run that is there.
 */
export async function readMetricPoints(
  host: SqlHost,
  tokens: readonly SqlToken[],
  args: readonly SqlArgument[],
  options: SqlOptions,
): Promise<MetricPoints | null> {
  if (!mentionsAsName(tokens, 'metrics')) return null
  const rows = options.materialise
    ? host.db.all(SERIES)
    : seriesOfNamed(host.db, possibleIds(tokens, args))
  const owners = new Map(
    rows.map(([id, run, key]) => [Number(id), [Number(run), Number(key)] as const]),
  )
  return { owners, ...(await host.series.readRaw([...owners.keys()])) }
}

/** Makes `metrics` of what was read. Inside a transaction that ends with it. */
export function createMetrics(db: Database, points: MetricPoints): void {
  db.run(TABLE)
  db.run(VIEW)
  const { owners, series, steps, timestamps, values } = points
  const sql = 'INSERT OR IGNORE INTO temp.metric_points VALUES(?, ?, ?, ?, ?, ?)'
  for (const [i, id] of series.entries()) {
    const [run, key] = owners.get(id) as readonly [number, number]
    const [time, step, value] = [timestamps[i]!, steps[i]!, values[i]!]
    db.run(sql, [
      run,
      key,
      int64ToSql(time),
      int64ToSql(step),
      storedValue(value),
      value !== value ? 1 : 0,
    ])
  }
}

function seriesOfNamed(db: Database, ids: readonly string[]): ReturnType<Database['all']> {
  const named = 'r.run_id IN (SELECT value FROM json_each(?))'
  const list = JSON.stringify(ids)
  if (db.get(`SELECT 1 FROM main.runs r WHERE ${named} LIMIT 1`, [list]) === undefined)
    throw invalid(
      'The query reads metrics, but none of its literals and arguments is the id of a run that is there. ' +
        'Name run ids, in the text or as arguments, or pass { materialise: true } to read the points of all runs.',
    )
  return db.all(`${SERIES} WHERE ${named}`, [list])
}

/** As MLflow's SQL store keeps it (SqlAlchemyStore.sanitize_metric_value). */
function storedValue(value: number): number {
  if (Number.isNaN(value)) return 0
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}

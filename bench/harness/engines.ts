import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import initSqlJs from 'sql.js'
import type { Row, RunQuery } from './mlflow-queries.js'
import { openBetterSqlite, openDuckdb, type DuckConnection } from './peers.js'
import { METRIC_KEYS, PARAM_KEYS, runData, TAG_KEYS } from './run-data.js'
import { supply } from './supply.js'

/** A database that answers queries. */
export interface QueriedDatabase {
  readonly query: RunQuery
  readonly close: () => void
}

const CACHE_KIB = 1_000_000

/** A database file in better-sqlite3, with a page cache that holds it; null where it is absent. */
export function queryBetterSqlite(path: string): Promise<QueriedDatabase | null> {
  const database = openBetterSqlite(path)
  if (database === null) return Promise.resolve(null)
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}`)
  const prepared = new Map<string, ReturnType<typeof database.prepare>>()
  const query: RunQuery = (sql, values) => {
    let statement = prepared.get(sql)
    if (statement === undefined) prepared.set(sql, (statement = database.prepare(sql)))
    return statement.all(...values) as Row[]
  }
  return Promise.resolve({ query, close: () => void database.close() })
}

/** The same in sql.js. */
export async function querySqlJs(path: string): Promise<QueriedDatabase> {
  const { Database } = await initSqlJs()
  const database = new Database(await readFile(path))
  database.run(`PRAGMA cache_size = -${CACHE_KIB}`)
  const query: RunQuery = (sql, values) => {
    const statement = database.prepare(sql, [...values])
    const rows: Row[] = []
    while (statement.step()) rows.push(statement.getAsObject())
    statement.free()
    return rows
  }
  return { query, close: () => database.close() }
}

/** A DuckDB file with MLflow's tables and so many runs of `runData`; null where DuckDB is absent. */
export async function duckdbOfRuns(runs: number): Promise<string | null> {
  const probe = await openDuckdb(':memory:')
  if (probe === null) return null
  probe.closeSync()
  const folder = await supply(`duckdb-${runs}`, async (draft) => {
    const connection = (await openDuckdb(join(draft, 'runs.duckdb')))!
    await connection.run(DUCK_TABLES)
    await appendRuns(connection, runs)
    await connection.run('CHECKPOINT')
    connection.closeSync()
  })
  return join(folder, 'runs.duckdb')
}

/** A file of `duckdbOfRuns` as it is queried. */
export async function queryDuckdb(path: string | null): Promise<QueriedDatabase | null> {
  const connection = path === null ? null : await openDuckdb(path)
  if (connection === null) return null
  const query: RunQuery = async (sql, values) => {
    const statement = await connection.prepare(sql)
    statement.bind(values)
    const result = await statement.runAndReadAll()
    return result.getRowObjects()
  }
  return { query, close: () => connection.closeSync() }
}

// Keys and indexes would take minutes to make and are not what DuckDB scans.
const DUCK_TABLES = `
  CREATE TABLE runs (run_uuid VARCHAR, name VARCHAR, status VARCHAR, start_time BIGINT, end_time BIGINT,
    lifecycle_stage VARCHAR, artifact_uri VARCHAR, experiment_id BIGINT);
  CREATE TABLE latest_metrics (key VARCHAR, value DOUBLE, timestamp BIGINT, step BIGINT, is_nan BIGINT, run_uuid VARCHAR);
  CREATE TABLE params (key VARCHAR, value VARCHAR, run_uuid VARCHAR);
  CREATE TABLE tags (key VARCHAR, value VARCHAR, run_uuid VARCHAR);`

async function appendRuns(connection: DuckConnection, runs: number): Promise<void> {
  await appendAll(connection, 'runs', runs, (row, { uuid, name, startTime }) =>
    row(
      uuid,
      name,
      'FINISHED',
      startTime,
      startTime + 60_000,
      'active',
      `mlflow-artifacts:/0/${uuid}/artifacts`,
      0,
    ),
  )
  await appendAll(connection, 'latest_metrics', runs, (row, { uuid, startTime, metrics }) =>
    METRIC_KEYS.forEach((key, i) => row(key, new Double(metrics[i]!), startTime, 1, 0, uuid)),
  )
  await appendAll(connection, 'params', runs, (row, { uuid, params }) =>
    PARAM_KEYS.forEach((key, i) => row(key, params[i]!, uuid)),
  )
  await appendAll(connection, 'tags', runs, (row, { uuid, name, tags }) => {
    TAG_KEYS.forEach((key, i) => row(key, tags[i]!, uuid))
    row('mlflow.runName', name, uuid)
  })
}

/** A number of a column of doubles; others go into columns of integers. */
class Double {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

type AddRow = (...values: (string | number | Double)[]) => void

async function appendAll(
  connection: DuckConnection,
  table: string,
  runs: number,
  addRows: (row: AddRow, run: ReturnType<typeof runData>) => void,
): Promise<void> {
  const appender = await connection.createAppender(table)
  const row: AddRow = (...values) => {
    for (const value of values) {
      if (typeof value === 'string') appender.appendVarchar(value)
      else if (typeof value === 'number') appender.appendBigInt(BigInt(value))
      else appender.appendDouble(value.value)
    }
    appender.endRow()
  }
  for (let number = 0; number < runs; number++) addRows(row, runData(number))
  appender.closeSync()
}

import { join } from 'node:path'
import type { Benchmark, Sample } from './harness/benchmark.js'
import {
  duckdbOfRuns,
  queryBetterSqlite,
  queryDuckdb,
  querySqlJs,
  type QueriedDatabase,
} from './harness/engines.js'
import { mlflowDatabase } from './harness/mlflow-database.js'
import { openStoreIn, storeOfRuns } from './harness/run-stores.js'
import { quantile, timed, verify } from './harness/statistics.js'

const OURS = 'tracklet, sql()'
const RUNS = 100_000
const TIMES = 5

const QUERY = `SELECT p.value, count(*) AS runs, avg(m.value) AS mean
  FROM params p JOIN latest_metrics m ON m.run_uuid = p.run_uuid AND m.key = 'val_accuracy'
  WHERE p.key = 'learning_rate' GROUP BY p.value ORDER BY p.value`

/** SQL that looks at a param and a metric of every run. */
export const sqlRuns: Benchmark = {
  name: 'sql-runs',
  title: 'SQL: a metric’s mean by the values of a param, over 100,000 runs',
  note: `The same text over MLflow’s tables, in tracklet views of them. first: after opening; again: median of ${TIMES}. The schemas of MLflow are analysed; DuckDB has the tables without keys.`,
  rounds: 2,
  measures: [
    { name: 'first', unit: 'ms', better: 'less' },
    { name: 'again', unit: 'ms', better: 'less' },
  ],
  contestants: [
    { name: OURS, ours: true, measure: inTracklet },
    {
      name: 'better-sqlite3, MLflow’s schema',
      measure: () => fromDatabase((path) => queryBetterSqlite(path)),
    },
    { name: 'sql.js, MLflow’s schema', measure: () => fromDatabase(querySqlJs) },
    { name: 'DuckDB, MLflow’s schema', measure: inDuckdb },
  ],
  targets: [],
}

async function inTracklet(): Promise<Sample> {
  const tracker = await openStoreIn('process', await storeOfRuns(RUNS, { framed: true }))
  const sample = await measure(async () => (await tracker.sql(QUERY)).rows())
  await tracker.close()
  return sample
}

async function fromDatabase(
  open: (path: string) => Promise<QueriedDatabase | null>,
): Promise<Sample | null> {
  const folder = await mlflowDatabase(RUNS, { analyzed: true })
  return folder === null ? null : measureIn(await open(join(folder, 'mlflow.db')))
}

async function inDuckdb(): Promise<Sample | null> {
  return measureIn(await queryDuckdb(await duckdbOfRuns(RUNS)))
}

async function measureIn(database: QueriedDatabase | null): Promise<Sample | null> {
  if (database === null) return null
  const sample = await measure(() => database.query(QUERY, []))
  database.close()
  return sample
}

async function measure(query: () => Iterable<object> | Promise<Iterable<object>>): Promise<Sample> {
  let rows: Record<string, unknown>[] = []
  const work = async (): Promise<void> => {
    rows = [...(await query())] as Record<string, unknown>[]
  }
  const first = await timed(work)
  const again: number[] = []
  for (let i = 0; i < TIMES; i++) again.push(await timed(work))
  verify('groups', rows.length, 5)
  verify(
    'runs',
    rows.reduce((sum, row) => sum + Number(row['runs']), 0),
    RUNS,
  )
  return { first, again: quantile(again, 0.5) }
}

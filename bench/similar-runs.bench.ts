import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark, Contestant, Place, Sample } from './harness/benchmark.js'
import { querySqlJs } from './harness/engines.js'
import { mlflowDatabase } from './harness/mlflow-database.js'
import { runMlflow } from './harness/mlflow.js'
import type { RunQuery } from './harness/mlflow-queries.js'
import { runData } from './harness/run-data.js'
import { idsOfRuns, openStoreIn, storeOfRuns, type EnginePlace } from './harness/run-stores.js'
import { SIMILAR_COLUMNS, similarData, type SimilarTarget } from './harness/similar-data.js'
import { quantile, timed, verify } from './harness/statistics.js'
import { copySupply } from './harness/supply.js'

const PROCESS = 'tracklet, in process'
const THREAD = 'tracklet, worker thread'
const SQL_JS = 'sql.js, MLflow’s schema'
const RUNS = 100_000
const FEWER = RUNS / 10
const TARGETS = 50

/** The runs that are nearest to one. */
export const similarRuns: Benchmark = {
  name: 'similar-runs',
  title: 'The 10 runs most like one, of 100,000 by 40 columns',
  note: `20 metrics and 20 numeric params, standardised; ${TARGETS} different runs, each answer checked against a plain loop. first: right after opening, columns saved. sql.js: one query, once. scikit-learn: NearestNeighbors, brute force, on a matrix that is standardised and ready. MLflow: mlflow.search_runs’ frame of 10,000 runs, a tenth, made into that matrix, and one neighbourhood of it.`,
  rounds: 2,
  measures: [
    { name: 'p50', unit: 'ms', better: 'less' },
    { name: 'p95', unit: 'ms', better: 'less' },
    { name: 'first', unit: 'ms', better: 'less' },
    { name: 'first, 10,000 runs', unit: 'ms', better: 'less' },
  ],
  contestants: [
    { name: PROCESS, ours: true, measure: (place) => inTracklet(place, 'process') },
    { name: THREAD, ours: true, measure: (place) => inTracklet(place, 'thread') },
    { name: SQL_JS, rounds: 1, measure: inSqlJs },
    scikit('scikit-learn, matrix ready', 'similar-matrix', RUNS),
    scikit('MLflow, SQLite, search_runs and scikit-learn', 'similar-frame', FEWER),
  ],
  targets: [{ measure: 'p50', of: PROCESS, against: SQL_JS, times: 30 }],
}

async function targetsOf(folder: string): Promise<SimilarTarget[]> {
  return JSON.parse(await readFile(join(folder, 'targets.json'), 'utf8')) as SimilarTarget[]
}

async function inTracklet(_place: Place, where: EnginePlace): Promise<Sample> {
  // The smaller store last: what is compiled by then makes its first query warmer, not the other's.
  const all = await neighboursIn(where, RUNS)
  const fewer = await neighboursIn(where, FEWER)
  return {
    p50: quantile(all.taken, 0.5),
    p95: quantile(all.taken, 0.95),
    first: all.first,
    'first, 10,000 runs': fewer.first,
  }
}

async function neighboursIn(
  where: EnginePlace,
  runs: number,
): Promise<{ first: number; taken: number[] }> {
  const folder = await storeOfRuns(runs, { framed: true })
  const ids = await idsOfRuns(folder)
  const numbers = new Map(ids.map((id, number) => [id, number]))
  const targets = await targetsOf(await similarData(runs, TARGETS))
  const tracker = await openStoreIn(where, folder)
  const find = async ({ run, expected }: SimilarTarget): Promise<number> => {
    let found: readonly { readonly runId: string }[] = []
    const ms = await timed(async () => (found = await tracker.findSimilarRuns(ids[run]!)))
    verify('neighbours', found.map(({ runId }) => numbers.get(runId)).join(), expected.join())
    return ms
  }
  const first = await find(targets[0]!)
  const taken: number[] = []
  for (const target of targets.slice(1)) taken.push(await find(target))
  await tracker.close()
  return { first, taken }
}

const BY_SQL = `
  WITH cells AS (
    SELECT run_uuid, 'm.' || key AS key, value FROM latest_metrics
    UNION ALL SELECT run_uuid, 'p.' || key, CAST(value AS REAL) FROM params
  ), spread AS (
    SELECT key, avg(value * value) - avg(value) * avg(value) AS variance FROM cells GROUP BY key
  ), target AS (SELECT key, value FROM cells WHERE run_uuid = ?)
  SELECT r.name FROM (
    SELECT c.run_uuid, sum((c.value - t.value) * (c.value - t.value) / s.variance) AS squares
    FROM cells c JOIN target t ON t.key = c.key JOIN spread s ON s.key = c.key
    WHERE c.run_uuid <> ? GROUP BY c.run_uuid ORDER BY squares LIMIT 10
  ) n JOIN runs r ON r.run_uuid = n.run_uuid ORDER BY n.squares`

async function inSqlJs(): Promise<Sample | null> {
  const folder = await mlflowDatabase(RUNS, { analyzed: true })
  if (folder === null) return null
  const database = await querySqlJs(join(folder, 'mlflow.db'))
  const targets = await targetsOf(await similarData(RUNS, TARGETS))
  const p50 = await findBySql(database.query, targets[0]!)
  database.close()
  return { p50 }
}

async function findBySql(query: RunQuery, { run, expected }: SimilarTarget): Promise<number> {
  const { uuid } = runData(run)
  let names: unknown[] = []
  const ms = await timed(async () => {
    names = (await query(BY_SQL, [uuid, uuid])).map((row) => row['name'])
  })
  verify('neighbours', names.join(), expected.map((number) => runData(number).name).join())
  return ms
}

function scikit(name: string, workload: string, runs: number): Contestant {
  const measure = async (place: Place): Promise<Sample | null> => {
    const database = await mlflowDatabase(runs, { analyzed: false })
    if (database === null) return null
    const data = await similarData(runs, TARGETS)
    const { folder } = place
    await copySupply(data, folder)
    if (workload === 'similar-frame') await copySupply(database, folder)
    const found = await runMlflow(workload, 'sqlite', place, { runs, columns: SIMILAR_COLUMNS })
    if (found === null || workload === 'similar-matrix') return found
    return { 'first, 10,000 runs': found['first'] ?? NaN }
  }
  return { name, rounds: 1, measure }
}

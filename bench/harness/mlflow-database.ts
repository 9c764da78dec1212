import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runMlflow } from './mlflow.js'
import { INSERT_LATEST, INSERT_RUN, insertText, MLFLOW_RUN_TABLES } from './mlflow-schema.js'
import { openBetterSqlite, type BetterSqlite } from './peers.js'
import {
  makeSearches,
  METRIC_KEYS,
  PARAM_KEYS,
  runData,
  TAG_KEYS,
  type Search,
} from './run-data.js'
import { copySupply, supply } from './supply.js'

/** How many different searches are made at most. */
export const SEARCHES = 200

/** The searches over so many runs, made once. */
export async function searchesOver(runs: number): Promise<Search[]> {
  const folder = await supply(`searches-${runs}`, (draft) =>
    writeFile(join(draft, 'searches.json'), JSON.stringify(makeSearches(runs, SEARCHES))),
  )
  return JSON.parse(await readFile(join(folder, 'searches.json'), 'utf8')) as Search[]
}

/**
 * The folder of MLflow's database (`mlflow.db`) with so many runs of `runData` and, as `searches.json`, searches for
 * them; null where better-sqlite3, which fills it, is absent. Points of histories are left out: no search reads them.
 */
export async function mlflowDatabase(
  runs: number,
  { analyzed }: { analyzed: boolean },
): Promise<string | null> {
  const probe = openBetterSqlite(':memory:')
  if (probe === null) return null
  probe.close()
  const plain = await supply(`mlflow-${runs}`, (draft) => fillDatabase(draft, runs))
  if (!analyzed) return plain
  return supply(`mlflow-${runs}-analyzed`, async (draft) => {
    await copySupply(plain, draft)
    const database = openBetterSqlite(join(draft, 'mlflow.db'))
    database?.exec('ANALYZE')
    database?.close()
  })
}

async function fillDatabase(folder: string, runs: number): Promise<void> {
  const place = { folder, full: false }
  const made = await runMlflow('make-database', 'sqlite', place, {})
  const database = openBetterSqlite(join(folder, 'mlflow.db'))
  if (database === null) return
  if (made === null) database.exec(MLFLOW_RUN_TABLES)
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000')
  database.exec('BEGIN')
  insertRuns(database, runs)
  database.exec('COMMIT; PRAGMA journal_mode = DELETE')
  database.close()
  await writeFile(join(folder, 'searches.json'), JSON.stringify(await searchesOver(runs)))
}

/** In the order in which a server would get them: run after run. */
function insertRuns(database: BetterSqlite, runs: number): void {
  const run = database.prepare(INSERT_RUN)
  const metric = database.prepare(INSERT_LATEST)
  const param = database.prepare(insertText('params'))
  const tag = database.prepare(insertText('tags'))
  for (let number = 0; number < runs; number++) {
    const { name, uuid, startTime, metrics, params, tags } = runData(number)
    const location = `mlflow-artifacts:/0/${uuid}/artifacts`
    run.run(uuid, name, startTime, startTime + 60_000, location)
    METRIC_KEYS.forEach((key, i) => metric.run(key, metrics[i], startTime, uuid))
    PARAM_KEYS.forEach((key, i) => param.run(key, params[i], uuid))
    TAG_KEYS.forEach((key, i) => tag.run(key, tags[i], uuid))
    tag.run('mlflow.runName', name, uuid)
  }
}

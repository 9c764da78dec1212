import type { CatalogState } from './state.js'

/** The run id of an internal one; undefined where there is none (any more). */
export function runIdOf(state: CatalogState, run: number): string | undefined {
  return textOf(state, 'SELECT run_id FROM runs WHERE id = ?', run)
}

/** The experiment id of an internal one; undefined where there is none (any more). */
export function experimentIdOf(state: CatalogState, experiment: number): string | undefined {
  return textOf(state, 'SELECT experiment_id FROM experiments WHERE id = ?', experiment)
}

/** The id of the experiment that a run belongs to, by the run's id; undefined for an unknown run. */
export function experimentOfRun(state: CatalogState, runId: string): string | undefined {
  const sql =
    'SELECT e.experiment_id FROM runs r JOIN experiments e ON e.id = r.experiment WHERE r.run_id = ?'
  return textOf(state, sql, runId)
}

/** The internal experiment of an internal run; undefined where there is none (any more). */
export function experimentOf(state: CatalogState, run: number): number | undefined {
  const row = state.db.get('SELECT experiment FROM runs WHERE id = ?', [run])
  return row === undefined ? undefined : Number(row[0])
}

function textOf(state: CatalogState, sql: string, id: number | string): string | undefined {
  const row = state.db.get(sql, [id])
  return row === undefined ? undefined : String(row[0])
}

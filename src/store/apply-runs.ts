import { dropArtifact } from './apply-artifacts.js'
import { changeOne } from './apply-effects.js'
import type { Effects } from './apply-effects.js'
import type { Database } from './database.js'
import { SERIES_OF_RUN } from './schema.js'

/** Joins a new series to its run's spans: the last one grows, or a new one begins. */
export function addToSpans(db: Database, run: number, series: number): void {
  const grown = db.run(
    `UPDATE series_spans SET last = ? WHERE run = ? AND last = ?
      AND first = (SELECT max(first) FROM series_spans WHERE run = ?)`,
    [series, run, series - 1, run],
  )
  if (grown === 0) db.run('INSERT INTO series_spans VALUES(?, ?, ?)', [run, series, series])
}

/** Removes a run with its series, params, tags, inputs, links to models and artifacts. */
export function purgeRun(db: Database, id: number, effects: Effects): void {
  for (const [series] of db.all(`SELECT s.id ${SERIES_OF_RUN}`, [id])) {
    effects.droppedSeries.push(Number(series))
    db.run('DELETE FROM series WHERE id = ?', [Number(series)])
  }
  for (const [path] of db.all('SELECT path FROM artifacts WHERE run = ?', [id]))
    dropArtifact(db, id, String(path), effects.released)
  for (const table of ['series_spans', 'params', 'tags', 'inputs', 'input_tags', 'run_models'])
    db.run(`DELETE FROM ${table} WHERE run = ?`, [id])
  changeOne(db.run('DELETE FROM runs WHERE id = ?', [id]), 'run', id)
  effects.runs.add(id)
}

/** The id of a model and dataset, given now if it is new. */
export function contextId(db: Database, names: readonly [string, string, string]): number {
  const known = db.get(
    'SELECT id FROM contexts WHERE model_id = ? AND dataset_name = ? AND dataset_digest = ?',
    names,
  )
  if (known !== undefined) return Number(known[0])
  const id = Number(db.get('SELECT coalesce(max(id), 0) + 1 FROM contexts')?.[0])
  db.run('INSERT INTO contexts VALUES(?, ?, ?, ?)', [id, ...names])
  return id
}

/** Says that a run's files have changed; those of a logged model or trace are no change of a run. */
export function touchOwner(db: Database, owner: number, effects: Effects): void {
  if (db.get('SELECT 1 FROM runs WHERE id = ?', [owner]) !== undefined) effects.runs.add(owner)
}

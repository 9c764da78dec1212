import { dropArtifactsOf } from './apply-artifacts.js'
import { changeOne, raise } from './apply-effects.js'
import type { Effects, Interpreters } from './apply-effects.js'
import type { KeyedValue } from './commands.js'
import type { Database } from './database.js'
import { SERIES_OF_RUN } from './schema.js'

/** How the commands of runs are applied, and those of the datasets that they use. */
export const RUN_INTERPRETERS: Interpreters<
  | 'createRun'
  | 'updateRun'
  | 'deleteRun'
  | 'restoreRun'
  | 'purgeRun'
  | 'setParams'
  | 'setTags'
  | 'deleteTag'
  | 'defineDataset'
  | 'linkDataset'
> = {
  createRun(db, command, effects) {
    const { id, runId, experiment, name, userId, status, startTime, owner, tags } = command
    db.run('INSERT INTO runs VALUES(?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)', [
      id,
      runId,
      experiment,
      name,
      userId,
      status,
      startTime,
      owner,
    ])
    for (const tag of tags) setTag(db, id, tag)
    raise(effects, 'run', id)
    effects.runs.add(id)
  },

  updateRun(db, { id, status, endTime, name }, effects) {
    const sql =
      'UPDATE runs SET status = coalesce(?, status), end_time = coalesce(?, end_time), name = coalesce(?, name) WHERE id = ?'
    changeOne(db.run(sql, [status ?? null, endTime ?? null, name ?? null, id]), 'run', id)
    effects.runs.add(id)
  },

  deleteRun(db, { id, time }, effects) {
    changeOne(db.run('UPDATE runs SET deleted_time = ? WHERE id = ?', [time, id]), 'run', id)
    effects.runs.add(id)
  },

  restoreRun(db, { id }, effects) {
    changeOne(db.run('UPDATE runs SET deleted_time = NULL WHERE id = ?', [id]), 'run', id)
    effects.runs.add(id)
  },

  purgeRun(db, { id }, effects) {
    purgeRun(db, id, effects)
  },

  setParams(db, { run, params }, effects) {
    for (const [key, value] of params)
      db.run('INSERT INTO params VALUES(?, ?, ?)', [run, key, value])
    effects.runs.add(run)
  },

  setTags(db, { run, tags }, effects) {
    for (const tag of tags) setTag(db, run, tag)
    effects.runs.add(run)
  },

  deleteTag(db, { run, key }, effects) {
    db.run('DELETE FROM tags WHERE run = ? AND key = ?', [run, key])
    effects.runs.add(run)
  },

  defineDataset(db, command, effects) {
    const { id, experiment, name, digest, sourceType, source, schema, profile } = command
    db.run('INSERT INTO datasets VALUES(?, ?, ?, ?, ?, ?, ?, ?)', [
      id,
      experiment,
      name,
      digest,
      sourceType,
      source,
      schema,
      profile,
    ])
    raise(effects, 'dataset', id)
  },

  linkDataset(db, { run, dataset, tags }, effects) {
    db.run('INSERT INTO inputs VALUES(?, ?)', [run, dataset])
    for (const [name, value] of tags)
      db.run('INSERT INTO input_tags VALUES(?, ?, ?, ?)', [run, dataset, name, value])
    effects.runs.add(run)
  },
}

/** Removes a run with its series, params, tags, inputs, links to models and artifacts. */
export function purgeRun(db: Database, id: number, effects: Effects): void {
  for (const [series] of db.all(`SELECT s.id ${SERIES_OF_RUN}`, [id])) {
    effects.droppedSeries.push(Number(series))
    db.run('DELETE FROM series WHERE id = ?', [Number(series)])
  }
  dropArtifactsOf(db, id, effects.released)
  for (const table of ['series_spans', 'params', 'tags', 'inputs', 'input_tags', 'run_models'])
    db.run(`DELETE FROM ${table} WHERE run = ?`, [id])
  changeOne(db.run('DELETE FROM runs WHERE id = ?', [id]), 'run', id)
  effects.runs.add(id)
}

function setTag(db: Database, run: number, [key, value]: KeyedValue): void {
  db.run(
    'INSERT INTO tags VALUES(?, ?, ?) ON CONFLICT(run, key) DO UPDATE SET value = excluded.value',
    [run, key, value],
  )
}

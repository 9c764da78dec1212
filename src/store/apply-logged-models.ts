import { dropArtifactsOf } from './apply-artifacts.js'
import { changeOne, raise } from './apply-effects.js'
import type { Effects, Interpreters } from './apply-effects.js'
import type { LoggedModelCommand } from './commands-logged-models.js'
import type { KeyedValue } from './commands.js'
import type { Database } from './database.js'

/** How the commands of logged models are applied. */
export const LOGGED_MODEL_INTERPRETERS: Interpreters<LoggedModelCommand['t']> = {
  createLoggedModel(db, command, effects) {
    const { id, modelId, experiment, name, modelType, sourceRunId, time, params, tags } = command
    db.run("INSERT INTO logged_models VALUES(?, ?, ?, ?, ?, ?, 'PENDING', ?, ?, NULL)", [
      id,
      modelId,
      experiment,
      name,
      modelType,
      sourceRunId,
      time,
      time,
    ])
    addParams(db, id, params)
    for (const tag of tags) setTag(db, id, tag)
    raise(effects, 'run', id)
  },

  finalizeLoggedModel(db, { id, status, time }) {
    const sql = 'UPDATE logged_models SET status = ?, last_update_time = ? WHERE id = ?'
    changeOne(db.run(sql, [status, time, id]), 'logged model', id)
  },

  deleteLoggedModel(db, { id, time }) {
    const sql = 'UPDATE logged_models SET deleted_time = ?, last_update_time = ? WHERE id = ?'
    changeOne(db.run(sql, [time, time, id]), 'logged model', id)
  },

  purgeLoggedModel(db, { id }, effects) {
    purgeLoggedModel(db, id, effects)
  },

  setLoggedModelTags(db, { model, tags }) {
    for (const tag of tags) setTag(db, model, tag)
  },

  deleteLoggedModelTag(db, { model, key }) {
    db.run('DELETE FROM logged_model_tags WHERE model = ? AND key = ?', [model, key])
  },

  setLoggedModelParams(db, { model, params }) {
    addParams(db, model, params)
  },

  linkModel(db, { run, role, modelId, step }, effects) {
    db.run('INSERT INTO run_models VALUES(?, ?, ?, ?)', [run, role, modelId, step])
    effects.runs.add(run)
  },
}

/** Removes the logged models of an experiment with what belongs to them. */
export function purgeLoggedModelsOf(db: Database, experiment: number, effects: Effects): void {
  for (const [id] of db.all('SELECT id FROM logged_models WHERE experiment = ?', [experiment]))
    purgeLoggedModel(db, Number(id), effects)
}

/** The points that were logged for it stay, as those of their runs. */
function purgeLoggedModel(db: Database, id: number, effects: Effects): void {
  dropArtifactsOf(db, id, effects.released)
  db.run('DELETE FROM logged_model_params WHERE model = ?', [id])
  db.run('DELETE FROM logged_model_tags WHERE model = ?', [id])
  changeOne(db.run('DELETE FROM logged_models WHERE id = ?', [id]), 'logged model', id)
}

function addParams(db: Database, model: number, params: readonly KeyedValue[]): void {
  for (const [key, value] of params)
    db.run('INSERT INTO logged_model_params VALUES(?, ?, ?)', [model, key, value])
}

function setTag(db: Database, model: number, [key, value]: KeyedValue): void {
  const sql = `INSERT INTO logged_model_tags VALUES(?, ?, ?)
    ON CONFLICT(model, key) DO UPDATE SET value = excluded.value`
  db.run(sql, [model, key, value])
}

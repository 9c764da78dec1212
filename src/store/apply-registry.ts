import { changeOne, raise } from './apply-effects.js'
import type { Interpreters } from './apply-effects.js'
import type { KeyedValue, RegistryCommand } from './commands.js'
import type { Database } from './database.js'

/** What belongs to a model, beside its row. */
const TABLES_OF_MODEL = ['model_tags', 'aliases', 'versions', 'version_tags'] as const

/** How the commands of the model registry are applied. */
export const REGISTRY_INTERPRETERS: Interpreters<RegistryCommand['t']> = {
  createModel(db, { id, name, description, time, tags }, effects) {
    db.run('INSERT INTO models VALUES(?, ?, ?, ?, ?, 0)', [id, name, description, time, time])
    for (const tag of tags) setModelTag(db, id, tag)
    raise(effects, 'model', id)
  },

  renameModel(db, { id, name, time }) {
    const sql = 'UPDATE models SET name = ?, last_update_time = ? WHERE id = ?'
    changeOne(db.run(sql, [name, time, id]), 'model', id)
    db.run('UPDATE versions SET last_update_time = ? WHERE model = ?', [time, id])
  },

  updateModel(db, { id, description, time }) {
    const sql = 'UPDATE models SET description = ?, last_update_time = ? WHERE id = ?'
    changeOne(db.run(sql, [description, time, id]), 'model', id)
  },

  deleteModel(db, { id }) {
    for (const table of TABLES_OF_MODEL) db.run(`DELETE FROM ${table} WHERE model = ?`, [id])
    changeOne(db.run('DELETE FROM models WHERE id = ?', [id]), 'model', id)
  },

  setModelTag(db, { model, key, value }) {
    setModelTag(db, model, [key, value])
  },

  deleteModelTag(db, { model, key }) {
    db.run('DELETE FROM model_tags WHERE model = ? AND key = ?', [model, key])
  },

  setAlias(db, { model, alias, version }) {
    const sql = `INSERT INTO aliases VALUES(?, ?, ?)
      ON CONFLICT(model, alias) DO UPDATE SET version = excluded.version`
    db.run(sql, [model, alias, version])
  },

  deleteAlias(db, { model, alias }) {
    db.run('DELETE FROM aliases WHERE model = ? AND alias = ?', [model, alias])
  },

  createVersion(db, command) {
    const { model, version, source, location, runId, runLink, modelId, description, time } = command
    const taken = 'UPDATE models SET last_version = ?, last_update_time = ? WHERE id = ?'
    changeOne(db.run(taken, [version, time, model]), 'model', model)
    db.run("INSERT INTO versions VALUES(?, ?, ?, ?, 'None', ?, ?, ?, ?, ?, ?)", [
      model,
      version,
      time,
      time,
      description,
      source,
      location,
      runId,
      runLink,
      modelId,
    ])
    for (const tag of command.tags) setVersionTag(db, model, version, tag)
  },

  updateVersion(db, { model, version, description, time }) {
    const sql =
      'UPDATE versions SET description = ?, last_update_time = ? WHERE model = ? AND version = ?'
    changeOne(db.run(sql, [description, time, model, version]), 'version', version)
  },

  setStage(db, { model, version, stage, archived, time }) {
    for (const other of archived) setStage(db, model, other, 'Archived', time)
    setStage(db, model, version, stage, time)
    touchModel(db, model, time)
  },

  deleteVersion(db, { model, version, time }) {
    const key = [model, version]
    changeOne(
      db.run('DELETE FROM versions WHERE model = ? AND version = ?', key),
      'version',
      version,
    )
    db.run('DELETE FROM version_tags WHERE model = ? AND version = ?', key)
    db.run('DELETE FROM aliases WHERE model = ? AND version = ?', key)
    touchModel(db, model, time)
  },

  setVersionTag(db, { model, version, key, value }) {
    setVersionTag(db, model, version, [key, value])
  },

  deleteVersionTag(db, { model, version, key }) {
    const sql = 'DELETE FROM version_tags WHERE model = ? AND version = ? AND key = ?'
    db.run(sql, [model, version, key])
  },
}

function setModelTag(db: Database, model: number, [key, value]: KeyedValue): void {
  const sql =
    'INSERT INTO model_tags VALUES(?, ?, ?) ON CONFLICT(model, key) DO UPDATE SET value = excluded.value'
  db.run(sql, [model, key, value])
}

function setVersionTag(
  db: Database,
  model: number,
  version: number,
  [key, value]: KeyedValue,
): void {
  const sql = `INSERT INTO version_tags VALUES(?, ?, ?, ?)
    ON CONFLICT(model, version, key) DO UPDATE SET value = excluded.value`
  db.run(sql, [model, version, key, value])
}

function setStage(db: Database, model: number, version: number, stage: string, time: number): void {
  const sql = 'UPDATE versions SET stage = ?, last_update_time = ? WHERE model = ? AND version = ?'
  changeOne(db.run(sql, [stage, time, model, version]), 'version', version)
}

function touchModel(db: Database, model: number, time: number): void {
  const sql = 'UPDATE models SET last_update_time = ? WHERE id = ?'
  changeOne(db.run(sql, [time, model]), 'model', model)
}

import { changeOne, raise } from './apply-effects.js'
import type { Effects, Interpreters } from './apply-effects.js'
import { purgeLoggedModelsOf } from './apply-logged-models.js'
import { purgeRun } from './apply-runs.js'
import { deleteTracesOf } from './apply-traces.js'
import type { KeyedValue } from './commands.js'
import type { Database } from './database.js'

/** How the commands of experiments are applied. */
export const EXPERIMENT_INTERPRETERS: Interpreters<
  | 'createExperiment'
  | 'renameExperiment'
  | 'setExperimentTag'
  | 'deleteExperimentTag'
  | 'deleteExperiment'
  | 'restoreExperiment'
  | 'purgeExperiment'
> = {
  createExperiment(db, command, effects) {
    const { id, experimentId, name, artifactLocation, time, tags } = command
    db.run('INSERT INTO experiments VALUES(?, ?, ?, ?, ?, ?, NULL)', [
      id,
      experimentId,
      name,
      artifactLocation,
      time,
      time,
    ])
    for (const tag of tags) setExperimentTag(db, id, tag)
    raise(effects, 'experiment', id)
    effects.experiments.add(id)
  },

  renameExperiment(db, { id, name, time }, effects) {
    changeOne(
      db.run('UPDATE experiments SET name = ?, last_update_time = ? WHERE id = ?', [
        name,
        time,
        id,
      ]),
      'experiment',
      id,
    )
    effects.experiments.add(id)
  },

  setExperimentTag(db, { id, key, value }, effects) {
    setExperimentTag(db, id, [key, value])
    effects.experiments.add(id)
  },

  deleteExperimentTag(db, { id, key }, effects) {
    db.run('DELETE FROM experiment_tags WHERE experiment = ? AND key = ?', [id, key])
    effects.experiments.add(id)
  },

  deleteExperiment(db, { id, time }, effects) {
    markExperiment(db, id, time, time)
    touchRuns(db, id, effects, 'AND deleted_time IS NULL')
    db.run('UPDATE runs SET deleted_time = ? WHERE experiment = ? AND deleted_time IS NULL', [
      time,
      id,
    ])
    effects.experiments.add(id)
  },

  restoreExperiment(db, { id, time }, effects) {
    markExperiment(db, id, null, time)
    touchRuns(db, id, effects, 'AND deleted_time IS NOT NULL')
    db.run(
      'UPDATE runs SET deleted_time = NULL WHERE experiment = ? AND deleted_time IS NOT NULL',
      [id],
    )
    effects.experiments.add(id)
  },

  purgeExperiment(db, { id }, effects) {
    for (const [run] of db.all('SELECT id FROM runs WHERE experiment = ?', [id]))
      purgeRun(db, Number(run), effects)
    purgeLoggedModelsOf(db, id, effects)
    deleteTracesOf(db, id, effects)
    db.run('DELETE FROM datasets WHERE experiment = ?', [id])
    db.run('DELETE FROM experiment_tags WHERE experiment = ?', [id])
    changeOne(db.run('DELETE FROM experiments WHERE id = ?', [id]), 'experiment', id)
    effects.experiments.add(id)
  },
}

function setExperimentTag(db: Database, experiment: number, [key, value]: KeyedValue): void {
  db.run(
    'INSERT INTO experiment_tags VALUES(?, ?, ?) ON CONFLICT(experiment, key) DO UPDATE SET value = excluded.value',
    [experiment, key, value],
  )
}

function markExperiment(db: Database, id: number, deleted: number | null, time: number): void {
  const sql = 'UPDATE experiments SET deleted_time = ?, last_update_time = ? WHERE id = ?'
  changeOne(db.run(sql, [deleted, time, id]), 'experiment', id)
}

function touchRuns(db: Database, experiment: number, effects: Effects, where: string): void {
  for (const [run] of db.all(`SELECT id FROM runs WHERE experiment = ? ${where}`, [experiment]))
    effects.runs.add(Number(run))
}

import { canonicalExperimentId } from '../../entities/ids.js'
import type { Experiment } from '../../entities/experiment.js'
import { validateRequired } from '../../entities/validate.js'
import type { SqlValue } from '../database.js'
import { noExperiment } from './lookup.js'
import type { CatalogState } from './state.js'

const COLUMNS =
  'id, experiment_id, name, artifact_location, creation_time, last_update_time, deleted_time'

/** The experiment of an id, deleted or not. */
export function getExperiment(state: CatalogState, experimentId: string): Experiment {
  const given = validateRequired(experimentId, 'experiment_id')
  const sql = `SELECT ${COLUMNS} FROM experiments WHERE experiment_id = ?`
  const row = state.db.get(sql, [canonicalExperimentId(given)])
  if (row === undefined) throw noExperiment(given)
  return rowToExperiment(state, row)
}

/** The experiment of a name, deleted or not; null where there is none. */
export function getExperimentByName(state: CatalogState, name: string): Experiment | null {
  const given = validateRequired(name, 'experiment_name')
  const row = state.db.get(`SELECT ${COLUMNS} FROM experiments WHERE name = ?`, [given])
  return row === undefined ? null : rowToExperiment(state, row)
}

/** All experiments, deleted ones too, in no order. */
export function allExperiments(state: CatalogState): Experiment[] {
  return state.db
    .all(`SELECT ${COLUMNS} FROM experiments`)
    .map((row) => rowToExperiment(state, row))
}

function rowToExperiment(state: CatalogState, row: readonly SqlValue[]): Experiment {
  const [id, experimentId, name, location, created, updated, deleted] = row
  return {
    experimentId: String(experimentId),
    name: String(name),
    artifactLocation: String(location),
    lifecycleStage: deleted === null ? 'active' : 'deleted',
    creationTime: created as number | null,
    lastUpdateTime: updated as number | null,
    tags: readExperimentTags(state, Number(id)),
  }
}

function readExperimentTags(state: CatalogState, id: number): Record<string, string> {
  const rows = state.db.all('SELECT key, value FROM experiment_tags WHERE experiment = ?', [id])
  return Object.fromEntries(
    rows.map(([key, value]) => [state.keys.nameOf(Number(key)), value as string]),
  )
}

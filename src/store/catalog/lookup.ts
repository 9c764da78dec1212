import { canonicalExperimentId } from '../../entities/ids.js'
import { invalid } from '../../entities/invalid.js'
import { validateList, validateRequired } from '../../entities/validate.js'
import { TrackletError } from '../../errors.js'
import type { CatalogState } from './state.js'

/** A run as plans need it. */
export interface RunRef {
  readonly id: number
  readonly runId: string
  readonly experiment: number
  readonly deleted: boolean
}

/** An experiment as plans need it. */
export interface ExperimentRef {
  readonly id: number
  readonly experimentId: string
  readonly deleted: boolean
}

/** The run of an id, deleted or not; RESOURCE_DOES_NOT_EXIST where there is none. */
export function findRun(state: CatalogState, runId: unknown): RunRef {
  const id = validateRequired(runId, 'run_id')
  const sql = 'SELECT id, experiment, deleted_time FROM runs WHERE run_id = ?'
  const row = state.db.get(sql, [id])
  if (row === undefined)
    throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `Run with id=${id} not found`)
  return { id: Number(row[0]), runId: id, experiment: Number(row[1]), deleted: row[2] !== null }
}

/** The same, which must be active. */
export function findActiveRun(state: CatalogState, runId: unknown): RunRef {
  const run = findRun(state, runId)
  if (run.deleted)
    throw invalid(`The run ${run.runId} must be in the 'active' state. Current state is deleted.`)
  return run
}

/** The experiment of an id, deleted or not; RESOURCE_DOES_NOT_EXIST where there is none. */
export function findExperiment(state: CatalogState, experimentId: unknown): ExperimentRef {
  const given = validateRequired(experimentId, 'experiment_id')
  const id = canonicalExperimentId(given)
  const row = state.db.get('SELECT id, deleted_time FROM experiments WHERE experiment_id = ?', [id])
  if (row === undefined) throw noExperiment(given)
  return { id: Number(row[0]), experimentId: id, deleted: row[1] !== null }
}

/** The same, which must be active. */
export function findActiveExperiment(state: CatalogState, experimentId: unknown): ExperimentRef {
  const found = findExperiment(state, experimentId)
  if (found.deleted)
    throw invalid(
      `The experiment ${found.experimentId} must be in the 'active' state. Current state is deleted.`,
    )
  return found
}

/** The internal ids of the experiments among these ids that exist, each once; INVALID_PARAMETER_VALUE for what is no id. */
export function internalExperimentIds(
  state: CatalogState,
  experimentIds: readonly string[],
): number[] {
  const ids = new Set<number>()
  for (const [i, given] of validateList(experimentIds, 'experiment_ids').entries()) {
    const id = canonicalExperimentId(validateRequired(given, `experiment_ids[${i}]`))
    const row = state.db.get('SELECT id FROM experiments WHERE experiment_id = ?', [id])
    if (row !== undefined) ids.add(Number(row[0]))
  }
  return [...ids]
}

/** MLflow's words for an experiment that does not exist. */
export function noExperiment(experimentId: string): TrackletError {
  return new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `No Experiment with id=${experimentId} exists`,
  )
}

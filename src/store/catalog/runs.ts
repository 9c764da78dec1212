import { newUuidHex } from '../../entities/ids.js'
import { invalid } from '../../entities/invalid.js'
import { MLFLOW_TAGS } from '../../entities/mlflow-tags.js'
import type { Run, RunInfo, RunStatus } from '../../entities/run.js'
import { makeRunName } from '../../entities/run-names.js'
import { validatePairs } from '../../entities/validate-batch.js'
import {
  isRecord,
  validateSafeInteger,
  validateStatus,
  validateTag,
  validateText,
} from '../../entities/validate.js'
import { TrackletError } from '../../errors.js'
import type { Plan } from '../commands.js'
import type { KeyValue } from '../../entities/log-batch.js'
import type { CreateRun } from '../tracking-store.js'
import { Draft, nothingToDo } from './draft.js'
import { findActiveExperiment, findActiveRun, findRun } from './lookup.js'
import { getRun, getRunInfo } from './run-reader.js'
import type { CatalogState } from './state.js'

/** What `planUpdateRun` may change. */
export interface RunChange {
  readonly status?: RunStatus
  readonly endTime?: number
  readonly runName?: string
}

/** Makes a run in an active experiment, in the state RUNNING. */
export function planCreateRun(state: CatalogState, run: CreateRun): Plan<Run> {
  if (!isRecord(run)) throw invalid('A run is created from an object with an experimentId.')
  const startTime = validateSafeInteger(run.startTime, 'start_time')
  const userId = validateText(run.userId ?? '', 'user_id')
  const owner = run.owner == null ? null : validateText(run.owner, 'owner')
  const tags = checkTags(state, run.tags)
  const given = validateText(run.runName ?? '', 'run_name')
  if (!run.experimentId) throw noExperimentGiven()
  const experiment = findActiveExperiment(state, run.experimentId)
  const name = chooseName(state, given, tags)
  const draft = new Draft(state)
  const runId = freeRunId(state)
  draft.add({
    t: 'createRun',
    tags: draft.keyed([...tags, [MLFLOW_TAGS.runName, name]]),
    id: draft.newId('run'),
    runId,
    experiment: experiment.id,
    name,
    userId,
    status: 'RUNNING',
    startTime,
    owner,
  })
  return draft.plan(() => getRun(state, runId))
}

/** Changes an active run's state, end or name; an empty name changes nothing. */
export function planUpdateRun(
  state: CatalogState,
  runId: string,
  change: RunChange,
): Plan<RunInfo> {
  if (!isRecord(change))
    throw invalid('A run is updated by an object with status, endTime or runName.')
  const status = change.status == null ? undefined : validateStatus(change.status)
  const endTime =
    change.endTime == null ? undefined : validateSafeInteger(change.endTime, 'end_time')
  const name = validateText(change.runName ?? '', 'run_name')
  const run = findActiveRun(state, runId)
  const draft = new Draft(state)
  const changes = {
    ...(status === undefined ? {} : { status }),
    ...(endTime === undefined ? {} : { endTime }),
    ...(name === '' ? {} : { name }),
  }
  if (Object.keys(changes).length > 0) draft.add({ t: 'updateRun', id: run.id, ...changes })
  if (name !== '')
    draft.add({ t: 'setTags', run: run.id, tags: draft.keyed([[MLFLOW_TAGS.runName, name]]) })
  return draft.plan(() => getRunInfo(state, run.runId))
}

/** Marks a run deleted; one that is already stays as it is. */
export function planDeleteRun(state: CatalogState, runId: string): Plan<void> {
  const run = findRun(state, runId)
  if (run.deleted) return nothingToDo(() => undefined)
  const draft = new Draft(state)
  draft.add({ t: 'deleteRun', id: run.id, time: state.around.now() })
  return draft.plan(() => undefined)
}

/** Makes a deleted run active again; an active one stays as it is. */
export function planRestoreRun(state: CatalogState, runId: string): Plan<void> {
  const run = findRun(state, runId)
  if (!run.deleted) return nothingToDo(() => undefined)
  const draft = new Draft(state)
  draft.add({ t: 'restoreRun', id: run.id })
  return draft.plan(() => undefined)
}

/** Removes a deleted run for good. */
export function planPurgeRun(state: CatalogState, runId: string): Plan<void> {
  const run = findRun(state, runId)
  if (!run.deleted)
    throw invalid(
      `The run ${run.runId} must be in the 'deleted' state. Current state is active. Delete it first.`,
    )
  const draft = new Draft(state)
  draft.add({ t: 'purgeRun', id: run.id })
  return draft.plan(() => undefined)
}

function checkTags(
  state: CatalogState,
  tags: readonly KeyValue[] | undefined,
): readonly KeyValue[] {
  return validatePairs(tags, 'tags', (key, value) => validateTag(key, value, state.cut))
}

function chooseName(state: CatalogState, given: string, tags: readonly KeyValue[]): string {
  const tag = new Map(tags).get(MLFLOW_TAGS.runName) ?? ''
  if (given !== '' && tag !== '' && given !== tag)
    throw invalid(
      `Both 'run_name' argument and '${MLFLOW_TAGS.runName}' tag are specified, but with different values ` +
        `(run_name='${given}', ${MLFLOW_TAGS.runName}='${tag}').`,
    )
  return given || tag || makeRunName(state.around.randomBytes)
}

function freeRunId(state: CatalogState): string {
  for (;;) {
    const runId = newUuidHex(state.around.randomBytes)
    if (state.db.get('SELECT 1 FROM runs WHERE run_id = ?', [runId]) === undefined) return runId
  }
}

function noExperimentGiven(): TrackletError {
  return new TrackletError(
    'BAD_REQUEST',
    'A run needs the id of its experiment: experiment_id is missing. Use "0" for the default experiment.',
  )
}

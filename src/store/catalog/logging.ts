import { invalid } from '../../entities/invalid.js'
import { MLFLOW_TAGS } from '../../entities/mlflow-tags.js'
import { pythonRepr } from '../../entities/python-text.js'
import { validateBatch, validateMetric } from '../../entities/validate-batch.js'
import {
  validateParam,
  validateRunId,
  validateTag,
  validateTagKey,
} from '../../entities/validate.js'
import { TrackletError } from '../../errors.js'
import type { Plan } from '../commands.js'
import type { KeyValue, LogBatch, MetricInput } from '../../entities/log-batch.js'
import { Draft, nothingToDo } from './draft.js'
import { checkModelsOfPoints } from './logged-models/lookup.js'
import { findActiveRun } from './lookup.js'
import type { RunRef } from './lookup.js'
import { addPoints } from './points.js'
import type { CatalogState } from './state.js'

/** Logs one point. */
export function planLogMetric(state: CatalogState, runId: string, metric: MetricInput): Plan<void> {
  const point = validateMetric(metric)
  const run = findActiveRun(state, runId)
  checkModelsOfPoints(state, [point])
  const draft = new Draft(state)
  addPoints(draft, run.id, [point])
  return draft.plan(() => undefined)
}

/** Logs a param; the same value again changes nothing, another one is refused. */
export function planLogParam(
  state: CatalogState,
  runId: string,
  key: string,
  value: string,
): Plan<void> {
  const param = validateParam(key, value, state.cut)
  const run = findActiveRun(state, runId)
  const draft = new Draft(state)
  addParams(draft, run, newParams(state, run, [param], 'single'))
  return draft.plan(() => undefined)
}

/** Sets a tag; `mlflow.runName` renames the run too. */
export function planSetTag(
  state: CatalogState,
  runId: string,
  key: string,
  value: string,
): Plan<void> {
  const tag = validateTag(key, value, state.cut)
  const run = findActiveRun(state, runId)
  const draft = new Draft(state)
  addTags(draft, run, [tag])
  return draft.plan(() => undefined)
}

/** Removes a tag; RESOURCE_DOES_NOT_EXIST where the run has none such. The run keeps its name. */
export function planDeleteTag(state: CatalogState, runId: string, key: string): Plan<void> {
  const name = validateTagKey(key)
  const run = findActiveRun(state, runId)
  const id = state.keys.idOf(name) ?? -1
  if (state.db.get('SELECT 1 FROM tags WHERE run = ? AND key = ?', [run.id, id]) === undefined)
    throw new TrackletError(
      'RESOURCE_DOES_NOT_EXIST',
      `No tag with name: ${name} in run with id ${run.runId}`,
    )
  const draft = new Draft(state)
  draft.add({ t: 'deleteTag', run: run.id, key: id })
  return draft.plan(() => undefined)
}

/** Logs metrics, params and tags of one run, all or nothing. */
export function planLogBatch(state: CatalogState, runId: string, batch: LogBatch): Plan<void> {
  const id = validateRunId(runId)
  const { metrics, params, tags } = validateBatch(batch, state.cut)
  const run = findActiveRun(state, id)
  if (metrics.length + params.length + tags.length === 0) return nothingToDo(() => undefined)
  const fresh = newParams(state, run, params, 'batch')
  checkModelsOfPoints(state, metrics)
  const draft = new Draft(state)
  addParams(draft, run, fresh)
  addPoints(draft, run.id, metrics)
  addTags(draft, run, tags)
  return draft.plan(() => undefined)
}

/**
 * Those of `params` that the run does not have yet; refuses a changed one, in MLflow's words for one param
 * or for a batch. `staged` are params that the same plan has set before.
 */
export function newParams(
  state: CatalogState,
  run: RunRef,
  params: readonly KeyValue[],
  wording: 'single' | 'batch',
  staged?: ReadonlyMap<string, string>,
): readonly KeyValue[] {
  const fresh = new Map<string, string>()
  const changed: { key: string; old_value: string; new_value: string }[] = []
  for (const [key, value] of params) {
    const old = fresh.get(key) ?? staged?.get(key) ?? currentParam(state, run, key)
    if (old === undefined) fresh.set(key, value)
    else if (old !== value) changed.push({ key, old_value: old, new_value: value })
  }
  if (changed[0] === undefined) return [...fresh]
  const { key, old_value: before, new_value: after } = changed[0]
  throw invalid(
    wording === 'batch'
      ? `Changing param values is not allowed. Params were already logged='${pythonRepr(changed)}' for run ID='${run.runId}'.`
      : `Changing param values is not allowed. Param with key='${key}' was already logged with value='${before}' ` +
          `for run ID='${run.runId}'. Attempted logging new value '${after}'.`,
  )
}

/** Adds params that the run does not have yet. */
export function addParams(draft: Draft, run: RunRef, params: readonly KeyValue[]): void {
  if (params.length > 0) draft.add({ t: 'setParams', run: run.id, params: draft.keyed(params) })
}

/** Adds tags, the last one of a key; a name among them is the run's new name. */
export function addTags(draft: Draft, run: RunRef, tags: readonly KeyValue[]): void {
  if (tags.length === 0) return
  const name = new Map(tags).get(MLFLOW_TAGS.runName)
  if (name) draft.add({ t: 'updateRun', id: run.id, name })
  draft.add({ t: 'setTags', run: run.id, tags: draft.keyed(tags) })
}

function currentParam(state: CatalogState, run: RunRef, key: string): string | undefined {
  const id = state.keys.idOf(key)
  if (id === undefined) return undefined
  const row = state.db.get('SELECT value FROM params WHERE run = ? AND key = ?', [run.id, id])
  return row === undefined ? undefined : String(row[0])
}

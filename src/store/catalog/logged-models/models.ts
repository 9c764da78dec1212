import { newUuidHex } from '../../../entities/ids.js'
import { invalid, wrongType } from '../../../entities/invalid.js'
import type { KeyValue } from '../../../entities/log-batch.js'
import type { LoggedModelStatus } from '../../../entities/logged-model.js'
import { pythonRepr } from '../../../entities/python-text.js'
import { makeRunName } from '../../../entities/run-names.js'
import { isRecord, validateTagKey, validateText } from '../../../entities/validate.js'
import { validatePairs } from '../../../entities/validate-batch.js'
import {
  validateLoggedModelName,
  validateLoggedModelParam,
  validateLoggedModelStatus,
  validateLoggedModelTag,
} from '../../../entities/validate-logged-model.js'
import { TrackletError } from '../../../errors.js'
import type { Plan } from '../../commands.js'
import type { CreateLoggedModel } from '../../logged-model-store.js'
import { Draft, nothingToDo } from '../draft.js'
import { findActiveExperiment } from '../lookup.js'
import type { CatalogState } from '../state.js'
import { findAnyLoggedModel, findLoggedModel, loggedModelOf } from './lookup.js'
import { getLoggedModel, readPair } from './model-reader.js'
import type { LoggedModelRecord } from './model-reader.js'

/** Makes a logged model in an active experiment, in the state PENDING. Its source run need not exist, as in MLflow. */
export function planCreateLoggedModel(
  state: CatalogState,
  given: CreateLoggedModel,
): Plan<LoggedModelRecord> {
  if (!isRecord(given)) throw wrongType('model', given)
  const name = given.name == null ? null : validateLoggedModelName(given.name)
  const modelType = optionalText(given.modelType, 'model_type')
  const sourceRunId = optionalText(given.sourceRunId, 'source_run_id')
  const params = newParams(validatePairs(given.params, 'params', validateLoggedModelParam))
  const tags = validatePairs(given.tags, 'tags', validateLoggedModelTag)
  const experiment = findActiveExperiment(state, given.experimentId)
  if (new Set(tags.map(([key]) => key)).size < tags.length)
    throw new TrackletError('BAD_REQUEST', 'A tag key of a logged model is given twice.')
  const modelId = freeModelId(state)
  const draft = new Draft(state)
  draft.add({
    t: 'createLoggedModel',
    params: draft.keyed(params),
    tags: draft.keyed(tags),
    id: draft.newId('run'),
    modelId,
    experiment: experiment.id,
    name: name ?? makeRunName(state.around.randomBytes),
    modelType,
    sourceRunId,
    time: state.around.now(),
  })
  return draft.plan(() => getLoggedModel(state, modelId))
}

/** Sets a model's status. */
export function planFinalizeLoggedModel(
  state: CatalogState,
  modelId: string,
  status: LoggedModelStatus,
): Plan<LoggedModelRecord> {
  const checked = validateLoggedModelStatus(status)
  const { id } = findLoggedModel(state, modelId)
  const draft = new Draft(state)
  draft.add({ t: 'finalizeLoggedModel', id, status: checked, time: state.around.now() })
  return draft.plan(() => getLoggedModel(state, modelId))
}

/** Marks a model deleted. */
export function planDeleteLoggedModel(state: CatalogState, modelId: string): Plan<void> {
  const { id } = findLoggedModel(state, modelId)
  const draft = new Draft(state)
  draft.add({ t: 'deleteLoggedModel', id, time: state.around.now() })
  return draft.plan(() => undefined)
}

/** Removes a deleted model for good, with its files. */
export function planPurgeLoggedModel(state: CatalogState, modelId: string): Plan<void> {
  const model = findAnyLoggedModel(state, modelId)
  if (!model.deleted)
    throw invalid(
      `The logged model ${model.modelId} must be in the 'deleted' state. Current state is active. Delete it first.`,
    )
  const draft = new Draft(state)
  draft.add({ t: 'purgeLoggedModel', id: model.id })
  return draft.plan(() => undefined)
}

/** Sets tags; of a key given twice the last value stays. */
export function planSetLoggedModelTags(
  state: CatalogState,
  modelId: string,
  tags: readonly KeyValue[],
): Plan<void> {
  const checked = validatePairs(tags, 'tags', validateLoggedModelTag)
  const { id } = findLoggedModel(state, modelId)
  if (checked.length === 0) return nothingToDo(() => undefined)
  const draft = new Draft(state)
  draft.add({ t: 'setLoggedModelTags', model: id, tags: draft.keyed(checked) })
  return draft.plan(() => undefined)
}

/** Removes a tag; RESOURCE_DOES_NOT_EXIST where the model has none such. */
export function planDeleteLoggedModelTag(
  state: CatalogState,
  modelId: string,
  key: string,
): Plan<void> {
  const name = validateTagKey(key)
  const { id, modelId: checked } = findLoggedModel(state, modelId)
  if (readPair(state, 'logged_model_tags', id, name) === null)
    throw new TrackletError(
      'RESOURCE_DOES_NOT_EXIST',
      `No tag with key ${pythonRepr(name)} found for model with ID ${pythonRepr(checked)}.`,
    )
  const draft = new Draft(state)
  draft.add({ t: 'deleteLoggedModelTag', model: id, key: draft.key(name) })
  return draft.plan(() => undefined)
}

/** Adds params; one that the model has already must be given with the same value. */
export function planLogLoggedModelParams(
  state: CatalogState,
  modelId: string,
  params: readonly KeyValue[],
): Plan<void> {
  const checked = validatePairs(params, 'params', validateLoggedModelParam)
  const { id } = findLoggedModel(state, modelId)
  const fresh = newParams(checked, (key) => readPair(state, 'logged_model_params', id, key))
  if (fresh.length === 0) return nothingToDo(() => undefined)
  const draft = new Draft(state)
  draft.add({ t: 'setLoggedModelParams', model: id, params: draft.keyed(fresh) })
  return draft.plan(() => undefined)
}

/** Those of `params` that are not there yet, each once; refuses a changed one. */
function newParams(
  params: readonly KeyValue[],
  current: (key: string) => string | null = () => null,
): KeyValue[] {
  const fresh = new Map<string, string>()
  for (const [key, value] of params) {
    const old = fresh.get(key) ?? current(key)
    if (old === null) fresh.set(key, value)
    else if (old !== value)
      throw invalid(
        `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old}' ` +
          `for the logged model. Attempted logging new value '${value}'.`,
      )
  }
  return [...fresh]
}

function freeModelId(state: CatalogState): string {
  for (;;) {
    const modelId = `m-${newUuidHex(state.around.randomBytes)}`
    if (loggedModelOf(state, modelId) === null) return modelId
  }
}

function optionalText(value: unknown, parameter: string): string | null {
  return value === undefined || value === null ? null : validateText(value, parameter)
}

import type { KeyValue } from '../../../entities/log-batch.js'
import { MLFLOW_TAGS } from '../../../entities/mlflow-tags.js'
import { pythonRepr } from '../../../entities/python-text.js'
import type { RegisteredModel } from '../../../entities/registered-model.js'
import { validateTagKey } from '../../../entities/validate.js'
import { validatePairs } from '../../../entities/validate-batch.js'
import {
  validateAlias,
  validateDescription,
  validateModelName,
  validateNewAlias,
  validateRegistryTag,
} from '../../../entities/validate-registry.js'
import { TrackletError } from '../../../errors.js'
import type { Plan } from '../../commands.js'
import { Draft, nothingToDo } from '../draft.js'
import type { CatalogState } from '../state.js'
import { findModel, findVersion, isPromptModel, modelOf } from './lookup.js'
import type { ModelRef } from './lookup.js'
import { getModel } from './model-reader.js'

/** What `planCreateModel` takes beside the name. */
export interface CreateModelOptions {
  readonly description?: string | null
  readonly tags?: readonly KeyValue[]
}

/** Makes a registered model. */
export function planCreateModel(
  state: CatalogState,
  name: string,
  options: CreateModelOptions = {},
): Plan<RegisteredModel> {
  const checked = validateModelName(name)
  const tags = validatePairs(options.tags, 'tags', validateRegistryTag)
  const description = validateDescription(options.description)
  const taken = modelOf(state, checked)
  if (taken !== null) throw alreadyThere(state, taken, isPrompt(tags))
  const draft = new Draft(state)
  draft.add({
    t: 'createModel',
    id: draft.newId('model'),
    name: checked,
    description,
    time: state.around.now(),
    tags: draft.keyed(tags),
  })
  return draft.plan(() => getModel(state, checked))
}

/** Gives a model a new name, which must be free. */
export function planRenameModel(
  state: CatalogState,
  name: string,
  newName: string,
): Plan<RegisteredModel> {
  const checked = validateModelName(newName, 'new_name')
  const { id } = findModel(state, name)
  const owner = modelOf(state, checked)
  if (owner !== null && owner.id !== id)
    throw new TrackletError(
      'RESOURCE_ALREADY_EXISTS',
      `Registered Model (name=${checked}) already exists. Error: The name is taken.`,
    )
  const draft = new Draft(state)
  draft.add({ t: 'renameModel', id, name: checked, time: state.around.now() })
  return draft.plan(() => getModel(state, checked))
}

/** Sets a model's description; null clears it. */
export function planUpdateModel(
  state: CatalogState,
  name: string,
  description: string | null,
): Plan<RegisteredModel> {
  const model = findModel(state, name)
  const draft = new Draft(state)
  const time = state.around.now()
  draft.add({
    t: 'updateModel',
    id: model.id,
    description: validateDescription(description),
    time,
  })
  return draft.plan(() => getModel(state, model.name))
}

/** Removes a model with all that belongs to it. */
export function planDeleteModel(state: CatalogState, name: string): Plan<void> {
  const draft = new Draft(state)
  draft.add({ t: 'deleteModel', id: findModel(state, name).id })
  return draft.plan(() => undefined)
}

/** Sets a tag of a model. */
export function planSetModelTag(
  state: CatalogState,
  name: string,
  key: string,
  value: string,
): Plan<void> {
  validateModelName(name)
  const [checked, text] = validateRegistryTag(key, value)
  const { id } = findModel(state, name)
  const draft = new Draft(state)
  draft.add({ t: 'setModelTag', model: id, key: draft.key(checked), value: text })
  return draft.plan(() => undefined)
}

/** Removes a tag of a model, if it has it. */
export function planDeleteModelTag(state: CatalogState, name: string, key: string): Plan<void> {
  validateModelName(name)
  const keyId = state.keys.idOf(validateTagKey(key))
  const { id } = findModel(state, name)
  const sql = 'SELECT 1 FROM model_tags WHERE model = ? AND key = ?'
  if (keyId === undefined || state.db.get(sql, [id, keyId]) === undefined)
    return nothingToDo(() => undefined)
  const draft = new Draft(state)
  draft.add({ t: 'deleteModelTag', model: id, key: keyId })
  return draft.plan(() => undefined)
}

/** Lets an alias name a version; it is moved where it names another. */
export function planSetAlias(
  state: CatalogState,
  name: string,
  alias: string,
  version: string | number,
): Plan<void> {
  validateModelName(name)
  const checked = validateNewAlias(alias)
  const found = findVersion(state, name, version)
  const draft = new Draft(state)
  draft.add({ t: 'setAlias', model: found.model, alias: checked, version: found.version })
  return draft.plan(() => undefined)
}

/** Removes an alias, if it is there. */
export function planDeleteAlias(state: CatalogState, name: string, alias: string): Plan<void> {
  validateModelName(name)
  const checked = validateAlias(alias)
  const { id } = findModel(state, name)
  const sql = 'SELECT 1 FROM aliases WHERE model = ? AND alias = ?'
  if (state.db.get(sql, [id, checked]) === undefined) return nothingToDo(() => undefined)
  const draft = new Draft(state)
  draft.add({ t: 'deleteAlias', model: id, alias: checked })
  return draft.plan(() => undefined)
}

/** Whether tags make what has them a prompt; of a key given twice the last counts. */
export function isPrompt(tags: readonly KeyValue[]): boolean {
  return new Map(tags).get(MLFLOW_TAGS.isPrompt)?.toLowerCase() === 'true'
}

function alreadyThere(state: CatalogState, taken: ModelRef, prompt: boolean): TrackletError {
  const wasPrompt = isPromptModel(state, taken.id)
  const what = (is: boolean): string => (is ? 'prompt' : 'registered model')
  const message =
    wasPrompt === prompt
      ? `${prompt ? 'Prompt' : 'Registered Model'} (name=${taken.name}) already exists.`
      : `Tried to create a ${what(prompt)} with name ${pythonRepr(taken.name)}, but the name is already taken by a ` +
        `${what(wasPrompt)}. MLflow does not allow creating a model and a prompt with the same name.`
  return new TrackletError('RESOURCE_ALREADY_EXISTS', message)
}

import { isRandomId } from '../../../entities/ids.js'
import { invalidValue } from '../../../entities/invalid.js'
import { validateSafeInteger, validateText } from '../../../entities/validate.js'
import {
  validateLoggedModelName,
  validateLoggedModelParam,
  validateLoggedModelStatus,
  validateLoggedModelTag,
} from '../../../entities/validate-logged-model.js'
import type { KeyedValue } from '../../commands.js'
import type { ImportedLoggedModel } from '../../import-store.js'
import type { Draft } from '../draft.js'
import { findAnyLoggedModel, loggedModelOf } from '../logged-models/lookup.js'
import type { CatalogState } from '../state.js'
import { alreadyExists } from './keyed.js'
import type { FilePlanner } from './plan-files.js'

/** Adds the commands that make logged models of an experiment, by its internal id, as they were elsewhere. */
export function planLoggedModels(
  state: CatalogState,
  draft: Draft,
  experiment: number,
  models: readonly ImportedLoggedModel[],
  { files, replaced }: { readonly files: FilePlanner; readonly replaced: readonly string[] },
): void {
  const free = new Set(replaced)
  for (const modelId of free)
    draft.add({ t: 'purgeLoggedModel', id: findAnyLoggedModel(state, modelId).id })
  const taken = new Set<string>()
  for (const model of models) {
    const { modelId } = model
    if (!isRandomId(modelId)) throw invalidValue('model_id', modelId)
    if (taken.has(modelId) || (loggedModelOf(state, modelId) !== null && !free.has(modelId)))
      throw alreadyExists(`Logged model with ID '${modelId}' already exists.`)
    taken.add(modelId)
    planLoggedModel(draft, experiment, model, files)
  }
}

function planLoggedModel(
  draft: Draft,
  experiment: number,
  model: ImportedLoggedModel,
  files: FilePlanner,
): void {
  const { modelId, name, modelType, sourceRunId, status, lifecycleStage } = model
  const id = draft.newId('run')
  const time = validateSafeInteger(model.lastUpdateTime, 'last_updated_timestamp')
  draft.add({
    t: 'createLoggedModel',
    params: keyed(draft, model.params, validateLoggedModelParam),
    tags: keyed(draft, model.tags, validateLoggedModelTag),
    id,
    modelId,
    experiment,
    name: validateLoggedModelName(name),
    modelType: modelType === null ? null : validateText(modelType, 'model_type'),
    sourceRunId: sourceRunId === null ? null : validateText(sourceRunId, 'source_run_id'),
    time: validateSafeInteger(model.creationTime, 'creation_timestamp'),
  })
  draft.add({ t: 'finalizeLoggedModel', id, status: validateLoggedModelStatus(status), time })
  files.put(id, model.files)
  if (lifecycleStage === 'deleted') draft.add({ t: 'deleteLoggedModel', id, time })
}

function keyed(
  draft: Draft,
  texts: Readonly<Record<string, string>>,
  validate: typeof validateLoggedModelParam,
): KeyedValue[] {
  return draft.keyed(Object.entries(texts).map(([key, value]) => validate(key, value)))
}

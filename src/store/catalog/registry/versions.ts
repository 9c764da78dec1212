import { invalid, wrongType } from '../../../entities/invalid.js'
import type { ModelStage, ModelVersion } from '../../../entities/registered-model.js'
import {
  isRecord,
  validateRequired,
  validateTagKey,
  validateText,
} from '../../../entities/validate.js'
import { validatePairs } from '../../../entities/validate-batch.js'
import {
  validateDescription,
  validateModelName,
  validateRegistryTag,
  validateStage,
} from '../../../entities/validate-registry.js'
import type { Plan } from '../../commands.js'
import type { CreateModelVersion } from '../../model-registry-store.js'
import { Draft, nothingToDo } from '../draft.js'
import { addVersionTag } from '../logged-models/version-tag.js'
import type { CatalogState } from '../state.js'
import { findModel, findVersion } from './lookup.js'
import { isPrompt } from './models.js'
import { resolveSource } from './sources.js'
import { getVersion } from './version-reader.js'

/** Stages that only one version is to be in, if so asked. */
const ACTIVE_STAGES: readonly ModelStage[] = ['Staging', 'Production']

/** Makes the next version of a model. */
export function planCreateVersion(
  state: CatalogState,
  name: string,
  given: CreateModelVersion,
): Plan<ModelVersion> {
  validateModelName(name)
  if (!isRecord(given)) throw wrongType('version', given)
  const tags = validatePairs(given.tags, 'tags', validateRegistryTag)
  const description = validateDescription(given.description)
  const runLink = validateText(given.runLink ?? '', 'run_link')
  const place = {
    source: validateRequired(given.source, 'source'),
    runId: optionalText(given.runId, 'run_id'),
    modelId: optionalText(given.modelId, 'model_id'),
  }
  const resolved = resolveSource(state, place, { prompt: isPrompt(tags) })
  const model = findModel(state, name)
  const version = model.lastVersion + 1
  const draft = new Draft(state)
  draft.add({
    t: 'createVersion',
    model: model.id,
    version,
    ...resolved,
    runLink,
    description,
    time: state.around.now(),
    tags: draft.keyed(tags),
  })
  addVersionTag(state, draft, resolved.modelId, { name: model.name, version })
  return draft.plan(() => getVersion(state, model.name, version))
}

/** Sets a version's description; null clears it. */
export function planUpdateVersion(
  state: CatalogState,
  name: string,
  version: string | number,
  description: string | null,
): Plan<ModelVersion> {
  const found = findVersion(state, name, version)
  const draft = new Draft(state)
  draft.add({
    t: 'updateVersion',
    model: found.model,
    version: found.version,
    description: validateDescription(description),
    time: state.around.now(),
  })
  return draft.plan(() => getVersion(state, found.name, found.version))
}

/** Moves a version to a stage; with `archiveExistingVersions` those that are there are archived. */
export function planSetStage(
  state: CatalogState,
  name: string,
  version: string | number,
  stage: string,
  options: { readonly archiveExistingVersions?: boolean } = {},
): Plan<ModelVersion> {
  const target = validateStage(stage)
  const archives = options.archiveExistingVersions === true
  if (archives && !ACTIVE_STAGES.includes(target))
    throw invalid(
      `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. ` +
        "Valid stages are ['Staging', 'Production']",
    )
  const found = findVersion(state, name, version)
  const others = 'SELECT version FROM versions WHERE model = ? AND stage = ? AND version <> ?'
  const archived = archives
    ? state.db.all(others, [found.model, target, found.version]).map(([other]) => Number(other))
    : []
  const draft = new Draft(state)
  const time = state.around.now()
  draft.add({
    t: 'setStage',
    model: found.model,
    version: found.version,
    stage: target,
    archived,
    time,
  })
  return draft.plan(() => getVersion(state, found.name, found.version))
}

/** Removes a version with its tags and aliases; its number stays used. */
export function planDeleteVersion(
  state: CatalogState,
  name: string,
  version: string | number,
): Plan<void> {
  const found = findVersion(state, name, version)
  const draft = new Draft(state)
  const time = state.around.now()
  draft.add({ t: 'deleteVersion', model: found.model, version: found.version, time })
  return draft.plan(() => undefined)
}

/** Sets a tag of a version. */
export function planSetVersionTag(
  state: CatalogState,
  name: string,
  version: string | number,
  key: string,
  value: string,
): Plan<void> {
  const [checked, text] = validateRegistryTag(key, value)
  const { model, version: number } = findVersion(state, name, version)
  const draft = new Draft(state)
  draft.add({
    t: 'setVersionTag',
    model,
    version: number,
    key: draft.key(checked),
    value: text,
  })
  return draft.plan(() => undefined)
}

/** Removes a tag of a version, if it has it. */
export function planDeleteVersionTag(
  state: CatalogState,
  name: string,
  version: string | number,
  key: string,
): Plan<void> {
  const keyId = state.keys.idOf(validateTagKey(key))
  const found = findVersion(state, name, version)
  const place = [found.model, found.version, keyId ?? -1]
  const sql = 'SELECT 1 FROM version_tags WHERE model = ? AND version = ? AND key = ?'
  if (keyId === undefined || state.db.get(sql, place) === undefined)
    return nothingToDo(() => undefined)
  const draft = new Draft(state)
  draft.add({ t: 'deleteVersionTag', model: found.model, version: found.version, key: keyId })
  return draft.plan(() => undefined)
}

function optionalText(value: unknown, parameter: string): string | undefined {
  return value === undefined || value === null ? undefined : validateText(value, parameter)
}

import {
  isRecord,
  validateTagKey,
  validateText,
  validateSafeInteger,
} from '../../../entities/validate.js'
import { invalid } from '../../../entities/invalid.js'
import {
  validateDescription,
  validateModelName,
  validateNewAlias,
  validateStage,
} from '../../../entities/validate-registry.js'
import { Draft } from '../draft.js'
import { modelOf } from '../registry/lookup.js'
import type { CatalogState } from '../state.js'
import type { Plan } from '../../commands.js'
import type { ImportedModel, ImportedVersion } from '../../import-store.js'
import { alreadyExists, keyedTexts } from './keyed.js'

/** Makes a registered model as it was elsewhere. RESOURCE_ALREADY_EXISTS where the name is taken and not replaced. */
export function planImportModel(state: CatalogState, model: ImportedModel): Plan<void> {
  if (!isRecord(model)) throw invalid('A registered model is imported from an object with a name.')
  const name = validateModelName(model.name)
  const draft = new Draft(state)
  const taken = modelOf(state, name)
  if (taken !== null && !model.replaces)
    throw alreadyExists(`Registered Model (name=${name}) already exists.`)
  if (taken !== null) draft.add({ t: 'deleteModel', id: taken.id })
  const id = draft.newId('model')
  const description = validateDescription(model.description)
  draft.add({
    t: 'createModel',
    id,
    name,
    description,
    time: validateSafeInteger(model.creationTime, 'creation_timestamp'),
    tags: keyedTexts(draft, model.tags, validateTagKey),
  })
  addVersions(draft, id, model)
  for (const [alias, version] of Object.entries(model.aliases))
    draft.add({ t: 'setAlias', model: id, alias: validateNewAlias(alias), version })
  // The description stays: what is said by it is the time.
  draft.add({
    t: 'updateModel',
    id,
    description,
    time: validateSafeInteger(model.lastUpdateTime, 'last_updated_timestamp'),
  })
  return draft.plan(() => undefined)
}

function addVersions(
  draft: Draft,
  model: number,
  { versions, aliases, lastVersion }: ImportedModel,
): void {
  const sorted = [...versions].sort((a, b) => a.version - b.version)
  let last = 0
  for (const version of sorted) {
    if (!Number.isSafeInteger(version.version) || version.version <= last)
      throw invalid(
        `'${version.version}' is no number of a new version: they are 1, 2, ..., each once.`,
      )
    last = version.version
    addVersion(draft, model, version)
  }
  const dangling = Object.entries(aliases).find(
    ([, version]) => !versions.some((known) => known.version === version),
  )
  if (dangling !== undefined)
    throw invalid(
      `The alias '${dangling[0]}' names the version ${dangling[1]}, which is not there.`,
    )
  if (lastVersion > last) useUp(draft, model, lastVersion)
}

function addVersion(draft: Draft, model: number, given: ImportedVersion): void {
  const { version, source, location, runId, runLink, modelId } = given
  const description = validateDescription(given.description)
  const [created, updated] = [
    validateSafeInteger(given.creationTime, 'creation_timestamp'),
    validateSafeInteger(given.lastUpdateTime, 'last_updated_timestamp'),
  ]
  draft.add({
    t: 'createVersion',
    model,
    version,
    source: validateText(source, 'source'),
    location,
    runId: validateText(runId, 'run_id'),
    runLink: validateText(runLink, 'run_link'),
    modelId: validateText(modelId, 'model_id'),
    description,
    time: created,
    tags: keyedTexts(draft, given.tags, validateTagKey),
  })
  const stage = validateStage(given.stage)
  if (stage !== 'None')
    draft.add({ t: 'setStage', model, version, stage, archived: [], time: updated })
  draft.add({ t: 'updateVersion', model, version, description, time: updated })
}

/** Numbers of versions are never used twice, those of deleted ones neither. */
function useUp(draft: Draft, model: number, version: number): void {
  draft.add({
    t: 'createVersion',
    model,
    version,
    source: '',
    location: null,
    runId: '',
    runLink: '',
    modelId: '',
    description: null,
    time: 0,
    tags: [],
  })
  draft.add({ t: 'deleteVersion', model, version, time: 0 })
}

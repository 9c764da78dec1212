import { validateSafeInteger, validateText } from '../entities/validate.js'
import {
  validateLoggedModelName,
  validateLoggedModelParam,
  validateLoggedModelStatus,
  validateLoggedModelTag,
} from '../entities/validate-logged-model.js'
import type { ImportedExperiment, ImportedLoggedModel } from '../store/import-store.js'
import { cleanTexts, holds } from './clean.js'
import type { Importing } from './importing.js'
import type { Doubt, SourceExperiment, SourceLoggedModel } from './source.js'

type LoggedModels = Pick<ImportedExperiment, 'loggedModels' | 'replacedLoggedModels'>

/** Takes in the logged models of one experiment, one after another, unless they are here and are to be left. */
export async function importLoggedModels(
  source: SourceExperiment,
  importing: Importing,
): Promise<LoggedModels> {
  const loggedModels: ImportedLoggedModel[] = []
  const replacedLoggedModels: string[] = []
  const idOf = ({ model }: SourceLoggedModel): string => model.modelId
  for await (const { model, files } of importing.claimed(
    'loggedModels',
    source.loggedModels(),
    idOf,
  )) {
    importing.check()
    const { modelId } = model
    const path = `${source.path}/models/${modelId}`
    if (!isLoggedModel(model, path, importing.doubt)) continue
    const place = importing.claims.place('loggedModels', modelId, path)
    if (place === null) continue
    if (place.replaces) replacedLoggedModels.push(modelId)
    loggedModels.push({
      ...model,
      modelId: place.id,
      params: cleanTexts(model.params, validateLoggedModelParam, `${path}/params`, importing.doubt),
      tags: cleanTexts(model.tags, validateLoggedModelTag, `${path}/tags`, importing.doubt),
      files: await importing.files(files(), `${path}/artifacts`),
    })
    importing.tally.count('loggedModels', modelId, place.replaces ? 'replaced' : 'added')
    importing.progress()
  }
  return { loggedModels, replacedLoggedModels }
}

function isLoggedModel(model: SourceLoggedModel['model'], path: string, doubt: Doubt): boolean {
  return holds(
    () => {
      validateLoggedModelName(model.name)
      validateLoggedModelStatus(model.status)
      validateText(model.modelType ?? '', 'model_type')
      validateText(model.sourceRunId ?? '', 'source_run_id')
      validateSafeInteger(model.creationTime, 'creation_timestamp')
      validateSafeInteger(model.lastUpdateTime, 'last_updated_timestamp')
    },
    path,
    doubt,
  )
}

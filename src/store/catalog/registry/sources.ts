import { refuseHostSchemes, uriScheme } from '../../../entities/artifact-location.js'
import { invalid } from '../../../entities/invalid.js'
import {
  isLocalSource,
  isPathWithin,
  isUriWithin,
  localSourcePath,
  refuseRelativeSource,
  uriHost,
} from '../../../entities/model-source.js'
import { parseModelUri } from '../../../entities/model-uri.js'
import type { ModelUri } from '../../../entities/model-uri.js'
import type { ModelVersion } from '../../../entities/registered-model.js'
import { TrackletError } from '../../../errors.js'
import { activeLoggedModelOf, findLoggedModel } from '../logged-models/lookup.js'
import type { LoggedModelRef } from '../logged-models/lookup.js'
import { getRun } from '../run-reader.js'
import type { CatalogState } from '../state.js'
import { findModel, isPromptModel } from './lookup.js'
import {
  getDownloadUri,
  getLatestVersions,
  getVersion,
  getVersionByAlias,
} from './version-reader.js'

// After mlflow/server/handlers.py, _create_model_version.

/** What MLflow's senders give as the source of a prompt, which has no files. */
const PROMPT_SOURCES = ['dummy-source', 'prompt-template']

/** A new version's source and whose it is, as a client gives them; undefined for what was not given. */
export interface GivenSource {
  readonly source: string
  readonly runId: string | undefined
  readonly modelId: string | undefined
}

/** The same after its checks, and where the files are if that is not the source. */
export interface ResolvedSource {
  readonly source: string
  readonly runId: string
  readonly modelId: string
  readonly location: string | null
}

/** Whether a version may have this source: INVALID_PARAMETER_VALUE, or what the look-up of another version says. */
export function resolveSource(
  state: CatalogState,
  given: GivenSource,
  options: { readonly prompt: boolean },
): ResolvedSource {
  const { source, runId = '', modelId = '' } = given
  const plain = { source, runId, modelId, location: null }
  if (options.prompt) {
    if (PROMPT_SOURCES.includes(source)) return plain
    throw invalid(
      `Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`,
    )
  }
  refuseHostSchemes(source, 'source', 'it names a host that nothing of this store is read from')
  if (uriScheme(source) === 'models') return resolveModelUri(state, given)
  if (isLocalSource(source)) checkLocal(state, plain)
  else checkRemote(state, plain)
  return modelId === '' ? plain : withRunOf(findLoggedModel(state, modelId), plain)
}

/** A version whose run is not given has that of its logged model. */
function withRunOf({ sourceRunId }: LoggedModelRef, place: ResolvedSource): ResolvedSource {
  return { ...place, runId: place.runId || (sourceRunId ?? '') }
}

function resolveModelUri(state: CatalogState, given: GivenSource): ResolvedSource {
  const { source, runId = '', modelId = '' } = given
  if (uriHost(source) !== '')
    throw wrong(source, 'Registered model sources must use the active model registry.')
  const uri = parseModelUri(source)
  if (uri?.kind === 'model' && uri.modelId === modelId) {
    const model = activeLoggedModelOf(state, modelId)
    if (model === null) throw noSourceModel(source, modelId)
    return withRunOf(model, { source, runId, modelId, location: model.artifactLocation })
  }
  if (uri === null || uri.kind === 'model') throw mustIdentify(source, 'model_id')
  return inherit(state, given, uri)
}

/** A version out of another: it has the other's run, model and files. */
function inherit(
  state: CatalogState,
  { source, runId, modelId }: GivenSource,
  uri: Exclude<ModelUri, { kind: 'model' }>,
): ResolvedSource {
  if (isPromptModel(state, findModel(state, uri.name).id))
    throw wrong(source, 'Prompt versions cannot be used as model version sources.')
  const origin = versionOf(state, uri)
  if ((runId ?? origin.runId) !== origin.runId || (modelId ?? origin.modelId) !== origin.modelId)
    throw wrong(
      source,
      'The run_id and model_id request parameters must match the referenced model version.',
    )
  return {
    source: `models:/${origin.name}/${origin.version}`,
    runId: origin.runId,
    modelId: origin.modelId,
    location: getDownloadUri(state, origin.name, origin.version),
  }
}

function versionOf(state: CatalogState, uri: Exclude<ModelUri, { kind: 'model' }>): ModelVersion {
  if (uri.kind === 'version') return getVersion(state, uri.name, uri.version)
  if (uri.kind === 'alias') return getVersionByAlias(state, uri.name, uri.alias)
  const stages = uri.kind === 'stage' ? [uri.stage] : []
  const found = getLatestVersions(state, uri.name, stages).at(-1)
  if (found !== undefined) return found
  const stage = uri.kind === 'stage' ? ` and stage '${uri.stage}'` : ''
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `No versions of model with name '${uri.name}'${stage} found`,
  )
}

function checkLocal(state: CatalogState, { source, runId, modelId }: ResolvedSource): void {
  const [holder, id] =
    modelId === '' ? (['run_id', runId] as const) : (['model_id', modelId] as const)
  const root = id === '' ? null : placeOf(state, holder, id)
  if (id !== '' && root === null) throw mustIdentify(source, holder)
  const [inner, outer] = [localSourcePath(source), root === null ? null : localSourcePath(root)]
  if (inner !== null && outer !== null && isPathWithin(inner, outer)) return
  throw wrong(
    source,
    `To use a local path as a model version source, the ${holder} request parameter has to be specified and the ` +
      `local path has to be contained within the artifact directory of the run specified by the ${holder}.`,
  )
}

function checkRemote(state: CatalogState, { source, runId, modelId }: ResolvedSource): void {
  refuseRelativeSource(source)
  const [holder, id] =
    modelId === '' ? (['run_id', runId] as const) : (['model_id', modelId] as const)
  const scheme = uriScheme(source)
  if (scheme !== 'runs' && scheme !== 'mlflow-artifacts') return
  if (id === '' || (holder === 'model_id' && scheme === 'runs')) throw mustIdentify(source, holder)
  const isOwn =
    scheme === 'runs'
      ? uriHost(source) === '' && source.slice('runs:/'.length).split(/[/?#]/)[0] === runId
      : isUriWithin(source, placeOf(state, holder, id) ?? '') ||
        isUriWithin(source, proxiedPlaceOf(state, holder, id) ?? '')
  if (!isOwn) throw mustIdentify(source, holder)
}

/** Which parameter names the run or logged model whose files a source is among. */
type Holder = 'run_id' | 'model_id'

/** Where the files of a run or logged model are; null where there is none. */
function placeOf(state: CatalogState, holder: Holder, id: string): string | null {
  if (holder === 'model_id') return activeLoggedModelOf(state, id)?.artifactLocation ?? null
  const row = state.db.get('SELECT 1 FROM runs WHERE run_id = ?', [id])
  return row === undefined ? null : getRun(state, id).info.artifactUri
}

/** Where a server's clients see these files, whatever the experiment's location. */
function proxiedPlaceOf(state: CatalogState, holder: Holder, id: string): string | null {
  if (holder === 'model_id') {
    const model = activeLoggedModelOf(state, id)
    return model && `mlflow-artifacts:/${model.experimentId}/models/${id}/artifacts`
  }
  const row = state.db.get('SELECT 1 FROM runs WHERE run_id = ?', [id])
  if (row === undefined) return null
  return `mlflow-artifacts:/${getRun(state, id).info.experimentId}/${id}/artifacts`
}

function noSourceModel(source: string, modelId: string): TrackletError {
  return new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `Unable to fetch model from model URI source artifact location '${source}'.` +
      `Error: Logged model with ID '${modelId}' not found.`,
  )
}

function mustIdentify(source: string, parameter: Holder): TrackletError {
  return wrong(
    source,
    `The ${parameter} request parameter must identify the resource that contains the source.`,
  )
}

function wrong(source: string, reason: string): TrackletError {
  return invalid(`Invalid model version source: '${source}'. ${reason}`)
}

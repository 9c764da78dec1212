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
  return plain
}

function resolveModelUri(state: CatalogState, given: GivenSource): ResolvedSource {
  const { source, runId = '', modelId = '' } = given
  if (uriHost(source) !== '')
    throw wrong(source, 'Registered model sources must use the active model registry.')
  const uri = parseModelUri(source)
  // Logged models are not kept here, so that there is nothing to look one up in.
  if (uri?.kind === 'model' && uri.modelId === modelId)
    return { source, runId, modelId, location: null }
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
  if (modelId !== '') throw mustIdentify(source, 'model_id')
  const root = runId === '' ? null : artifactsOf(state, runId)
  if (runId !== '' && root === null) throw mustIdentify(source, 'run_id')
  const [inner, outer] = [localSourcePath(source), root === null ? null : localSourcePath(root)]
  if (inner !== null && outer !== null && isPathWithin(inner, outer)) return
  throw wrong(
    source,
    'To use a local path as a model version source, the run_id request parameter has to be specified and the ' +
      'local path has to be contained within the artifact directory of the run specified by the run_id.',
  )
}

function checkRemote(state: CatalogState, { source, runId, modelId }: ResolvedSource): void {
  refuseRelativeSource(source)
  const holder = modelId === '' ? 'run_id' : 'model_id'
  const scheme = uriScheme(source)
  if (scheme !== 'runs' && scheme !== 'mlflow-artifacts') return
  if (holder === 'model_id' || runId === '') throw mustIdentify(source, holder)
  const isOwn =
    scheme === 'runs'
      ? uriHost(source) === '' && source.slice('runs:/'.length).split(/[/?#]/)[0] === runId
      : isUriWithin(source, artifactsOf(state, runId) ?? '') ||
        isUriWithin(source, proxiedArtifactsOf(state, runId) ?? '')
  if (!isOwn) throw mustIdentify(source, holder)
}

function artifactsOf(state: CatalogState, runId: string): string | null {
  const row = state.db.get('SELECT 1 FROM runs WHERE run_id = ?', [runId])
  return row === undefined ? null : getRun(state, runId).info.artifactUri
}

/** Where a server's clients see the run's files, whatever its experiment's location. */
function proxiedArtifactsOf(state: CatalogState, runId: string): string | null {
  const row = state.db.get('SELECT 1 FROM runs WHERE run_id = ?', [runId])
  if (row === undefined) return null
  const { experimentId } = getRun(state, runId).info
  return `mlflow-artifacts:/${experimentId}/${runId}/artifacts`
}

function mustIdentify(source: string, parameter: 'run_id' | 'model_id'): TrackletError {
  return wrong(
    source,
    `The ${parameter} request parameter must identify the resource that contains the source.`,
  )
}

function wrong(source: string, reason: string): TrackletError {
  return invalid(`Invalid model version source: '${source}'. ${reason}`)
}

import { toArtifactDirectory } from '../entities/artifact-path.js'
import { isPathWithin, isUriWithin, localSourcePath } from '../entities/model-source.js'
import { parseModelUri } from '../entities/model-uri.js'
import type { ModelVersion } from '../entities/registered-model.js'
import { TrackletError } from '../errors.js'
import type { LoggedModelStore } from '../store/logged-model-store.js'
import type { ModelRegistryStore } from '../store/model-registry-store.js'
import type { TrackingStore } from '../store/tracking-store.js'
import { resolveModelUri } from './resolve-model-uri.js'
import { findRunModel } from './run-models.js'
import { isRunUri, parseRunUri, type RunPlace } from './run-uri.js'

/** What finding the owner of a location takes of a store. */
export type PlacesStore = Pick<TrackingStore, 'getRun'> &
  Pick<LoggedModelStore, 'getLoggedModel' | 'searchLoggedModels'>

/** What finding a model's files takes of a store. */
export type ModelFilesStore = ModelRegistryStore & PlacesStore

/** Whose files a version may have; '' for no such thing. */
export type VersionOwner = Pick<ModelVersion, 'runId' | 'modelId'>

/** Where the files of a run or logged model are, as they are told. */
interface Root {
  /** The run's id, or the model's. */
  readonly id: string
  readonly location: string
  readonly proxied: string
}

/**
 * Which folder of which run or logged model a `models:/` or `runs:/` URI means; a folder that a run's model has the name
 * of is the model's. Errors as of `resolveModelUri` and `parseRunUri`; RESOURCE_DOES_NOT_EXIST where the files are not
 * those of a run or logged model.
 */
export async function findModelFiles(store: ModelFilesStore, uri: string): Promise<RunPlace> {
  if (typeof uri === 'string' && isRunUri(uri)) return findRunFiles(store, parseRunUri(uri))
  const parsed = typeof uri === 'string' ? parseModelUri(uri) : null
  if (parsed?.kind !== 'model') return findVersionFiles(store, await resolveModelUri(store, uri))
  const { modelId } = await store.getLoggedModel(parsed.modelId)
  return { runId: modelId, path: toArtifactDirectory('') }
}

/** The same for a version, by where it is to be downloaded from: a copy has the files of what it was copied from. */
export async function findVersionFiles(
  store: ModelFilesStore,
  version: Pick<ModelVersion, 'name' | 'version'> & VersionOwner,
): Promise<RunPlace> {
  const uri = await store.getModelVersionDownloadUri(version.name, version.version)
  const place = await locationToPlace(store, uri, version)
  if (place !== null) return place
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `The files of version ${version.version} of '${version.name}' are at '${uri}', which is no folder of a run or ` +
      'logged model of this store: read them from there.',
  )
}

/** The folder that a version's location means; null where it is that of no run and no logged model. */
export async function locationToPlace(
  store: PlacesStore,
  uri: string,
  { runId, modelId }: VersionOwner,
): Promise<RunPlace | null> {
  if (isRunUri(uri)) return findRunFiles(store, parseRunUri(uri))
  const named = ownerOf(uri)
  for (const id of new Set([modelId, named.modelId])) {
    const place = within(uri, id === '' ? null : await findModelRoot(store, id))
    if (place !== null) return place
  }
  for (const id of new Set([runId, named.runId])) {
    const place = within(uri, id === '' ? null : await findRunRoot(store, id))
    if (place !== null) return place
  }
  return null
}

async function findRunFiles(store: PlacesStore, place: RunPlace): Promise<RunPlace> {
  const [name = '', ...rest] = place.path.split('/')
  const run = name === '' ? null : await orNull(store.getRun(place.runId))
  const model = run === null ? null : await findRunModel(store, run, name)
  return model === null
    ? place
    : { runId: model.modelId, path: toArtifactDirectory(rest.join('/')) }
}

async function findRunRoot(store: PlacesStore, runId: string): Promise<Root | null> {
  const info = (await orNull(store.getRun(runId)))?.info
  if (info === undefined) return null
  const proxied = `mlflow-artifacts:/${info.experimentId}/${runId}/artifacts`
  return { id: runId, location: info.artifactUri, proxied }
}

async function findModelRoot(store: PlacesStore, modelId: string): Promise<Root | null> {
  const model = await orNull(store.getLoggedModel(modelId))
  if (model === null) return null
  const proxied = `mlflow-artifacts:/${model.experimentId}/models/${modelId}/artifacts`
  return { id: modelId, location: model.artifactLocation, proxied }
}

/** Null where `uri` is not within these files. */
function within(uri: string, root: Root | null): RunPlace | null {
  if (root === null) return null
  if (uri === `models:/${root.id}`) return { runId: root.id, path: toArtifactDirectory('') }
  const path = pathBelow(uri, root.location) ?? pathBelow(uri, root.proxied)
  return path === null ? null : { runId: root.id, path: toArtifactDirectory(path) }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof TrackletError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return null
    throw error
  }
}

/**
 * What `mlflow-artifacts:/<experiment>/<run>/...`, `mlflow-artifacts:/<experiment>/models/<model>/...` or
 * `models:/<model>` names; '' for nothing.
 */
function ownerOf(uri: string): VersionOwner {
  const parsed = parseModelUri(uri)
  if (parsed?.kind === 'model') return { runId: '', modelId: parsed.modelId }
  if (!/^mlflow-artifacts:/i.test(uri)) return { runId: '', modelId: '' }
  const [, runId = '', modelId = ''] = segmentsOf(uri)
  return runId === 'models' ? { runId: '', modelId } : { runId, modelId: '' }
}

/** The rest of a path or URI below another one; null where it is not below it. */
function pathBelow(uri: string, root: string): string | null {
  const [inner, outer] = [localSourcePath(uri), localSourcePath(root)]
  if (inner !== null && outer !== null)
    return isPathWithin(inner, outer) ? inner.slice(outer.length).replace(/^\//, '') : null
  if (!isUriWithin(uri, root)) return null
  return segmentsOf(uri).slice(segmentsOf(root).length).join('/')
}

function segmentsOf(uri: string): string[] {
  const path = /^[a-z][a-z0-9+.-]*:(?:\/\/[^/?#]*)?([^?#]*)/i.exec(uri)?.[1] ?? ''
  return path.split('/').filter((part) => part !== '')
}

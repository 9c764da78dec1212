import { toArtifactDirectory } from '../entities/artifact-path.js'
import { isPathWithin, isUriWithin, localSourcePath } from '../entities/model-source.js'
import type { ModelVersion } from '../entities/registered-model.js'
import type { RunInfo } from '../entities/run.js'
import { TrackletError } from '../errors.js'
import type { ModelRegistryStore } from '../store/model-registry-store.js'
import type { TrackingStore } from '../store/tracking-store.js'
import { resolveModelUri } from './resolve-model-uri.js'
import { isRunUri, parseRunUri, type RunPlace } from './run-uri.js'

/** What finding a model's files takes of a store. */
export type ModelFilesStore = ModelRegistryStore & Pick<TrackingStore, 'getRun'>

/**
 * Which folder of which run a `models:/` or `runs:/` URI means. Errors as of `resolveModelUri` and `parseRunUri`;
 * RESOURCE_DOES_NOT_EXIST where the files are not those of a run.
 */
export async function findModelFiles(store: ModelFilesStore, uri: string): Promise<RunPlace> {
  if (typeof uri === 'string' && isRunUri(uri)) return parseRunUri(uri)
  return findVersionFiles(store, await resolveModelUri(store, uri))
}

/** The same for a version, by where it is to be downloaded from: a copy has the files of what it was copied from. */
export async function findVersionFiles(
  store: ModelFilesStore,
  version: Pick<ModelVersion, 'name' | 'version' | 'runId'>,
): Promise<RunPlace> {
  const uri = await store.getModelVersionDownloadUri(version.name, version.version)
  const place = await locationToPlace(store, uri, version.runId)
  if (place !== null) return place
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `The files of version ${version.version} of '${version.name}' are at '${uri}', which is no folder of a run of this ` +
      'store: read them from there.',
  )
}

/** The folder of a run that a version's location means; null where that is none. `runId` is the version's run, or ''. */
export async function locationToPlace(
  store: ModelFilesStore,
  uri: string,
  runId: string,
): Promise<RunPlace | null> {
  if (isRunUri(uri)) return parseRunUri(uri)
  return (await placeInRun(store, uri, runId)) ?? (await placeInRun(store, uri, runOf(uri)))
}

/** Null where there is no such run, or `uri` is not within its files. */
async function placeInRun(
  store: ModelFilesStore,
  uri: string,
  runId: string,
): Promise<RunPlace | null> {
  const info = runId === '' ? null : await findRun(store, runId)
  if (info === null) return null
  const proxied = `mlflow-artifacts:/${info.experimentId}/${runId}/artifacts`
  const path = pathBelow(uri, info.artifactUri) ?? pathBelow(uri, proxied)
  return path === null ? null : { runId, path: toArtifactDirectory(path) }
}

async function findRun(store: ModelFilesStore, runId: string): Promise<RunInfo | null> {
  try {
    return (await store.getRun(runId)).info
  } catch (error) {
    if (error instanceof TrackletError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return null
    throw error
  }
}

/** The run in `mlflow-artifacts:/<experiment>/<run>/...`; '' for a URI of another form. */
function runOf(uri: string): string {
  return /^mlflow-artifacts:/i.test(uri) ? (segmentsOf(uri)[1] ?? '') : ''
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

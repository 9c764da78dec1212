import { appendToLocation } from '../entities/artifact-location.js'
import { locationToPlace, type ModelFilesStore } from '../models/model-files.js'
import type { RunPlace } from '../models/run-uri.js'
import { TrackletError } from '../errors.js'
import { runArtifactUri } from './entities-to-json.js'
import { loggedModelArtifactUri } from './logged-model-to-json.js'

const REACHABLE = /^(?:runs|mlflow-artifacts):/i

/**
 * Where MLflow's clients read a version's files: through this server where a run or a logged model of the store has them,
 * whatever the location of its experiment, as with `runArtifactUri`; else where the version says.
 */
export async function modelDownloadUri(
  store: ModelFilesStore,
  name: string,
  version: string,
): Promise<string> {
  const uri = await store.getModelVersionDownloadUri(name, version)
  if (REACHABLE.test(uri)) return uri
  const place = await locationToPlace(store, uri, await store.getModelVersion(name, version))
  if (place === null) return uri
  const root = await rootOf(store, place)
  return place.path === '' ? root : appendToLocation(root, place.path)
}

async function rootOf(store: ModelFilesStore, { runId: id }: RunPlace): Promise<string> {
  try {
    return loggedModelArtifactUri(await store.getLoggedModel(id))
  } catch (error) {
    if (!(error instanceof TrackletError) || error.errorCode !== 'RESOURCE_DOES_NOT_EXIST')
      throw error
  }
  return runArtifactUri((await store.getRun(id)).info)
}

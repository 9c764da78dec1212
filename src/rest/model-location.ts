import { appendToLocation } from '../entities/artifact-location.js'
import { locationToPlace, type ModelFilesStore } from '../models/model-files.js'
import { runArtifactUri } from './entities-to-json.js'

const REACHABLE = /^(?:runs|mlflow-artifacts):/i

/**
 * Where MLflow's clients read a version's files: through this server where a run of the store has them, whatever
 * the location of its experiment, as with `runArtifactUri`; else where the version says.
 */
export async function modelDownloadUri(
  store: ModelFilesStore,
  name: string,
  version: string,
): Promise<string> {
  const uri = await store.getModelVersionDownloadUri(name, version)
  if (REACHABLE.test(uri)) return uri
  const { runId } = await store.getModelVersion(name, version)
  const place = await locationToPlace(store, uri, runId)
  if (place === null) return uri
  const root = runArtifactUri((await store.getRun(place.runId)).info)
  return place.path === '' ? root : appendToLocation(root, place.path)
}

import { invalid } from '../entities/invalid.js'
import { parseModelUri } from '../entities/model-uri.js'
import type { ModelVersion } from '../entities/registered-model.js'
import { TrackletError } from '../errors.js'
import type { ModelRegistryStore } from '../store/model-registry-store.js'

/**
 * The version that `models:/name/3`, `/Production`, `/latest` or `models:/name@alias` means. INVALID_PARAMETER_VALUE for
 * what is no such URI, in MLflow's words; RESOURCE_DOES_NOT_EXIST where there is no such version.
 */
export async function resolveModelUri(
  store: ModelRegistryStore,
  uri: string,
): Promise<ModelVersion> {
  const parsed = typeof uri === 'string' ? parseModelUri(uri) : null
  switch (parsed?.kind) {
    case 'version':
      return store.getModelVersion(parsed.name, parsed.version)
    case 'alias':
      return store.getModelVersionByAlias(parsed.name, parsed.alias)
    case 'latest':
      return store.getModelVersionByAlias(parsed.name, 'latest')
    case 'stage':
      return latestOfStage(store, parsed.name, parsed.stage)
    case 'model':
      throw invalid(
        `'${uri}' names a logged model and no version of a registered one: register it first (registerModel), or name ` +
          'a version, a stage or an alias.',
      )
    default:
      throw invalid(
        `Not a proper models:/ URI: ${String(uri)}. Models URIs must be of the form 'models:/name/suffix' or ` +
          "'models:/name@alias' where suffix is a version, stage, or the string 'latest'.",
      )
  }
}

async function latestOfStage(
  store: ModelRegistryStore,
  name: string,
  stage: string,
): Promise<ModelVersion> {
  const [latest] = await store.getLatestVersions(name, [stage])
  if (latest !== undefined) return latest
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `No versions of model with name '${name}' and stage '${stage}' found`,
  )
}

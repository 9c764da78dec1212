import type { MlflowClient } from '../client/client.js'
import { invalid } from '../entities/invalid.js'
import { uriScheme } from '../entities/artifact-location.js'
import type { ModelStage } from '../entities/registered-model.js'
import { TrackletError } from '../errors.js'
import { findModelFiles, type ModelFilesStore } from '../models/model-files.js'
import { parseRunUri } from '../models/run-uri.js'
import { parsePlace, safeDirectory } from '../rest/artifact-place.js'

/** What a URI of files means: a file or folder of what has this id, a run or a logged model or a trace. */
export interface ArtifactFolder {
  readonly id: string
  /** Among the files of the id; '' for all. */
  readonly path: string
  /** How much of the path's beginning a copy is without: the folders above what is named. */
  readonly cut: number
  /** The folder that the copy of all files has; '' for none. */
  readonly into: string
}

/**
 * What `runs:/<id>/<path>`, `models:/<name>/<version>/<path>` and its kin, or `mlflow-artifacts:/<location>/<path>`
 * means in this store. INVALID_PARAMETER_VALUE for other URIs, RESOURCE_DOES_NOT_EXIST where it is not there.
 */
export async function findSource(client: MlflowClient, uri: string): Promise<ArtifactFolder> {
  switch (uriScheme(uri)) {
    case 'runs': {
      const { runId, path: named } = parseRunUri(uri)
      await client.getRun(runId)
      // A model of the run is a folder of it by its name.
      const { runId: id, path } = await findModelFiles(filesStore(client), uri)
      return { id, path, cut: parentLength(path), into: path === '' ? baseName(named) : '' }
    }
    case 'models':
      return findModel(client, uri)
    case 'mlflow-artifacts':
      return findProxied(client, uri)
    default:
      throw invalid(
        `'${uri}' is no place of this store: give runs:/RUN_ID/PATH, models:/NAME/VERSION or mlflow-artifacts:/PATH.`,
      )
  }
}

/** MLflow splits what follows `name/version`, `name@alias` or the id of a logged model off as a path. */
async function findModel(client: MlflowClient, uri: string): Promise<ArtifactFolder> {
  const [, head = uri, rest = ''] =
    /^(models:\/+(?:m-[0-9a-f]{32}|[^/?]*@[^/?]+|[^/?]+\/[^/?]+))(?:\/([^?]*))?$/i.exec(uri) ?? []
  const below = safeDirectory(rest)
  const { id, path } = await modelRoot(client, head)
  // A model's own folder has no name in the copy.
  const cut = path === '' ? 0 : path.length + 1
  return { id, path: [path, below].filter((part) => part !== '').join('/'), cut, into: '' }
}

async function modelRoot(
  client: MlflowClient,
  uri: string,
): Promise<{ readonly id: string; readonly path: string }> {
  const { runId: id, path } = await findModelFiles(filesStore(client), uri)
  return { id, path }
}

/** The client as what finding files reads from. */
function filesStore(client: MlflowClient): ModelFilesStore {
  const reads: Pick<
    ModelFilesStore,
    | 'getRun'
    | 'getModelVersion'
    | 'getModelVersionByAlias'
    | 'getModelVersionDownloadUri'
    | 'getLatestVersions'
    | 'getLoggedModel'
    | 'searchLoggedModels'
  > = {
    getRun: (runId) => client.getRun(runId),
    getModelVersion: (name, version) => client.getModelVersion(name, version),
    getModelVersionByAlias: (name, alias) => client.getModelVersionByAlias(name, alias),
    getModelVersionDownloadUri: (name, version) => client.getModelVersionDownloadUri(name, version),
    getLatestVersions: (name, stages) =>
      client.getLatestVersions(name, stages as readonly ModelStage[] | undefined),
    getLoggedModel: (modelId) => client.getLoggedModel(modelId),
    searchLoggedModels: async ({ experimentIds, ...query }) => {
      const { loggedModels, nextPageToken } = await client.searchLoggedModels(experimentIds, query)
      return { items: loggedModels, nextPageToken }
    },
  }
  return reads as ModelFilesStore
}

async function findProxied(client: MlflowClient, uri: string): Promise<ArtifactFolder> {
  const [, path] = /^mlflow-artifacts:\/(?!\/)([^?#]*)$/i.exec(uri) ?? []
  const place = path === undefined ? null : parsePlace(path)
  if (place === null)
    throw invalid(
      `'${uri}' is no place of this store: give mlflow-artifacts:/<experiment id>/<run id>/artifacts/<path>.`,
    )
  if (place.kind === 'run') {
    const { experimentId } = (await client.getRun(place.runId)).info
    if (experimentId !== place.experimentId)
      throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `There is nothing at '${uri}'.`)
  }
  return { id: place.runId, path: place.path, cut: parentLength(place.path), into: '' }
}

function parentLength(path: string): number {
  return path.lastIndexOf('/') + 1
}

function baseName(path: string): string {
  return path.slice(parentLength(path))
}

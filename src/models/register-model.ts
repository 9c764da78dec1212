import { appendToLocation } from '../entities/artifact-location.js'
import { invalid } from '../entities/invalid.js'
import type { KeyValue } from '../entities/log-batch.js'
import { parseModelUri } from '../entities/model-uri.js'
import type { ModelVersion } from '../entities/registered-model.js'
import { TrackletError } from '../errors.js'
import type { ArtifactStore } from '../store/artifact-store.js'
import type { LoggedModelStore } from '../store/logged-model-store.js'
import type { CreateModelVersion, ModelRegistryStore } from '../store/model-registry-store.js'
import type { TrackingStore } from '../store/tracking-store.js'
import { resolveModelUri } from './resolve-model-uri.js'
import { findRunModel } from './run-models.js'
import { isRunUri, parseRunUri } from './run-uri.js'

/** The file that makes a folder a model of MLflow. */
const MODEL_FILE = 'MLmodel'

/** What registering a model takes of a store. */
export type RegisteringStore = ModelRegistryStore &
  Pick<TrackingStore, 'getRun'> &
  Pick<ArtifactStore, 'listArtifacts'> &
  Pick<LoggedModelStore, 'getLoggedModel' | 'searchLoggedModels'>

/**
 * Registers the files at a URI as the next version of a model, which is made where it is not there
 * (mlflow/tracking/_model_registry/fluent.py, `register_model`). `runs:/<run id>/<path>` stands for the run's files where
 * there is an `MLmodel` among them, else for the logged model of that name that the run has made; other URIs are taken
 * as given. What is refused leaves no new model behind.
 */
export async function registerModel(
  store: RegisteringStore,
  uri: string,
  name: string,
  options: { readonly tags?: readonly KeyValue[] } = {},
): Promise<ModelVersion> {
  if (typeof uri !== 'string' || uri === '')
    throw invalid("A model URI is a text, such as 'runs:/<run_id>/model' or 'models:/name/1'.")
  const origin = isRunUri(uri) ? await runOrigin(store, uri) : await otherOrigin(store, uri)
  return createVersion(store, name, { ...origin, ...options })
}

/** Makes the next version of a model, and the model, too, where it is not there. */
export async function createVersion(
  store: ModelRegistryStore,
  name: string,
  version: CreateModelVersion,
): Promise<ModelVersion> {
  try {
    // A store looks at the version before it looks for the model, so that a bad one makes no model.
    return await store.createModelVersion(name, version)
  } catch (error) {
    if (!hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) throw error
  }
  try {
    await store.createRegisteredModel(name)
  } catch (error) {
    // Someone else was faster, or it is the version that was not found.
    if (!hasCode(error, 'RESOURCE_ALREADY_EXISTS')) throw error
  }
  return store.createModelVersion(name, version)
}

async function runOrigin(store: RegisteringStore, uri: string): Promise<CreateModelVersion> {
  const { runId, path } = parseRunUri(uri)
  const run = await store.getRun(runId)
  const files = await store.listArtifacts(runId, path)
  const file = path === '' ? MODEL_FILE : `${path}/${MODEL_FILE}`
  if (files.some((known) => known.path === file && !known.isDir)) {
    const { artifactUri } = run.info
    return { source: path === '' ? artifactUri : appendToLocation(artifactUri, path), runId }
  }
  const model = await findRunModel(store, run, path)
  if (model !== null) return { source: `models:/${model.modelId}`, runId, modelId: model.modelId }
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `Unable to find a logged_model with artifact_path ${path} under run ${runId}: the run has made no such model and has ` +
      `no file '${file}'. Log the model with its MLmodel file first, or register files of any kind with createModelVersion.`,
  )
}

async function otherOrigin(store: RegisteringStore, uri: string): Promise<CreateModelVersion> {
  if (!/^models:/i.test(uri)) return { source: uri }
  const parsed = parseModelUri(uri)
  if (parsed?.kind === 'model') {
    // Looked at here, since MLflow's servers take one that is not there for a failure of their own.
    const { modelId } = await store.getLoggedModel(parsed.modelId)
    return { source: uri, modelId }
  }
  await resolveModelUri(store, uri)
  return { source: uri }
}

function hasCode(error: unknown, code: TrackletError['errorCode']): boolean {
  return error instanceof TrackletError && error.errorCode === code
}

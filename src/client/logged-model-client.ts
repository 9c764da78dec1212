import type { ArtifactSource } from '../artifacts/source.js'
import type { DirectoryHandleLike } from '../artifacts/write.js'
import type { FileInfo } from '../entities/file-info.js'
import type { LoggedModel, LoggedModelStatus, ModelOutput } from '../entities/logged-model.js'
import type { LoggedModelQuery } from '../store/logged-model-store.js'
import type { Store } from '../store/store.js'
import { checkKnown } from './known-options.js'
import { RegistryClient } from './registry-client.js'
import {
  RunArtifacts,
  type LogArtifactOptions,
  type ReadOptions,
  type WriteOptions,
} from './run-artifacts.js'
import { recordToPairs, type ParamValue } from './values.js'

/** Options of `createLoggedModel`. */
export interface CreateLoggedModelOptions {
  /** A made-up one by default. */
  readonly name?: string
  /** The run that makes it. */
  readonly sourceRunId?: string
  /** Any word that models may be searched by, such as 'agent'. */
  readonly modelType?: string
  readonly params?: Readonly<Record<string, ParamValue>>
  readonly tags?: Readonly<Record<string, ParamValue>>
}

/** Which logged models a search finds, and in which order; see `LoggedModelQuery`. */
export type SearchLoggedModels = Omit<LoggedModelQuery, 'experimentIds'>

/** One page of logged models. */
export interface LoggedModelPage {
  readonly loggedModels: readonly LoggedModel[]
  /** What the next call takes; null on the last page. */
  readonly nextPageToken: string | null
}

const CREATE = ['name', 'sourceRunId', 'modelType', 'params', 'tags']
const SEARCH = ['filter', 'datasets', 'orderBy', 'maxResults', 'pageToken']

/**
 * The part of the client that keeps MLflow 3's logged models, and their files. RESOURCE_DOES_NOT_EXIST for what is not
 * there or deleted.
 */
export class LoggedModelClient extends RegistryClient {
  /** Makes a model without files, PENDING until `finalizeLoggedModel`. */
  async createLoggedModel(
    experimentId: string,
    options: CreateLoggedModelOptions = {},
  ): Promise<LoggedModel> {
    checkKnown('createLoggedModel', options, CREATE)
    const { params, tags, ...rest } = options
    return this.#store.createLoggedModel({
      experimentId,
      ...rest,
      ...(params === undefined ? {} : { params: recordToPairs(params, 'Params') }),
      ...(tags === undefined ? {} : { tags: recordToPairs(tags, 'Tags') }),
    })
  }

  /** A model with its tags, its params and all points of its metrics. */
  async getLoggedModel(modelId: string): Promise<LoggedModel> {
    return this.#store.getLoggedModel(modelId)
  }

  /** Says that a model's files are there (READY), or will never be (FAILED). */
  async finalizeLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel> {
    return this.#store.finalizeLoggedModel(modelId, status)
  }

  /** Marks a model deleted: no call finds it any more. */
  async deleteLoggedModel(modelId: string): Promise<void> {
    await this.#store.deleteLoggedModel(modelId)
  }

  /** Removes a deleted model for good, with its files. */
  async purgeLoggedModel(modelId: string): Promise<void> {
    await this.#store.purgeLoggedModel(modelId)
  }

  /** Sets tags of a model. */
  async setLoggedModelTags(
    modelId: string,
    tags: Readonly<Record<string, ParamValue>>,
  ): Promise<void> {
    await this.#store.setLoggedModelTags(modelId, recordToPairs(tags, 'Tags'))
  }

  /** Removes a tag of a model. RESOURCE_DOES_NOT_EXIST where there is none. */
  async deleteLoggedModelTag(modelId: string, key: string): Promise<void> {
    await this.#store.deleteLoggedModelTag(modelId, key)
  }

  /** Logs params of a model; one that is there keeps its value, and refuses another. */
  async logModelParams(
    modelId: string,
    params: Readonly<Record<string, ParamValue>>,
  ): Promise<void> {
    await this.#store.logLoggedModelParams(modelId, recordToPairs(params, 'Params'))
  }

  /** One page of the models of these experiments that a search finds, 100 by default; newest first unless ordered. */
  async searchLoggedModels(
    experimentIds: readonly string[],
    options: SearchLoggedModels = {},
  ): Promise<LoggedModelPage> {
    checkKnown('searchLoggedModels', options, SEARCH)
    const { items, nextPageToken } = await this.#store.searchLoggedModels({
      ...options,
      experimentIds,
    })
    return { loggedModels: items, nextPageToken }
  }

  /** Links models to the run that made them, at the step where it did; 0 by default. */
  async logOutputs(
    runId: string,
    models: readonly (Pick<ModelOutput, 'modelId'> & Partial<ModelOutput>)[],
  ): Promise<void> {
    await this.#store.logOutputs(
      runId,
      models.map(({ modelId, step = 0 }) => ({ modelId, step })),
    )
  }

  /** Stores one file of a model; see `ActiveRun.logArtifact` for where. */
  async logModelArtifact(
    modelId: string,
    source: ArtifactSource,
    artifactPath?: string,
    options?: LogArtifactOptions,
  ): Promise<void> {
    await this.#files(modelId).logArtifact(source, artifactPath, options)
  }

  /** Stores a directory with all below it as files of a model. */
  async logModelArtifacts(
    modelId: string,
    directory: string | DirectoryHandleLike,
    artifactPath?: string,
    options?: WriteOptions,
  ): Promise<void> {
    await this.#files(modelId).logArtifacts(directory, artifactPath, options)
  }

  /** Entries directly below `path` (the root when absent) among a model's files, by path. */
  async listLoggedModelArtifacts(modelId: string, path?: string): Promise<readonly FileInfo[]> {
    return this.#files(modelId).list(path)
  }

  /** A file of a model, whole. RESOURCE_DOES_NOT_EXIST where there is none. */
  async openLoggedModelArtifact(
    modelId: string,
    path: string,
    options?: ReadOptions,
  ): Promise<Blob> {
    return this.#files(modelId).open(path, options)
  }

  /** A file of a model as a stream, read as it is asked for; its errors are the stream's. */
  readLoggedModelArtifact(
    modelId: string,
    path: string,
    options?: ReadOptions,
  ): ReadableStream<Uint8Array> {
    return this.#files(modelId).read(path, options)
  }

  /** Copies a file or directory of a model (all of it for '') into a local directory; see `downloadArtifacts`. */
  async downloadLoggedModelArtifacts(
    modelId: string,
    path: string,
    directory: string,
    options?: WriteOptions,
  ): Promise<string> {
    return this.#files(modelId).download(path, directory, options)
  }

  /** Deletes a file of a model, or a directory with all below it; all its files when no path is given. */
  async deleteLoggedModelArtifacts(modelId: string, path?: string): Promise<void> {
    await this.#files(modelId).delete(path)
  }

  get #store(): Store {
    return this.session.store
  }

  /** The artifact port takes a model's id where it takes a run's. */
  #files(modelId: string): RunArtifacts {
    return new RunArtifacts(this.session, modelId)
  }
}

import type { ModelStage, ModelVersion, RegisteredModel } from '../entities/registered-model.js'
import type { CreateModelVersion, RegistryQuery } from '../store/model-registry-store.js'
import type { Store } from '../store/store.js'
import { createVersion, registerModel } from '../models/register-model.js'
import { resolveModelUri } from '../models/resolve-model-uri.js'
import { ArtifactClient } from './artifact-client.js'
import { checkKnown } from './known-options.js'
import { recordToPairs, valueToText, type ParamValue } from './values.js'

/** One page of registered models. */
export interface RegisteredModelPage {
  readonly registeredModels: readonly RegisteredModel[]
  /** What the next call takes; null on the last page. */
  readonly nextPageToken: string | null
}

/** One page of model versions. */
export interface ModelVersionPage {
  readonly modelVersions: readonly ModelVersion[]
  /** What the next call takes; null on the last page. */
  readonly nextPageToken: string | null
}

/** Tags by key. */
export type RegistryTags = Readonly<Record<string, ParamValue>>

/** What `createModelVersion` takes beside name and source. */
export interface CreateModelVersionOptions extends Omit<CreateModelVersion, 'source' | 'tags'> {
  readonly tags?: RegistryTags
}

/** Options of `registerModel`. */
export interface RegisterModelOptions {
  /** Tags of the version. */
  readonly tags?: RegistryTags
}

const KNOWN = ['filter', 'orderBy', 'maxResults', 'pageToken']

/**
 * The part of the client that names models: MLflow's model registry. Versions are numbers as text ('1'); numbers are
 * taken too. RESOURCE_DOES_NOT_EXIST for what is not there.
 */
export class RegistryClient extends ArtifactClient {
  /** Makes a model without versions. RESOURCE_ALREADY_EXISTS where the name is taken. */
  async createRegisteredModel(
    name: string,
    options: { tags?: RegistryTags; description?: string } = {},
  ): Promise<RegisteredModel> {
    const { tags, description } = options
    return this.#store.createRegisteredModel(name, {
      ...(tags === undefined ? {} : { tags: recordToPairs(tags, 'Tags') }),
      ...(description === undefined ? {} : { description }),
    })
  }

  /** A model with its tags, aliases and the latest version of each stage. */
  async getRegisteredModel(name: string): Promise<RegisteredModel> {
    return this.#store.getRegisteredModel(name)
  }

  /** One page of the models that a search finds, by name unless ordered; prompts only where asked for. */
  async searchRegisteredModels(query: RegistryQuery = {}): Promise<RegisteredModelPage> {
    checkKnown('searchRegisteredModels', query, KNOWN)
    const { items, nextPageToken } = await this.#store.searchRegisteredModels(query)
    return { registeredModels: items, nextPageToken }
  }

  /** Gives a model another name; its versions, tags and aliases follow. */
  async renameRegisteredModel(name: string, newName: string): Promise<RegisteredModel> {
    return this.#store.renameRegisteredModel(name, newName)
  }

  /** Sets the description; null clears it. */
  async updateRegisteredModel(name: string, description: string | null): Promise<RegisteredModel> {
    return this.#store.updateRegisteredModel(name, description)
  }

  /** Removes a model for good, with all its versions. */
  async deleteRegisteredModel(name: string): Promise<void> {
    await this.#store.deleteRegisteredModel(name)
  }

  /** Sets a tag of a model. */
  async setRegisteredModelTag(name: string, key: string, value: ParamValue): Promise<void> {
    await this.#store.setRegisteredModelTag(name, key, valueToText(value, key))
  }

  /** Removes a tag of a model; harmless where there is none. */
  async deleteRegisteredModelTag(name: string, key: string): Promise<void> {
    await this.#store.deleteRegisteredModelTag(name, key)
  }

  /** Points an alias at a version; one that exists moves. */
  async setRegisteredModelAlias(
    name: string,
    alias: string,
    version: string | number,
  ): Promise<void> {
    await this.#store.setRegisteredModelAlias(name, alias, version)
  }

  /** Removes an alias; harmless where there is none. */
  async deleteRegisteredModelAlias(name: string, alias: string): Promise<void> {
    await this.#store.deleteRegisteredModelAlias(name, alias)
  }

  /** The highest version of each of some stages, of all where none is named. */
  async getLatestVersions(
    name: string,
    stages?: readonly ModelStage[],
  ): Promise<readonly ModelVersion[]> {
    return this.#store.getLatestVersions(name, stages)
  }

  /** Registers the files at `source` as the model's next version. */
  async createModelVersion(
    name: string,
    source: string,
    options: CreateModelVersionOptions = {},
  ): Promise<ModelVersion> {
    const { tags, ...rest } = options
    return this.#store.createModelVersion(name, {
      source,
      ...rest,
      ...(tags === undefined ? {} : { tags: recordToPairs(tags, 'Tags') }),
    })
  }

  /**
   * Registers a model as the next version of `name`, which is made where it is not there, as `mlflow.register_model` does.
   * `runs:/<run id>/<path>` must hold an `MLmodel` file, or be the name of a logged model that the run has made;
   * other URIs are taken as given.
   */
  async registerModel(
    modelUri: string,
    name: string,
    options: RegisterModelOptions = {},
  ): Promise<ModelVersion> {
    checkKnown('registerModel', options, ['tags'])
    const { tags } = options
    const pairs = tags === undefined ? {} : { tags: recordToPairs(tags, 'Tags') }
    return registerModel(this.#store, modelUri, name, pairs)
  }

  /** Registers what a `models:/` URI means as the next version of `dstName`, which is made where it is not there. */
  async copyModelVersion(srcModelUri: string, dstName: string): Promise<ModelVersion> {
    const source = await resolveModelUri(this.#store, srcModelUri)
    return createVersion(this.#store, dstName, {
      source: `models:/${source.name}/${source.version}`,
      runLink: source.runLink,
      description: source.description,
      tags: Object.entries(source.tags),
      ...(source.runId === '' ? {} : { runId: source.runId }),
      ...(source.modelId === '' ? {} : { modelId: source.modelId }),
    })
  }

  /** One version of a model. */
  async getModelVersion(name: string, version: string | number): Promise<ModelVersion> {
    return this.#store.getModelVersion(name, version)
  }

  /** The version that an alias points at; `latest` is the highest one. */
  async getModelVersionByAlias(name: string, alias: string): Promise<ModelVersion> {
    return this.#store.getModelVersionByAlias(name, alias)
  }

  /** One page of the versions that a search finds, the last changed first unless ordered. */
  async searchModelVersions(query: RegistryQuery = {}): Promise<ModelVersionPage> {
    checkKnown('searchModelVersions', query, KNOWN)
    const { items, nextPageToken } = await this.#store.searchModelVersions(query)
    return { modelVersions: items, nextPageToken }
  }

  /** Sets a version's description; null clears it. */
  async updateModelVersion(
    name: string,
    version: string | number,
    description: string | null,
  ): Promise<ModelVersion> {
    return this.#store.updateModelVersion(name, version, description)
  }

  /** Moves a version to a stage: None, Staging, Production or Archived. */
  async transitionModelVersionStage(
    name: string,
    version: string | number,
    stage: string,
    options: { archiveExistingVersions?: boolean } = {},
  ): Promise<ModelVersion> {
    return this.#store.transitionModelVersionStage(name, version, stage, options)
  }

  /** Removes a version for good; its number is not used again. */
  async deleteModelVersion(name: string, version: string | number): Promise<void> {
    await this.#store.deleteModelVersion(name, version)
  }

  /** Where a version's files are to be read from. */
  async getModelVersionDownloadUri(name: string, version: string | number): Promise<string> {
    return this.#store.getModelVersionDownloadUri(name, version)
  }

  /** Sets a tag of a version. */
  async setModelVersionTag(
    name: string,
    version: string | number,
    key: string,
    value: ParamValue,
  ): Promise<void> {
    await this.#store.setModelVersionTag(name, version, key, valueToText(value, key))
  }

  /** Removes a tag of a version; harmless where there is none. */
  async deleteModelVersionTag(name: string, version: string | number, key: string): Promise<void> {
    await this.#store.deleteModelVersionTag(name, version, key)
  }

  get #store(): Store {
    return this.session.store
  }
}

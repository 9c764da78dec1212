import type { KeyValue } from '../entities/log-batch.js'
import type { PagedList } from '../entities/paged-list.js'
import type { ModelVersion, RegisteredModel } from '../entities/registered-model.js'

/** Which registered models, or versions, a search finds, and in which order. */
export interface RegistryQuery {
  /** MLflow's filter; everything, but for prompts, where empty. */
  readonly filter?: string
  readonly orderBy?: readonly string[]
  /** Models: 1 to 1,000, 100 by default. Versions: 1 to 200,000, which is the default. */
  readonly maxResults?: number
  readonly pageToken?: string
}

/** What `createModelVersion` takes. */
export interface CreateModelVersion {
  readonly source: string
  readonly runId?: string
  readonly runLink?: string
  readonly description?: string | null
  readonly tags?: readonly KeyValue[]
  readonly modelId?: string
}

/**
 * MLflow's model registry, in its words, rules and error codes. Flat, asynchronous, structured-cloneable in and out.
 * Versions are texts of digits; a number is taken too. RESOURCE_DOES_NOT_EXIST for what is not there.
 */
export interface ModelRegistryStore {
  /** RESOURCE_ALREADY_EXISTS where the name is taken. */
  createRegisteredModel(
    name: string,
    options?: { description?: string | null; tags?: readonly KeyValue[] },
  ): Promise<RegisteredModel>
  getRegisteredModel(name: string): Promise<RegisteredModel>
  searchRegisteredModels(query?: RegistryQuery): Promise<PagedList<RegisteredModel>>
  renameRegisteredModel(name: string, newName: string): Promise<RegisteredModel>
  /** Null clears the description. */
  updateRegisteredModel(name: string, description: string | null): Promise<RegisteredModel>
  /** With all its versions, tags and aliases; a model of the same name begins with version 1 again. */
  deleteRegisteredModel(name: string): Promise<void>
  setRegisteredModelTag(name: string, key: string, value: string): Promise<void>
  /** Harmless where there is none. */
  deleteRegisteredModelTag(name: string, key: string): Promise<void>
  /** Moves the alias where it exists. */
  setRegisteredModelAlias(name: string, alias: string, version: string | number): Promise<void>
  /** Harmless where there is none. */
  deleteRegisteredModelAlias(name: string, alias: string): Promise<void>

  createModelVersion(name: string, version: CreateModelVersion): Promise<ModelVersion>
  getModelVersion(name: string, version: string | number): Promise<ModelVersion>
  /** `latest`, in any case, is the highest version. INVALID_PARAMETER_VALUE for an unknown alias, as MLflow has it. */
  getModelVersionByAlias(name: string, alias: string): Promise<ModelVersion>
  /** The highest version of each of some stages; of all stages where none is named. */
  getLatestVersions(name: string, stages?: readonly string[]): Promise<readonly ModelVersion[]>
  searchModelVersions(query?: RegistryQuery): Promise<PagedList<ModelVersion>>
  /** Null clears the description. */
  updateModelVersion(
    name: string,
    version: string | number,
    description: string | null,
  ): Promise<ModelVersion>
  transitionModelVersionStage(
    name: string,
    version: string | number,
    stage: string,
    options?: { archiveExistingVersions?: boolean },
  ): Promise<ModelVersion>
  deleteModelVersion(name: string, version: string | number): Promise<void>
  /** Where the version's files are to be read from. */
  getModelVersionDownloadUri(name: string, version: string | number): Promise<string>
  setModelVersionTag(
    name: string,
    version: string | number,
    key: string,
    value: string,
  ): Promise<void>
  /** Harmless where there is none. */
  deleteModelVersionTag(name: string, version: string | number, key: string): Promise<void>
}

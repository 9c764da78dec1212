import type { PagedList } from '../../../entities/paged-list.js'
import type { ModelVersion, RegisteredModel } from '../../../entities/registered-model.js'
import type { Plan } from '../../commands.js'
import type { CreateModelVersion, RegistryQuery } from '../../model-registry-store.js'
import type { CatalogState } from '../state.js'
import * as modelReader from './model-reader.js'
import * as models from './models.js'
import type { CreateModelOptions } from './models.js'
import { searchModels } from './search-models.js'
import { searchVersions } from './search-versions.js'
import * as versionReader from './version-reader.js'
import * as versions from './versions.js'

/** The part of the catalog that is about registered models and their versions. As `Catalog`: plans change nothing. */
export class CatalogRegistry {
  readonly #state: CatalogState

  constructor(state: CatalogState) {
    this.#state = state
  }

  planCreateModel(name: string, options?: CreateModelOptions): Plan<RegisteredModel> {
    return models.planCreateModel(this.#state, name, options)
  }

  planRenameModel(name: string, newName: string): Plan<RegisteredModel> {
    return models.planRenameModel(this.#state, name, newName)
  }

  planUpdateModel(name: string, description: string | null): Plan<RegisteredModel> {
    return models.planUpdateModel(this.#state, name, description)
  }

  planDeleteModel(name: string): Plan<void> {
    return models.planDeleteModel(this.#state, name)
  }

  planSetModelTag(name: string, key: string, value: string): Plan<void> {
    return models.planSetModelTag(this.#state, name, key, value)
  }

  planDeleteModelTag(name: string, key: string): Plan<void> {
    return models.planDeleteModelTag(this.#state, name, key)
  }

  planSetAlias(name: string, alias: string, version: string | number): Plan<void> {
    return models.planSetAlias(this.#state, name, alias, version)
  }

  planDeleteAlias(name: string, alias: string): Plan<void> {
    return models.planDeleteAlias(this.#state, name, alias)
  }

  planCreateVersion(name: string, version: CreateModelVersion): Plan<ModelVersion> {
    return versions.planCreateVersion(this.#state, name, version)
  }

  planUpdateVersion(
    name: string,
    version: string | number,
    description: string | null,
  ): Plan<ModelVersion> {
    return versions.planUpdateVersion(this.#state, name, version, description)
  }

  planSetStage(
    name: string,
    version: string | number,
    stage: string,
    options?: { readonly archiveExistingVersions?: boolean },
  ): Plan<ModelVersion> {
    return versions.planSetStage(this.#state, name, version, stage, options)
  }

  planDeleteVersion(name: string, version: string | number): Plan<void> {
    return versions.planDeleteVersion(this.#state, name, version)
  }

  planSetVersionTag(
    name: string,
    version: string | number,
    key: string,
    value: string,
  ): Plan<void> {
    return versions.planSetVersionTag(this.#state, name, version, key, value)
  }

  planDeleteVersionTag(name: string, version: string | number, key: string): Plan<void> {
    return versions.planDeleteVersionTag(this.#state, name, version, key)
  }

  getModel(name: string): RegisteredModel {
    return modelReader.getModel(this.#state, name)
  }

  searchModels(query?: RegistryQuery): PagedList<RegisteredModel> {
    return searchModels(this.#state, query)
  }

  getVersion(name: string, version: string | number): ModelVersion {
    return versionReader.getVersion(this.#state, name, version)
  }

  getVersionByAlias(name: string, alias: string): ModelVersion {
    return versionReader.getVersionByAlias(this.#state, name, alias)
  }

  getLatestVersions(name: string, stages?: readonly string[]): readonly ModelVersion[] {
    return versionReader.getLatestVersions(this.#state, name, stages)
  }

  searchVersions(query?: RegistryQuery): PagedList<ModelVersion> {
    return searchVersions(this.#state, query)
  }

  getDownloadUri(name: string, version: string | number): string {
    return versionReader.getDownloadUri(this.#state, name, version)
  }
}

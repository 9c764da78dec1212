import type { KeyValue } from '../entities/log-batch.js'
import type { PagedList } from '../entities/paged-list.js'
import type { ModelVersion, RegisteredModel } from '../entities/registered-model.js'
import type { CatalogRegistry } from './catalog/registry/catalog-registry.js'
import type { Core } from './core.js'
import type {
  CreateModelVersion,
  ModelRegistryStore,
  RegistryQuery,
} from './model-registry-store.js'

/** The model registry's port over the in-process state: what `EngineStore` is beside the other ports. */
export class EngineRegistry implements ModelRegistryStore {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  get #registry(): CatalogRegistry {
    return this.#core.parts.catalog.registry
  }

  createRegisteredModel(
    name: string,
    options: { description?: string | null; tags?: readonly KeyValue[] } = {},
  ): Promise<RegisteredModel> {
    return this.#core.write(() => this.#registry.planCreateModel(name, options))
  }

  getRegisteredModel(name: string): Promise<RegisteredModel> {
    return this.#core.read(() => this.#registry.getModel(name))
  }

  searchRegisteredModels(query?: RegistryQuery): Promise<PagedList<RegisteredModel>> {
    return this.#core.read(() => this.#registry.searchModels(query))
  }

  renameRegisteredModel(name: string, newName: string): Promise<RegisteredModel> {
    return this.#core.write(() => this.#registry.planRenameModel(name, newName))
  }

  updateRegisteredModel(name: string, description: string | null): Promise<RegisteredModel> {
    return this.#core.write(() => this.#registry.planUpdateModel(name, description))
  }

  deleteRegisteredModel(name: string): Promise<void> {
    return this.#core.write(() => this.#registry.planDeleteModel(name))
  }

  setRegisteredModelTag(name: string, key: string, value: string): Promise<void> {
    return this.#core.write(() => this.#registry.planSetModelTag(name, key, value))
  }

  deleteRegisteredModelTag(name: string, key: string): Promise<void> {
    return this.#core.write(() => this.#registry.planDeleteModelTag(name, key))
  }

  setRegisteredModelAlias(name: string, alias: string, version: string | number): Promise<void> {
    return this.#core.write(() => this.#registry.planSetAlias(name, alias, version))
  }

  deleteRegisteredModelAlias(name: string, alias: string): Promise<void> {
    return this.#core.write(() => this.#registry.planDeleteAlias(name, alias))
  }

  createModelVersion(name: string, version: CreateModelVersion): Promise<ModelVersion> {
    return this.#core.write(() => this.#registry.planCreateVersion(name, version))
  }

  getModelVersion(name: string, version: string | number): Promise<ModelVersion> {
    return this.#core.read(() => this.#registry.getVersion(name, version))
  }

  getModelVersionByAlias(name: string, alias: string): Promise<ModelVersion> {
    return this.#core.read(() => this.#registry.getVersionByAlias(name, alias))
  }

  getLatestVersions(name: string, stages?: readonly string[]): Promise<readonly ModelVersion[]> {
    return this.#core.read(() => this.#registry.getLatestVersions(name, stages))
  }

  searchModelVersions(query?: RegistryQuery): Promise<PagedList<ModelVersion>> {
    return this.#core.read(() => this.#registry.searchVersions(query))
  }

  updateModelVersion(
    name: string,
    version: string | number,
    description: string | null,
  ): Promise<ModelVersion> {
    return this.#core.write(() => this.#registry.planUpdateVersion(name, version, description))
  }

  transitionModelVersionStage(
    name: string,
    version: string | number,
    stage: string,
    options: { archiveExistingVersions?: boolean } = {},
  ): Promise<ModelVersion> {
    return this.#core.write(() => this.#registry.planSetStage(name, version, stage, options))
  }

  deleteModelVersion(name: string, version: string | number): Promise<void> {
    return this.#core.write(() => this.#registry.planDeleteVersion(name, version))
  }

  getModelVersionDownloadUri(name: string, version: string | number): Promise<string> {
    return this.#core.read(() => this.#registry.getDownloadUri(name, version))
  }

  setModelVersionTag(
    name: string,
    version: string | number,
    key: string,
    value: string,
  ): Promise<void> {
    return this.#core.write(() => this.#registry.planSetVersionTag(name, version, key, value))
  }

  deleteModelVersionTag(name: string, version: string | number, key: string): Promise<void> {
    return this.#core.write(() => this.#registry.planDeleteVersionTag(name, version, key))
  }
}

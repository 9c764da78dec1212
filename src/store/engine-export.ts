import type { FileInfo } from '../entities/file-info.js'
import type { LoggedModel } from '../entities/logged-model.js'
import type { OpenArtifact } from './artifact-store.js'
import type { ArtifactRepository } from './artifacts/repository.js'
import type { Core } from './core.js'
import { EngineTraces } from './engine-traces.js'
import type { DatasetSeries, ExportStore, ModelVersions } from './export-store.js'

/** The port of exports over the in-process state: what `EngineStore` is beside the other ports. */
export class EngineExport extends EngineTraces implements ExportStore {
  readonly #core: Core
  readonly #artifacts: ArtifactRepository

  constructor(core: Core, artifacts: ArtifactRepository) {
    super(core)
    this.#core = core
    this.#artifacts = artifacts
  }

  getDeletedTime(runId: string): Promise<number | null> {
    return this.#core.read(() => this.#core.parts.catalog.exports.deletedTime(runId))
  }

  async getDatasetSeries(runId: string, key: string): Promise<readonly DatasetSeries[]> {
    const { catalog, series: points } = this.#core.parts
    const found = await this.#core.read(() => catalog.exports.seriesByDataset(runId, key))
    const all: DatasetSeries[] = []
    for (const { series, ...dataset } of found)
      all.push({ ...dataset, columns: await points.read(series) })
    return all
  }

  getModelVersions(name: string): Promise<ModelVersions> {
    return this.#core.read(() => this.#core.parts.catalog.exports.modelVersions(name))
  }

  getDeletedLoggedModelIds(experimentId: string): Promise<readonly string[]> {
    return this.#core.read(() => this.#core.parts.catalog.exports.deletedModelIds(experimentId))
  }

  async getDeletedLoggedModel(modelId: string): Promise<LoggedModel> {
    const { catalog } = this.#core.parts
    return this.withMetrics(await this.#core.read(() => catalog.exports.deletedModel(modelId)))
  }

  listDeletedModelFiles(modelId: string, path?: string): Promise<readonly FileInfo[]> {
    return this.#artifacts.listArtifacts(modelId, path, 'read deleted')
  }

  openDeletedModelFile(modelId: string, path: string): Promise<OpenArtifact> {
    return this.#artifacts.openRead(modelId, path, undefined, 'read deleted')
  }
}

import type { Core } from './core.js'
import { EngineTraces } from './engine-traces.js'
import type { DatasetSeries, ExportStore, ModelVersions } from './export-store.js'

/** The port of exports over the in-process state: what `EngineStore` is beside the other ports. */
export class EngineExport extends EngineTraces implements ExportStore {
  readonly #core: Core

  constructor(core: Core) {
    super(core)
    this.#core = core
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
}

import type { KeyValue } from '../entities/log-batch.js'
import type { LoggedModel, LoggedModelStatus, ModelOutput } from '../entities/logged-model.js'
import type { PagedList } from '../entities/paged-list.js'
import type { CatalogLoggedModels } from './catalog/logged-models/catalog-logged-models.js'
import { pointsToModelMetrics } from './catalog/logged-models/model-metrics.js'
import type { MetricsByModel, ModelSeries } from './catalog/logged-models/model-metrics.js'
import type { LoggedModelRecord } from './catalog/logged-models/model-reader.js'
import type { Core } from './core.js'
import { EngineRegistry } from './engine-registry.js'
import type { CreateLoggedModel, LoggedModelQuery, LoggedModelStore } from './logged-model-store.js'

/** The port of logged models over the in-process state: what `EngineStore` is beside the other ports. */
export class EngineLoggedModels extends EngineRegistry implements LoggedModelStore {
  readonly #core: Core

  constructor(core: Core) {
    super(core)
    this.#core = core
  }

  get #models(): CatalogLoggedModels {
    return this.#core.parts.catalog.loggedModels
  }

  async createLoggedModel(model: CreateLoggedModel): Promise<LoggedModel> {
    const record = await this.#core.write(() => this.#models.planCreate(model))
    return toLoggedModel(record, new Map())
  }

  async getLoggedModel(modelId: string): Promise<LoggedModel> {
    return this.withMetrics(await this.#core.read(() => this.#models.get(modelId)))
  }

  async finalizeLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel> {
    const record = await this.#core.write(() => this.#models.planFinalize(modelId, status))
    return this.withMetrics(record)
  }

  deleteLoggedModel(modelId: string): Promise<void> {
    return this.#core.write(() => this.#models.planDelete(modelId))
  }

  purgeLoggedModel(modelId: string): Promise<void> {
    return this.#core.write(() => this.#models.planPurge(modelId))
  }

  async searchLoggedModels(query: LoggedModelQuery): Promise<PagedList<LoggedModel>> {
    const search = await this.#core.read(() => this.#models.parseSearch(query))
    const metrics = search.needsMetrics
      ? await this.#readMetrics(() => this.#models.seriesOfSearch(search))
      : new Map()
    const page = await this.#core.read(() => this.#models.search(search, metrics))
    return { ...page, items: await this.#allWithMetrics(page.items) }
  }

  setLoggedModelTags(modelId: string, tags: readonly KeyValue[]): Promise<void> {
    return this.#core.write(() => this.#models.planSetTags(modelId, tags))
  }

  deleteLoggedModelTag(modelId: string, key: string): Promise<void> {
    return this.#core.write(() => this.#models.planDeleteTag(modelId, key))
  }

  logLoggedModelParams(modelId: string, params: readonly KeyValue[]): Promise<void> {
    return this.#core.write(() => this.#models.planLogParams(modelId, params))
  }

  logOutputs(runId: string, models: readonly ModelOutput[]): Promise<void> {
    return this.#core.write(() => this.#models.planLogOutputs(runId, models))
  }

  /** A model of the catalog with the points that were logged for it. */
  protected async withMetrics(record: LoggedModelRecord): Promise<LoggedModel> {
    return (await this.#allWithMetrics([record]))[0]!
  }

  async #allWithMetrics(records: readonly LoggedModelRecord[]): Promise<LoggedModel[]> {
    const ids = records.map(({ modelId }) => modelId)
    const metrics = await this.#readMetrics(() => this.#models.seriesOf(ids))
    return records.map((record) => toLoggedModel(record, metrics))
  }

  async #readMetrics(find: () => ModelSeries[]): Promise<MetricsByModel> {
    const series = await this.#core.read(find)
    const ids = series.map((one) => one.series)
    return pointsToModelMetrics(series, await this.#core.parts.series.readRaw(ids))
  }
}

function toLoggedModel(record: LoggedModelRecord, metrics: MetricsByModel): LoggedModel {
  const { model: _, ...own } = record
  return { ...own, metrics: metrics.get(own.modelId) ?? [] }
}

import type { KeyValue } from '../../../entities/log-batch.js'
import type { LoggedModelStatus, ModelOutput } from '../../../entities/logged-model.js'
import type { PagedList } from '../../../entities/paged-list.js'
import type { RunModels } from '../../../search/rows-to-runs.js'
import type { Plan } from '../../commands.js'
import type { CreateLoggedModel, LoggedModelQuery } from '../../logged-model-store.js'
import type { CatalogState } from '../state.js'
import { planLogOutputs, readRunModels } from './links.js'
import { getLoggedModel } from './model-reader.js'
import type { LoggedModelRecord } from './model-reader.js'
import { seriesOfModel } from './model-metrics.js'
import type { MetricsByModel, ModelSeries } from './model-metrics.js'
import * as models from './models.js'
import { parseModelSearch, searchLoggedModels, seriesOfSearch } from './search.js'
import type { LoggedModelSearch } from './search.js'

/** The part of the catalog that is about logged models. As `Catalog`: plans change nothing. Metric points are not here. */
export class CatalogLoggedModels {
  readonly #state: CatalogState

  constructor(state: CatalogState) {
    this.#state = state
  }

  planCreate(model: CreateLoggedModel): Plan<LoggedModelRecord> {
    return models.planCreateLoggedModel(this.#state, model)
  }

  planFinalize(modelId: string, status: LoggedModelStatus): Plan<LoggedModelRecord> {
    return models.planFinalizeLoggedModel(this.#state, modelId, status)
  }

  planDelete(modelId: string): Plan<void> {
    return models.planDeleteLoggedModel(this.#state, modelId)
  }

  planPurge(modelId: string): Plan<void> {
    return models.planPurgeLoggedModel(this.#state, modelId)
  }

  planSetTags(modelId: string, tags: readonly KeyValue[]): Plan<void> {
    return models.planSetLoggedModelTags(this.#state, modelId, tags)
  }

  planDeleteTag(modelId: string, key: string): Plan<void> {
    return models.planDeleteLoggedModelTag(this.#state, modelId, key)
  }

  planLogParams(modelId: string, params: readonly KeyValue[]): Plan<void> {
    return models.planLogLoggedModelParams(this.#state, modelId, params)
  }

  planLogOutputs(runId: string, outputs: readonly ModelOutput[]): Plan<void> {
    return planLogOutputs(this.#state, runId, outputs)
  }

  get(modelId: string): LoggedModelRecord {
    return getLoggedModel(this.#state, modelId)
  }

  /** The series of these models, by their ids. */
  seriesOf(modelIds: readonly string[]): ModelSeries[] {
    return modelIds.flatMap((modelId) => seriesOfModel(this.#state, modelId))
  }

  parseSearch(query: LoggedModelQuery): LoggedModelSearch {
    return parseModelSearch(this.#state, query)
  }

  /** The series of all models that a search looks at. */
  seriesOfSearch(search: LoggedModelSearch): ModelSeries[] {
    return seriesOfSearch(this.#state, search)
  }

  search(search: LoggedModelSearch, metrics: MetricsByModel): PagedList<LoggedModelRecord> {
    return searchLoggedModels(this.#state, search, metrics)
  }

  /** The models of some runs, by internal ids; runs without any are not in it. */
  modelsOfRuns(runs: readonly number[]): ReadonlyMap<number, RunModels> {
    return readRunModels(this.#state, runs)
  }
}

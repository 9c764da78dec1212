import type { LoggedModel, LoggedModelStatus, ModelOutput } from '../entities/logged-model.js'
import type { FluentRuns } from './fluent-runs.js'
import type {
  CreateLoggedModelOptions,
  LoggedModelPage,
  SearchLoggedModels,
} from './logged-model-client.js'
import type { Tracker } from './tracker.js'
import type { ParamValue } from './values.js'

/** Options of the fluent `initializeLoggedModel`. */
export interface InitializeLoggedModel extends CreateLoggedModelOptions {
  /** The active experiment by default. */
  readonly experimentId?: string
}

/** MLflow's functions about logged models. */
export interface LoggedModelFluent {
  /** Makes a model without files, of the active experiment and the active run unless others are named. */
  initializeLoggedModel(options?: InitializeLoggedModel): Promise<LoggedModel>
  /** Says that a model's files are there (READY), or will never be (FAILED). */
  finalizeLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel>
  getLoggedModel(modelId: string): Promise<LoggedModel>
  /** One page of the models of the active experiment, or of those named. */
  searchLoggedModels(
    options?: SearchLoggedModels & { readonly experimentIds?: readonly string[] },
  ): Promise<LoggedModelPage>
  deleteLoggedModel(modelId: string): Promise<void>
  setLoggedModelTags(modelId: string, tags: Readonly<Record<string, ParamValue>>): Promise<void>
  deleteLoggedModelTag(modelId: string, key: string): Promise<void>
  logModelParams(modelId: string, params: Readonly<Record<string, ParamValue>>): Promise<void>
  /** Links models to the active run, which made them. */
  logOutputs(
    models: readonly (Pick<ModelOutput, 'modelId'> & Partial<ModelOutput>)[],
  ): Promise<void>
}

/** The fluent functions about logged models, over the default tracker. */
export function loggedModelFunctions(
  runs: FluentRuns,
  activeExperiment: () => Promise<string>,
): LoggedModelFluent {
  const client = async (): Promise<Tracker['client']> => (await runs.settled()).client
  return {
    async initializeLoggedModel({ experimentId, ...options } = {}) {
      const api = await client()
      const run = options.sourceRunId === undefined ? runs.active() : null
      const id = experimentId ?? run?.info.experimentId ?? (await activeExperiment())
      return api.createLoggedModel(id, {
        ...(run === null ? {} : { sourceRunId: run.id }),
        ...options,
      })
    },
    finalizeLoggedModel: async (modelId, status) =>
      (await client()).finalizeLoggedModel(modelId, status),
    getLoggedModel: async (modelId) => (await client()).getLoggedModel(modelId),
    async searchLoggedModels({ experimentIds, ...options } = {}) {
      const api = await client()
      return api.searchLoggedModels(experimentIds ?? [await activeExperiment()], options)
    },
    deleteLoggedModel: async (modelId) => (await client()).deleteLoggedModel(modelId),
    setLoggedModelTags: async (modelId, tags) => (await client()).setLoggedModelTags(modelId, tags),
    deleteLoggedModelTag: async (modelId, key) =>
      (await client()).deleteLoggedModelTag(modelId, key),
    logModelParams: async (modelId, params) => (await client()).logModelParams(modelId, params),
    async logOutputs(models) {
      const { id } = await runs.currentReady()
      await (await client()).logOutputs(id, models)
    },
  }
}

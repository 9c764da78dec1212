import type { KeyValue } from '../entities/log-batch.js'
import type { LoggedModel, LoggedModelStatus, ModelOutput } from '../entities/logged-model.js'
import type { PagedList } from '../entities/paged-list.js'

/** What `createLoggedModel` takes. */
export interface CreateLoggedModel {
  readonly experimentId: string
  /** A made-up name where absent. */
  readonly name?: string
  readonly sourceRunId?: string
  readonly modelType?: string
  readonly params?: readonly KeyValue[]
  readonly tags?: readonly KeyValue[]
}

/** A term of an order of logged models; `fieldName` is an attribute or `metrics.<key>`. */
export interface LoggedModelOrder {
  readonly fieldName: string
  /** True where absent. */
  readonly ascending?: boolean
  /** Orders by a metric's values on this dataset alone. */
  readonly datasetName?: string
  readonly datasetDigest?: string
}

/** Which logged models a search finds, and in which order. */
export interface LoggedModelQuery {
  readonly experimentIds: readonly string[]
  /** MLflow's filter; everything where empty. */
  readonly filter?: string
  /** Metric conditions are about values on these datasets alone. */
  readonly datasets?: readonly { readonly datasetName: string; readonly datasetDigest?: string }[]
  /** Newest first where absent. */
  readonly orderBy?: readonly LoggedModelOrder[]
  /** 100 by default and for 0. */
  readonly maxResults?: number
  readonly pageToken?: string
}

/**
 * MLflow 3's logged models, in its words, rules and error codes. Flat, asynchronous, structured-cloneable in and out.
 * Their files are kept by the artifact port under the model's id. RESOURCE_DOES_NOT_EXIST for what is not there or deleted.
 */
export interface LoggedModelStore {
  createLoggedModel(model: CreateLoggedModel): Promise<LoggedModel>
  getLoggedModel(modelId: string): Promise<LoggedModel>
  /** Says that the files are there, or will never be. */
  finalizeLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel>
  /** Marks it deleted: no call finds it any more. */
  deleteLoggedModel(modelId: string): Promise<void>
  /** Removes a deleted one for good, with its files. INVALID_PARAMETER_VALUE for one that is not deleted. */
  purgeLoggedModel(modelId: string): Promise<void>
  searchLoggedModels(query: LoggedModelQuery): Promise<PagedList<LoggedModel>>
  setLoggedModelTags(modelId: string, tags: readonly KeyValue[]): Promise<void>
  /** RESOURCE_DOES_NOT_EXIST where the model has none such. */
  deleteLoggedModelTag(modelId: string, key: string): Promise<void>
  /** The same value again changes nothing, another one is refused. */
  logLoggedModelParams(modelId: string, params: readonly KeyValue[]): Promise<void>
  /** Links models to the run that made them. */
  logOutputs(runId: string, models: readonly ModelOutput[]): Promise<void>
}

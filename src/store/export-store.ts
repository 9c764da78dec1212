import type { FileInfo } from '../entities/file-info.js'
import type { LoggedModel } from '../entities/logged-model.js'
import type { MetricColumns } from '../entities/metric.js'
import type { ModelVersion } from '../entities/registered-model.js'
import type { OpenArtifact } from './artifact-store.js'

/** The part of a metric's history that was measured on one dataset, or on none. */
export interface DatasetSeries {
  /** '' for no dataset. */
  readonly datasetName: string
  readonly datasetDigest: string
  readonly columns: MetricColumns
}

/** All versions of a registered model. */
export interface ModelVersions {
  /** By number; their aliases are not told. */
  readonly versions: readonly ModelVersion[]
  /** The highest number that was ever given to a version. */
  readonly lastVersion: number
}

/**
 * What an export tells and no other call does. RESOURCE_DOES_NOT_EXIST for what is not there. A server of MLflow's does not
 * tell all of it: there no run has a time of deletion, no point a dataset, the last version is the highest that is left, and
 * no logged model is deleted.
 */
export interface ExportStore {
  /** When a run was deleted, in epoch milliseconds; null where it was not, or it is not known. */
  getDeletedTime(runId: string): Promise<number | null>
  /** A metric's history by dataset, that of none first. */
  getDatasetSeries(runId: string, key: string): Promise<readonly DatasetSeries[]>
  /** The versions of a model, or prompt. */
  getModelVersions(name: string): Promise<ModelVersions>
  /** The ids of an experiment's deleted logged models, newest first. */
  getDeletedLoggedModelIds(experimentId: string): Promise<readonly string[]>
  /** One of those, as it was. RESOURCE_DOES_NOT_EXIST for one that is not deleted too. */
  getDeletedLoggedModel(modelId: string): Promise<LoggedModel>
  /** Its files, as `listArtifacts` has them. */
  listDeletedModelFiles(modelId: string, path?: string): Promise<readonly FileInfo[]>
  /** One of its files, as `openRead` opens it. */
  openDeletedModelFile(modelId: string, path: string): Promise<OpenArtifact>
}

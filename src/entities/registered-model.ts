/** MLflow's stages of model versions, deprecated there and still answered. */
export type ModelStage = 'None' | 'Staging' | 'Production' | 'Archived'

/** Every ModelStage, for checks. */
export const MODEL_STAGES: readonly ModelStage[] = ['None', 'Staging', 'Production', 'Archived']

/** Whether a version can be used. Those made here are READY at once. */
export type ModelVersionStatus = 'PENDING_REGISTRATION' | 'FAILED_REGISTRATION' | 'READY'

/** One version of a registered model. Times are epoch milliseconds. */
export interface ModelVersion {
  readonly name: string
  /** A number as text, as on the wire: '1', '2', ... Never used twice. */
  readonly version: string
  readonly creationTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly currentStage: ModelStage
  /** Null where none was given. */
  readonly description: string | null
  /** Where the model's files are: `runs:/...`, `models:/...`, `mlflow-artifacts:/...`, a path or a URL. */
  readonly source: string
  /** The run that made it; '' where none was given. */
  readonly runId: string
  readonly runLink: string
  readonly status: ModelVersionStatus
  readonly tags: Readonly<Record<string, string>>
  /** In order of the alias; empty in searches, as MLflow has it. */
  readonly aliases: readonly string[]
  /** The logged model of MLflow 3 that it stands for; '' for none. */
  readonly modelId: string
}

/** A registered model. Times are epoch milliseconds. */
export interface RegisteredModel {
  readonly name: string
  readonly creationTimestamp: number
  readonly lastUpdatedTimestamp: number
  /** Null where none was given. */
  readonly description: string | null
  readonly tags: Readonly<Record<string, string>>
  /** From alias to version. */
  readonly aliases: Readonly<Record<string, string>>
  /** The highest version of each stage that has one. */
  readonly latestVersions: readonly ModelVersion[]
}

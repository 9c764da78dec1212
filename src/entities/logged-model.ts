import type { Metric } from './metric.js'

/** Whether a logged model can be used: PENDING until its files are there. */
export type LoggedModelStatus = 'UNSPECIFIED' | 'PENDING' | 'READY' | 'FAILED'

/** Every LoggedModelStatus, in the order of MLflow's numbers for them, from 0. */
export const LOGGED_MODEL_STATUSES: readonly LoggedModelStatus[] = [
  'UNSPECIFIED',
  'PENDING',
  'READY',
  'FAILED',
]

/** A point of a metric that was logged for a model. */
export interface ModelMetric extends Metric {
  readonly modelId: string
  /** The run that logged it. */
  readonly runId: string
  /** The dataset that it was measured on; null for none. */
  readonly datasetName: string | null
  readonly datasetDigest: string | null
}

/** A model of MLflow 3: files of its own, made by a run or by none. Times are epoch milliseconds. */
export interface LoggedModel {
  /** `m-` and 32 lower-case hex digits for those made here. */
  readonly modelId: string
  readonly experimentId: string
  readonly name: string
  /** `<location of the experiment>/models/<model id>/artifacts`. */
  readonly artifactLocation: string
  readonly creationTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly modelType: string | null
  readonly sourceRunId: string | null
  readonly status: LoggedModelStatus
  readonly tags: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
  /** Every point that was logged for it, by key, timestamp and step. */
  readonly metrics: readonly ModelMetric[]
}

/** A model that a run has used. */
export interface ModelInput {
  readonly modelId: string
}

/** A model that a run has made, and at which step. */
export interface ModelOutput {
  readonly modelId: string
  readonly step: number
}

import type { DatasetInput } from './dataset.js'
import type { LifecycleStage } from './lifecycle.js'
import type { ModelInput, ModelOutput } from './logged-model.js'
import type { Metric } from './metric.js'

/** MLflow's run states. */
export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED'

/** Every RunStatus, in the order of their numbers in mlflow/protos/service.proto, which begin with 1. */
export const RUN_STATUSES: readonly RunStatus[] = [
  'RUNNING',
  'SCHEDULED',
  'FINISHED',
  'FAILED',
  'KILLED',
]

/** What a run is, apart from what it logged. Times are epoch milliseconds. */
export interface RunInfo {
  /** 32 lower-case hex digits for runs made here; imported ones keep theirs. */
  readonly runId: string
  readonly experimentId: string
  readonly runName: string
  readonly userId: string
  readonly status: RunStatus
  readonly startTime: number
  readonly endTime: number | null
  readonly artifactUri: string
  readonly lifecycleStage: LifecycleStage
}

/** What a run logged. */
export interface RunData {
  /** The latest value of each metric: that of the greatest (step, timestamp, value). */
  readonly metrics: Readonly<Record<string, number>>
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  /** The latest point of each metric, with its step and time. */
  readonly latestMetrics: readonly Metric[]
}

/** A run, whole but for its metric histories and artifacts. */
export interface Run {
  readonly info: RunInfo
  readonly data: RunData
  readonly inputs: {
    readonly datasetInputs: readonly DatasetInput[]
    readonly modelInputs: readonly ModelInput[]
  }
  readonly outputs: { readonly modelOutputs: readonly ModelOutput[] }
}

import type { LoggedModel, LoggedModelStatus, ModelMetric } from '../entities/logged-model.js'
import { Double } from './answer.js'
import type { Answer } from './answer.js'
import { tagsToJson } from './entities-to-json.js'

/** MLflow's LoggedModelStatus, as its protocol counts. */
export const MODEL_STATUSES = {
  0: 'LOGGED_MODEL_STATUS_UNSPECIFIED',
  1: 'LOGGED_MODEL_PENDING',
  2: 'LOGGED_MODEL_READY',
  3: 'LOGGED_MODEL_UPLOAD_FAILED',
} as const

/** A status by its name in the protocol. */
export type ModelStatusName = (typeof MODEL_STATUSES)[keyof typeof MODEL_STATUSES]

const NAMES: Readonly<Record<LoggedModelStatus, ModelStatusName>> = {
  UNSPECIFIED: MODEL_STATUSES[0],
  PENDING: MODEL_STATUSES[1],
  READY: MODEL_STATUSES[2],
  FAILED: MODEL_STATUSES[3],
}

/** Where MLflow's clients read and write a logged model's files: through this server, as with `runArtifactUri`. */
export function loggedModelArtifactUri(model: LoggedModel): string {
  return `mlflow-artifacts:/${model.experimentId}/models/${model.modelId}/artifacts`
}

/** MLflow's LoggedModel. */
export function loggedModelToJson(model: LoggedModel): Answer {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.creationTimestamp,
      last_updated_timestamp_ms: model.lastUpdatedTimestamp,
      artifact_uri: loggedModelArtifactUri(model),
      status: NAMES[model.status],
      // The protocol cannot tell an absent text from an empty one here.
      model_type: model.modelType ?? '',
      source_run_id: model.sourceRunId ?? '',
      tags: tagsToJson(model.tags),
    },
    data: { params: tagsToJson(model.params), metrics: model.metrics.map(modelMetricToJson) },
  }
}

/** The status that a name of the protocol means; MLflow takes one that it does not know for UNSPECIFIED. */
export function nameToModelStatus(name: ModelStatusName | undefined): LoggedModelStatus {
  const found = Object.entries(NAMES).find(([, known]) => known === name)
  return (found?.[0] as LoggedModelStatus | undefined) ?? 'UNSPECIFIED'
}

/** The name that the protocol has for a status. */
export function modelStatusToName(status: LoggedModelStatus): ModelStatusName {
  return NAMES[status]
}

function modelMetricToJson(metric: ModelMetric): Answer {
  return {
    key: metric.key,
    value: new Double(metric.value),
    timestamp: metric.timestamp,
    step: metric.step,
    dataset_name: metric.datasetName,
    dataset_digest: metric.datasetDigest,
    model_id: metric.modelId,
    run_id: metric.runId,
  }
}

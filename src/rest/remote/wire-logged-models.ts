import type { LoggedModel, LoggedModelStatus, ModelMetric } from '../../entities/logged-model.js'
import { listOf, messageOf, numberOf, recordOf, textOf, toMetric, type Message } from './wire.js'

const STATUSES: Readonly<Record<string, LoggedModelStatus>> = {
  LOGGED_MODEL_STATUS_UNSPECIFIED: 'UNSPECIFIED',
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'FAILED',
}

/** A logged model as the server tells it. */
export function toLoggedModel(message: Message): LoggedModel {
  const info = messageOf(message['info'])
  const data = messageOf(message['data'])
  return {
    modelId: textOf(info['model_id']),
    experimentId: textOf(info['experiment_id']),
    name: textOf(info['name']),
    artifactLocation: textOf(info['artifact_uri']),
    creationTimestamp: numberOf(info['creation_timestamp_ms'], 0),
    lastUpdatedTimestamp: numberOf(info['last_updated_timestamp_ms'], 0),
    // The server tells an absent one as ''.
    modelType: textOf(info['model_type']) || null,
    sourceRunId: textOf(info['source_run_id']) || null,
    status: STATUSES[textOf(info['status'])] ?? 'UNSPECIFIED',
    tags: recordOf(info['tags']),
    params: recordOf(data['params']),
    metrics: listOf(data['metrics']).map(toModelMetric),
  }
}

function toModelMetric(message: Message): ModelMetric {
  return {
    ...toMetric(message),
    modelId: textOf(message['model_id']),
    runId: textOf(message['run_id']),
    datasetName: textOf(message['dataset_name']) || null,
    datasetDigest: textOf(message['dataset_digest']) || null,
  }
}

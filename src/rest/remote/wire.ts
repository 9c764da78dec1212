import type { Experiment } from '../../entities/experiment.js'
import type { FileInfo } from '../../entities/file-info.js'
import type { Int64 } from '../../entities/int64.js'
import type { KeyValue, MetricInput } from '../../entities/log-batch.js'
import type { DatasetInput } from '../../entities/dataset.js'
import type { Metric } from '../../entities/metric.js'
import type { Run, RunInfo, RunStatus } from '../../entities/run.js'
import { toInt64 } from '../../series/int64-column.js'

/** A message of the server's; what is unset or empty is absent. */
export type Message = Readonly<Record<string, unknown>>

/** A field that is a message; an empty one where it is absent. */
export function messageOf(value: unknown): Message {
  return typeof value === 'object' && value !== null ? (value as Message) : {}
}

/** A field that is a list; an empty one where it is absent. */
export function listOf(value: unknown): readonly Message[] {
  return Array.isArray(value) ? (value as readonly Message[]) : []
}

/** A text; '' where it is absent. */
export function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value as string | number)
}

/** A time or count that a double holds; `absent` where it is unset. */
export function numberOf<T>(value: unknown, absent: T): number | T {
  return value === undefined || value === null ? absent : Number(value)
}

/** A double: JSON number, or 'NaN', 'Infinity', '-Infinity'; 0 where it is absent, as proto has it. */
function doubleOf(value: unknown): number {
  return Number(value ?? 0)
}

/** An int64: JSON number, or text of digits. */
function int64Of(value: unknown): Int64 {
  return typeof value === 'string' ? toInt64(BigInt(value)) : Number(value ?? 0)
}

/** A list of key and value as a record; of equal keys the last wins. */
export function recordOf(value: unknown): Record<string, string> {
  return Object.fromEntries(
    listOf(value).map((pair) => [textOf(pair['key']), textOf(pair['value'])]),
  )
}

/** A page's token; null on the last page. */
export function tokenOf(answer: Message): string | null {
  return textOf(answer['next_page_token']) || null
}

/** An experiment as the server tells it. */
export function toExperiment(message: Message): Experiment {
  return {
    experimentId: textOf(message['experiment_id']),
    name: textOf(message['name']),
    artifactLocation: textOf(message['artifact_location']),
    lifecycleStage: message['lifecycle_stage'] === 'deleted' ? 'deleted' : 'active',
    creationTime: numberOf(message['creation_time'], null),
    lastUpdateTime: numberOf(message['last_update_time'], null),
    tags: recordOf(message['tags']),
  }
}

/** A run as the server tells it. */
export function toRun(message: Message): Run {
  const data = messageOf(message['data'])
  const inputs = messageOf(message['inputs'])
  const latestMetrics = listOf(data['metrics']).map(toMetric)
  return {
    info: toRunInfo(messageOf(message['info'])),
    data: {
      metrics: Object.fromEntries(latestMetrics.map(({ key, value }) => [key, value])),
      params: recordOf(data['params']),
      tags: recordOf(data['tags']),
      latestMetrics,
    },
    inputs: {
      datasetInputs: listOf(inputs['dataset_inputs']).map(toDatasetInput),
      modelInputs: listOf(inputs['model_inputs']).map((one) => ({
        modelId: textOf(one['model_id']),
      })),
    },
    outputs: {
      modelOutputs: listOf(messageOf(message['outputs'])['model_outputs']).map((one) => ({
        modelId: textOf(one['model_id']),
        step: numberOf(one['step'], 0),
      })),
    },
  }
}

/** A run's info as the server tells it. */
export function toRunInfo(message: Message): RunInfo {
  return {
    runId: textOf(message['run_id']) || textOf(message['run_uuid']),
    experimentId: textOf(message['experiment_id']),
    runName: textOf(message['run_name']),
    userId: textOf(message['user_id']),
    status: (textOf(message['status']) || 'RUNNING') as RunStatus,
    startTime: numberOf(message['start_time'], 0),
    endTime: numberOf(message['end_time'], null),
    artifactUri: textOf(message['artifact_uri']),
    lifecycleStage: message['lifecycle_stage'] === 'deleted' ? 'deleted' : 'active',
  }
}

/** A point as the server tells it. */
export function toMetric(message: Message): Metric {
  return {
    key: textOf(message['key']),
    value: doubleOf(message['value']),
    timestamp: int64Of(message['timestamp']),
    step: int64Of(message['step']),
  }
}

/** An entry of a listing; MLflow leaves out the size of an empty file. */
export function toFileInfo(message: Message): FileInfo {
  const isDir = message['is_dir'] === true
  return {
    path: textOf(message['path']),
    isDir,
    fileSize: isDir ? null : numberOf(message['file_size'], 0),
  }
}

/** Pairs as the server takes them. */
export function fromPairs(pairs: readonly KeyValue[]): object[] {
  return pairs.map(([key, value]) => ({ key, value }))
}

/** A point as the server takes it: what JSON has no number for is text. */
export function fromMetric(metric: MetricInput): object {
  const { key, value, timestamp, step, modelId, datasetName, datasetDigest } = metric
  return {
    key,
    value: fromDouble(value),
    timestamp: fromInt64(timestamp),
    step: fromInt64(step),
    ...(modelId && { model_id: modelId }),
    ...(datasetName && { dataset_name: datasetName }),
    ...(datasetDigest && { dataset_digest: datasetDigest }),
  }
}

/** A dataset and its tags as the server takes them. */
export function fromDatasetInput({ dataset, tags }: DatasetInput): object {
  const { name, digest, sourceType, source, schema, profile } = dataset
  return {
    tags: fromPairs(Object.entries(tags)),
    dataset: {
      name,
      digest,
      source_type: sourceType,
      source,
      ...(schema !== null && { schema }),
      ...(profile !== null && { profile }),
    },
  }
}

/** An int64 as JSON: a number while that is exact, else its digits. */
function fromInt64(value: Int64): number | string {
  return typeof value === 'bigint' ? String(value) : value
}

function fromDouble(value: number): number | string {
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? value : String(value)
}

function toDatasetInput(message: Message): DatasetInput {
  const dataset = messageOf(message['dataset'])
  return {
    dataset: {
      name: textOf(dataset['name']),
      digest: textOf(dataset['digest']),
      sourceType: textOf(dataset['source_type']),
      source: textOf(dataset['source']),
      schema: dataset['schema'] === undefined ? null : textOf(dataset['schema']),
      profile: dataset['profile'] === undefined ? null : textOf(dataset['profile']),
    },
    tags: recordOf(message['tags']),
  }
}

import { createHash } from 'node:crypto'
import { spansToFile } from '../../../src/rest/otlp/span-to-json.js'
import { assessmentToJson } from '../../../src/rest/trace-to-json.js'
import { timeToText } from '../../../src/rest/proto-values.js'
import type { Run } from '../../../src/entities/run.js'
import type { Trace } from '../../../src/entities/trace.js'
import type { LoggedModel } from '../../../src/entities/logged-model.js'
import type { Store } from '../../../src/store/store.js'

/** JSON with integers past 2^53 as bigints. */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json }

/** A store's content by kind, each as the fixtures' `expected.json` has it. */
export interface Content {
  readonly experiments: Json[]
  readonly runs: Json[]
  readonly registered_models: Json[]
  readonly model_versions: Json[]
  readonly logged_models: Json[]
  readonly traces: Json[]
}

/** JSON without loss: integers of 16 digits and more are bigints. */
export function parseExact(text: string): Json {
  const marked = text.replace(/([:[,]\s*)(-?\d{16,})(?=[\s,\]}])/g, '$1"bigint $2"')
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && /^bigint -?\d+$/.test(value) ? BigInt(value.slice(7)) : value,
  ) as Json
}

/** Everything that is in a store, in the words of `expected.json`. */
export async function storeAsJson(store: Store): Promise<Content> {
  const { items: experiments } = await store.searchExperiments({
    viewType: 'ALL',
    maxResults: 1_000,
  })
  const [runs, loggedModels, traces]: [Json[], Json[], Json[]] = [[], [], []]
  for (const { experimentId } of experiments) {
    const experimentIds = [experimentId]
    const found = await store.searchRuns({ experimentIds, viewType: 'ALL', maxResults: 1_000 })
    for (const run of found.items) runs.push(await runAsJson(store, run))
    const models = await store.searchLoggedModels({ experimentIds, maxResults: 1_000 })
    for (const model of models.items) loggedModels.push(await loggedModelAsJson(store, model))
    const { items } = await store.searchTraces({ experimentIds })
    for (const trace of await store.getTraces(items.map(({ traceId }) => traceId)))
      traces.push(traceAsJson(trace))
  }
  return {
    experiments: experiments.map((experiment) => ({
      experiment_id: experiment.experimentId,
      name: experiment.name,
      artifact_location: experiment.artifactLocation,
      lifecycle_stage: experiment.lifecycleStage,
      creation_time: experiment.creationTime,
      last_update_time: experiment.lastUpdateTime,
      tags: { ...experiment.tags },
    })),
    runs,
    logged_models: loggedModels,
    traces,
    ...(await registryAsJson(store)),
  }
}

/** The files of a run or a logged model, with what is in them. */
async function filesAsJson(store: Store, owner: string, path?: string): Promise<Json[]> {
  const files: Json[] = []
  for (const file of await store.listArtifacts(owner, path)) {
    if (file.isDir) files.push(...(await filesAsJson(store, owner, file.path)))
    else {
      const hash = createHash('sha256')
      const { handle } = await store.openRead(owner, file.path)
      for (let part = await store.read(handle); part; part = await store.read(handle))
        hash.update(part)
      files.push({ path: file.path, size: file.fileSize, sha256: hash.digest('hex') })
    }
  }
  return files
}

async function runAsJson(store: Store, { info, data, inputs, outputs }: Run): Promise<Json> {
  const history: Record<string, Json> = {}
  for (const key of Object.keys(data.metrics)) {
    const { items } = await store.getMetricHistory(info.runId, key)
    history[key] = items.map(({ value, timestamp, step }) => ({
      key,
      value: numberAsJson(value),
      timestamp,
      step,
    }))
  }
  return {
    info: {
      run_id: info.runId,
      run_name: info.runName,
      experiment_id: info.experimentId,
      user_id: info.userId,
      status: info.status,
      start_time: info.startTime,
      end_time: info.endTime,
      lifecycle_stage: info.lifecycleStage,
      artifact_uri: info.artifactUri,
    },
    params: { ...data.params },
    tags: { ...data.tags },
    metrics: Object.fromEntries(
      Object.entries(data.metrics).map(([key, value]) => [key, numberAsJson(value)]),
    ),
    metric_history: history,
    artifacts: await filesAsJson(store, info.runId),
    dataset_inputs: inputs.datasetInputs.map(({ dataset, tags }) => {
      const { name, digest, sourceType, source, schema, profile } = dataset
      return {
        dataset: { name, digest, source_type: sourceType, source, schema, profile },
        tags: { ...tags },
      }
    }),
    model_inputs: inputs.modelInputs.map(({ modelId }) => modelId),
    model_outputs: outputs.modelOutputs.map(({ modelId, step }) => ({ model_id: modelId, step })),
  }
}

async function loggedModelAsJson(store: Store, model: LoggedModel): Promise<Json> {
  return {
    model_id: model.modelId,
    experiment_id: model.experimentId,
    name: model.name,
    artifact_location: model.artifactLocation,
    creation_timestamp: model.creationTimestamp,
    last_updated_timestamp: model.lastUpdatedTimestamp,
    model_type: model.modelType,
    source_run_id: model.sourceRunId,
    status_message: null,
    status: model.status,
    tags: { ...model.tags },
    params: { ...model.params },
    metrics: model.metrics.map((metric) => ({
      key: metric.key,
      value: numberAsJson(metric.value),
      timestamp: metric.timestamp,
      step: metric.step,
      model_id: metric.modelId,
      ...(metric.datasetName !== null && { dataset_name: metric.datasetName }),
      ...(metric.datasetDigest !== null && { dataset_digest: metric.datasetDigest }),
      run_id: metric.runId,
    })),
    artifacts: await filesAsJson(store, model.modelId),
  }
}

function traceAsJson({ info, spans }: Trace): Json {
  const file = parseExact(spansToFile(spans)) as { spans: { [key: string]: Json }[] }
  return {
    info: {
      trace_id: info.traceId,
      trace_location: {
        type: 'MLFLOW_EXPERIMENT',
        mlflow_experiment: { experiment_id: info.experimentId },
      },
      request_time: timeToText(info.requestTime),
      state: info.state,
      trace_metadata: { ...info.traceMetadata },
      assessments: info.assessments.map((assessment) => ({
        ...withoutNulls(assessmentToJson(assessment) as { [key: string]: Json }),
        feedback: { value: assessment.feedback?.value as Json },
      })),
      tags: { ...info.tags },
      request_preview: info.requestPreview,
      response_preview: info.responsePreview,
      execution_duration_ms: info.executionDuration,
    },
    spans: file.spans.map(({ links, ...span }) => {
      if (Array.isArray(links) && links.length > 0) throw new Error('The fixtures have no links.')
      return span
    }),
  }
}

async function registryAsJson(
  store: Store,
): Promise<Pick<Content, 'registered_models' | 'model_versions'>> {
  const { items: models } = await store.searchRegisteredModels({ maxResults: 1_000 })
  const { items: versions } = await store.searchModelVersions({ maxResults: 1_000 })
  const modelVersions: Json[] = []
  for (const version of versions) {
    const whole = await store.getModelVersion(version.name, version.version)
    modelVersions.push({
      name: whole.name,
      version: whole.version,
      creation_timestamp: whole.creationTimestamp,
      last_updated_timestamp: whole.lastUpdatedTimestamp,
      current_stage: whole.currentStage,
      description: whole.description,
      source: whole.source,
      run_id: whole.runId,
      run_link: whole.runLink,
      status: whole.status,
      tags: { ...whole.tags },
      model_id: whole.modelId,
      aliases: [...whole.aliases],
      download_uri: await store.getModelVersionDownloadUri(whole.name, whole.version),
    })
  }
  return {
    model_versions: modelVersions,
    registered_models: models.map((model) => ({
      name: model.name,
      creation_timestamp: model.creationTimestamp,
      last_updated_timestamp: model.lastUpdatedTimestamp,
      description: model.description,
      tags: { ...model.tags },
      aliases: { ...model.aliases },
      latest_versions: Object.fromEntries(
        model.latestVersions.map(({ currentStage, version }) => [currentStage, version]),
      ),
    })),
  }
}

function numberAsJson(value: number): Json {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return value
}

function withoutNulls(record: { [key: string]: Json }): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null))
}

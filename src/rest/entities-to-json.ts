import type { DatasetInput } from '../entities/dataset.js'
import type { Experiment } from '../entities/experiment.js'
import type { FileInfo } from '../entities/file-info.js'
import type { Metric } from '../entities/metric.js'
import type { Run, RunInfo } from '../entities/run.js'
import { Double } from './answer.js'
import type { Answer } from './answer.js'

const LOCAL = /^(?:file:|[/\\.]|[a-z]:[\\/]|(?![a-z][a-z0-9+.-]*:))/i

/** Where MLflow's clients read and write a run's files: through this server, whatever the experiment's location. */
export function runArtifactUri({ experimentId, runId }: RunInfo): string {
  return `mlflow-artifacts:/${experimentId}/${runId}/artifacts`
}

/** An experiment's location as clients may use it: a folder of this side is reached through this server. */
export function experimentLocation({ experimentId, artifactLocation }: Experiment): string {
  return LOCAL.test(artifactLocation) ? `mlflow-artifacts:/${experimentId}` : artifactLocation
}

/** MLflow's Experiment. */
export function experimentToJson(experiment: Experiment): Answer {
  return {
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: experimentLocation(experiment),
    lifecycle_stage: experiment.lifecycleStage,
    last_update_time: experiment.lastUpdateTime,
    creation_time: experiment.creationTime,
    tags: tagsToJson(experiment.tags),
    workspace: 'default',
  }
}

/** MLflow's Run, without `outputs`, which only some of its answers have. */
export function runToJson(run: Run): Answer {
  return {
    info: runInfoToJson(run.info),
    data: {
      metrics: run.data.latestMetrics.map((metric) => metricToJson(metric)),
      params: tagsToJson(run.data.params),
      tags: tagsToJson(run.data.tags),
    },
    inputs: {
      dataset_inputs: run.inputs.datasetInputs.map(datasetInputToJson),
      model_inputs: run.inputs.modelInputs.map(({ modelId }) => ({ model_id: modelId })),
    },
  }
}

/** The same with `outputs`, as runs/get and runs/search have it. */
export function wholeRunToJson(run: Run): Answer {
  const outputs = run.outputs.modelOutputs.map(({ modelId, step }) => ({ model_id: modelId, step }))
  return { ...runToJson(run), outputs: { model_outputs: outputs } }
}

/** MLflow's RunInfo. */
export function runInfoToJson(info: RunInfo): Answer {
  return {
    run_uuid: info.runId,
    experiment_id: info.experimentId,
    run_name: info.runName,
    user_id: info.userId,
    status: info.status,
    start_time: info.startTime,
    end_time: info.endTime,
    artifact_uri: runArtifactUri(info),
    lifecycle_stage: info.lifecycleStage,
    run_id: info.runId,
  }
}

/** MLflow's Metric; with the run's id where points of many runs are listed. */
export function metricToJson({ key, value, timestamp, step }: Metric, runId?: string): Answer {
  return { key, value: new Double(value), timestamp, step, run_id: runId }
}

/** Tags, params and the like as MLflow's lists of `{key, value}`. */
export function tagsToJson(tags: Readonly<Record<string, string>>): readonly Answer[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}

/** MLflow's FileInfo; `path` may differ from the file's own. An empty file has no size there. */
export function fileInfoToJson({ isDir, fileSize }: FileInfo, path: string): Answer {
  return { path, is_dir: isDir, file_size: isDir || !fileSize ? undefined : fileSize }
}

function datasetInputToJson({ dataset, tags }: DatasetInput): Answer {
  return {
    tags: tagsToJson(tags),
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      schema: dataset.schema,
      profile: dataset.profile,
    },
  }
}

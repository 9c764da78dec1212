// The folder of MLflow's file store: where things lie in it, and what their meta.yaml files hold.

import type { Dataset, DatasetInput } from '../entities/dataset.js'
import type { Experiment } from '../entities/experiment.js'
import type { ModelInput, ModelOutput } from '../entities/logged-model.js'
import { RUN_STATUSES } from '../entities/run.js'
import type { RunInfo } from '../entities/run.js'
import { md5Hex } from './md5.js'
import { toYaml, type YamlValue } from './yaml.js'

/** The folder that everything lies in. */
export const ROOT = 'mlruns'

/** Most systems' limit for one name in a path, in bytes. */
const MAX_NAME_BYTES = 255
/** SourceType LOCAL, which the file store writes for every run. */
const SOURCE_TYPE = 4

/** The folder of an experiment, with `/` at its end; deleted ones lie in the trash. */
export function experimentFolder(experiment: Experiment): string {
  const trash = experiment.lifecycleStage === 'deleted' ? '.trash/' : ''
  return `${ROOT}/${trash}${experiment.experimentId}/`
}

/** An experiment's meta.yaml. `root` is where the mlruns folder will be found, as a path or URI. */
export function experimentMeta(experiment: Experiment, root: string): string {
  const { creationTime, lastUpdateTime } = experiment
  return toYaml({
    artifact_location: `${root}/${experiment.experimentId}`,
    ...(creationTime === null ? {} : { creation_time: creationTime }),
    experiment_id: experiment.experimentId,
    ...(lastUpdateTime === null ? {} : { last_update_time: lastUpdateTime }),
    lifecycle_stage: experiment.lifecycleStage,
    name: experiment.name,
  })
}

/**
 * A run's meta.yaml, which MLflow 2 and 3 can both read (2 asks for run_uuid). The artifact URI is without
 * `.trash`, as MLflow leaves it, so that it is right again when the experiment is restored.
 */
export function runMeta(info: RunInfo, deletedTime: number | null, root: string): string {
  return toYaml({
    artifact_uri: runArtifacts(info, root),
    ...(deletedTime === null ? {} : { deleted_time: deletedTime }),
    end_time: info.endTime,
    entry_point_name: '',
    experiment_id: info.experimentId,
    lifecycle_stage: info.lifecycleStage,
    run_id: info.runId,
    run_name: info.runName,
    run_uuid: info.runId,
    source_name: '',
    source_type: SOURCE_TYPE,
    source_version: '',
    start_time: info.startTime,
    status: RUN_STATUSES.indexOf(info.status) + 1,
    tags: [],
    user_id: info.userId,
  })
}

/** Where the artifacts of a run will be. */
export function runArtifacts(of: Pick<RunInfo, 'experimentId' | 'runId'>, root: string): string {
  return `${root}/${of.experimentId}/${of.runId}/artifacts`
}

/** Where the artifacts of a logged model will be. */
export function modelArtifacts(
  of: { readonly experimentId: string; readonly modelId: string },
  root: string,
): string {
  return `${root}/${of.experimentId}/models/${of.modelId}/artifacts`
}

/** Where the artifacts of a trace will be. */
export function traceArtifacts(
  of: { readonly experimentId: string; readonly traceId: string },
  root: string,
): string {
  return `${root}/${of.experimentId}/traces/${of.traceId}/artifacts`
}

/** The id that the file store gives a dataset. */
export function datasetId(dataset: Dataset): string {
  return md5Hex(dataset.name + dataset.digest)
}

/** A dataset's meta.yaml. */
export function datasetMeta(dataset: Dataset): string {
  const { name, digest, source, sourceType, schema, profile } = dataset
  return toYaml({ digest, name, profile, schema, source, source_type: sourceType })
}

/** The id that the file store gives the link of a run to a dataset or model that it has used, by that one's id. */
export function inputId(sourceId: string, runId: string): string {
  return md5Hex(sourceId + runId)
}

/** The meta.yaml of a dataset's link to a run. */
export function datasetInputMeta(input: DatasetInput): string {
  return linkMeta(datasetId(input.dataset), 'DATASET', 'RUN', { tags: input.tags })
}

/** The meta.yaml of a run's link to a logged model that it has used. */
export function modelInputMeta({ modelId }: ModelInput): string {
  return linkMeta(modelId, 'MODEL', 'RUN', { tags: {} })
}

/** The meta.yaml of a run's link to a logged model that it has made. */
export function modelOutputMeta({ modelId, step }: ModelOutput): string {
  return linkMeta(modelId, 'RUN_OUTPUT', 'MODEL_OUTPUT', { step, tags: {} })
}

/** MLflow repeats the source's id as the destination's. */
function linkMeta(
  id: string,
  source: string,
  destination: string,
  more: Readonly<Record<string, YamlValue>>,
): string {
  return toYaml({
    destination_id: id,
    destination_type: destination,
    source_id: id,
    source_type: source,
    ...more,
  })
}

/** Why a file of this name cannot be in a folder on some system or other; null where it can. */
export function pathProblem(path: string): string | null {
  if (path.includes('\0')) return 'it holds a NUL character'
  for (const name of path.split('/')) {
    if (name === '' || name === '.' || name === '..') return `'${name}' is no name of a file`
    if (new TextEncoder().encode(name).length > MAX_NAME_BYTES)
      return `a part of it is longer than ${MAX_NAME_BYTES} bytes`
  }
  return null
}

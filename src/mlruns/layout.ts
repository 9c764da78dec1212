// The folder of MLflow's file store: where things lie in it, and what their meta.yaml files hold.

import type { Dataset, DatasetInput } from '../entities/dataset.js'
import type { Experiment } from '../entities/experiment.js'
import type { RunInfo, RunStatus } from '../entities/run.js'
import { md5Hex } from './md5.js'
import { toYaml } from './yaml.js'

/** The folder that everything lies in. */
export const ROOT = 'mlruns'

/** Most systems' limit for one name in a path, in bytes. */
const MAX_NAME_BYTES = 255
/** RunStatus as mlflow/protos/service.proto numbers it. */
const STATUS: Readonly<Record<RunStatus, number>> = {
  RUNNING: 1,
  SCHEDULED: 2,
  FINISHED: 3,
  FAILED: 4,
  KILLED: 5,
}
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
export function runMeta(info: RunInfo, root: string): string {
  return toYaml({
    artifact_uri: `${root}/${info.experimentId}/${info.runId}/artifacts`,
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
    status: STATUS[info.status],
    tags: [],
    user_id: info.userId,
  })
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

/** The id that the file store gives the link of a dataset to a run. */
export function inputId(dataset: Dataset, runId: string): string {
  return md5Hex(datasetId(dataset) + runId)
}

/** The meta.yaml of a dataset's link to a run; MLflow repeats the dataset's id as the destination's. */
export function inputMeta(input: DatasetInput): string {
  const id = datasetId(input.dataset)
  return toYaml({
    destination_id: id,
    destination_type: 'RUN',
    source_id: id,
    source_type: 'DATASET',
    tags: input.tags,
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

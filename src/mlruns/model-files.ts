import { LOGGED_MODEL_STATUSES } from '../entities/logged-model.js'
import type { LoggedModel, ModelMetric } from '../entities/logged-model.js'
import type { Store } from '../store/store.js'
import type { ZipEntry } from '../zip/zip-writer.js'
import { artifactFiles, textFile, type FilesOf } from './artifact-files.js'
import type { ExportTally } from './export-report.js'
import { modelArtifacts } from './layout.js'
import { hasDatasetWords, modelMetricFile } from './metric-lines.js'
import { datasetReason, nameProblem } from './run-files.js'
import { toYaml } from './yaml.js'

/** What writing one logged model takes. */
export interface ModelExport {
  readonly store: Store
  readonly model: LoggedModel
  readonly isDeleted: boolean
  /** The experiment's folder, with `/` at its end. */
  readonly folder: string
  /** Where the mlruns folder will be found. */
  readonly root: string
  readonly tally: ExportTally
}

/** All files of one logged model; none, and noted, where its id is no name of a folder. */
export async function* modelFiles(task: ModelExport): AsyncGenerator<ZipEntry, void, undefined> {
  const { model, isDeleted, root, tally } = task
  const { modelId: owner } = model
  const problem = nameProblem(owner)
  if (problem !== null) return tally.skip(model.experimentId, 'logged models', owner, problem)
  const folder = `${task.folder}models/${owner}/`
  tally.loggedModels += 1
  yield { path: folder }
  yield textFile(`${folder}meta.yaml`, loggedModelMeta(model, isDeleted, root))
  for (const name of ['artifacts', 'metrics', 'params', 'tags']) yield { path: `${folder}${name}/` }
  for (const kind of ['params', 'tags'] as const)
    for (const key of tally.fileKeys(owner, kind, Object.keys(model[kind])))
      yield textFile(`${folder}${kind}/${key}`, model[kind][key] ?? '')
  const metrics = byKey(model.metrics)
  for (const key of tally.fileKeys(owner, 'metrics', [...metrics.keys()])) {
    const points = metrics.get(key) ?? []
    noteDatasets(task, key, points)
    yield modelMetricFile(`${folder}metrics/${key}`, points)
  }
  const store = isDeleted ? deletedFiles(task.store) : task.store
  yield* artifactFiles({ store, owner, folder, tally })
}

/** The files of deleted models in a store, as if they were those of others. */
function deletedFiles(store: Store): FilesOf {
  return {
    listArtifacts: (id, path) => store.listDeletedModelFiles(id, path),
    openRead: (id, path) => store.openDeletedModelFile(id, path),
    read: (handle) => store.read(handle),
    closeRead: (handle) => store.closeRead(handle),
  }
}

/** As a model's that was finalized: of those MLflow keeps a stage only where they are deleted. */
function loggedModelMeta(model: LoggedModel, isDeleted: boolean, root: string): string {
  return toYaml({
    artifact_location: modelArtifacts(model, root),
    creation_timestamp: model.creationTimestamp,
    experiment_id: model.experimentId,
    last_updated_timestamp: model.lastUpdatedTimestamp,
    ...(isDeleted ? { lifecycle_stage: 'deleted' } : {}),
    model_id: model.modelId,
    model_type: model.modelType,
    name: model.name,
    source_run_id: model.sourceRunId,
    status: LOGGED_MODEL_STATUSES.indexOf(model.status),
    status_message: null,
  })
}

function byKey(metrics: readonly ModelMetric[]): Map<string, ModelMetric[]> {
  const found = new Map<string, ModelMetric[]>()
  for (const metric of metrics) {
    const own = found.get(metric.key)
    if (own === undefined) found.set(metric.key, [metric])
    else own.push(metric)
  }
  return found
}

function noteDatasets(
  { model, tally }: ModelExport,
  key: string,
  points: readonly ModelMetric[],
): void {
  const lost = new Set<string>()
  for (const { datasetName, datasetDigest } of points) {
    const words = { datasetName: datasetName ?? '', datasetDigest: datasetDigest ?? '' }
    if (datasetName !== null && !hasDatasetWords(words)) lost.add(datasetName)
  }
  for (const name of lost) tally.skip(model.modelId, 'metrics', key, datasetReason(name))
}

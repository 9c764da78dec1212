import type { Experiment } from '../entities/experiment.js'
import { MLFLOW_TRACES } from '../entities/mlflow-traces.js'
import type { LoggedModel } from '../entities/logged-model.js'
import type { Run } from '../entities/run.js'
import type { TraceInfo } from '../entities/trace.js'
import type { Store } from '../store/store.js'
import type { ZipEntry } from '../zip/zip-writer.js'
import { textFile } from './artifact-files.js'
import { chooseRuns, experimentsOf, runsOf } from './choose-runs.js'
import type { ChosenRuns } from './choose-runs.js'
import { checkExportOptions, isPart, type ExportOptions } from './export-options.js'
import type { ExportTally } from './export-report.js'
import { datasetId, datasetMeta, experimentFolder, experimentMeta, ROOT } from './layout.js'
import { modelFiles } from './model-files.js'
import { allPages } from './pages.js'
import { registryFiles } from './registry-files.js'
import { runFiles } from './run-files.js'
import { traceFiles } from './trace-files.js'

/** A model comes with all its points. */
const MODELS_A_PAGE = 10
const TRACES_A_PAGE = 100

/** An export under way: what it is of, and what is in it so far. */
interface Exporting {
  readonly store: Store
  readonly chosen: ChosenRuns
  readonly root: string
  readonly metricDatasets: boolean
  readonly tally: ExportTally
  /** Ids of the runs and logged models that are in it, for the registry; null where that is not asked for. */
  readonly owners: Set<string> | null
  /** Ids of logged models that exported runs have used or made. */
  readonly linked: Set<string>
}

/** Everything of a store that the options ask for, as the files and folders of MLflow's file store, in a fixed order. */
export async function* storeFiles(
  store: Store,
  options: ExportOptions,
  tally: ExportTally,
): AsyncGenerator<ZipEntry, void, undefined> {
  for await (const entry of chosenFiles(store, options, tally)) {
    tally.tell()
    yield entry
  }
  tally.tell({ always: true })
}

async function* chosenFiles(
  store: Store,
  options: ExportOptions,
  tally: ExportTally,
): AsyncGenerator<ZipEntry, void, undefined> {
  checkExportOptions(options)
  const root = (options.artifactRoot ?? ROOT).replace(/\/+$/, '')
  const chosen = await chooseRuns(store, options)
  const owners = isPart(options) ? new Set<string>() : null
  const { metricDatasets = true } = options
  const linked = new Set<string>()
  const task = { store, chosen, root, metricDatasets, tally, owners, linked }
  yield { path: `${ROOT}/` }
  yield { path: `${ROOT}/.trash/` }
  for await (const experiment of experimentsOf(store, options, chosen))
    yield* experimentFiles(task, experiment)
  if (options.registry === false) return
  yield* registryFiles({
    ...{ store, root, tally },
    has: ({ runId, modelId }) => owners === null || owners.has(runId) || owners.has(modelId),
    all: owners === null,
  })
}

async function* experimentFiles(
  task: Exporting,
  experiment: Experiment,
): AsyncGenerator<ZipEntry, void, undefined> {
  const { store, chosen, root, tally, owners, linked } = task
  const { experimentId, tags } = experiment
  const folder = experimentFolder(experiment)
  tally.experiments += 1
  linked.clear()
  yield { path: folder }
  yield textFile(`${folder}meta.yaml`, experimentMeta(experiment, root))
  for (const key of tally.fileKeys(experimentId, 'experiment tags', Object.keys(tags)))
    yield textFile(`${folder}tags/${key}`, tags[key] ?? '')
  const datasets = new Set<string>()
  for await (const run of runsOf(store, experiment, chosen)) {
    tally.runs += 1
    owners?.add(run.info.runId)
    if (chosen !== null) noteModels(run, linked)
    yield* datasetFiles(run, folder, datasets)
    yield* runFiles({ ...task, run, folder: `${folder}${run.info.runId}/` })
  }
  yield* loggedModels(task, experimentId, folder)
  yield* traces(task, experimentId, folder)
}

function noteModels({ inputs, outputs }: Run, linked: Set<string>): void {
  for (const { modelId } of [...inputs.modelInputs, ...outputs.modelOutputs]) linked.add(modelId)
}

async function* loggedModels(
  task: Exporting,
  experimentId: string,
  folder: string,
): AsyncGenerator<ZipEntry, void, undefined> {
  const { store, chosen, owners, linked } = task
  const query = { experimentIds: [experimentId], maxResults: MODELS_A_PAGE }
  const runs = chosen?.get(experimentId)
  const isMeant = ({ modelId, sourceRunId }: LoggedModel): boolean =>
    chosen === null ||
    linked.has(modelId) ||
    (sourceRunId !== null && runs?.has(sourceRunId) === true)
  const models = allPages(
    (page) => store.searchLoggedModels({ ...query, ...page }),
    ({ modelId }) => modelId,
  )
  const seen = new Set<string>()
  for await (const model of models) {
    seen.add(model.modelId)
    if (!isMeant(model)) continue
    owners?.add(model.modelId)
    yield* modelFiles({ ...task, model, isDeleted: false, folder })
  }
  for (const modelId of await store.getDeletedLoggedModelIds(experimentId)) {
    // One that was deleted meanwhile is there as it was before.
    const model = seen.has(modelId) ? null : await store.getDeletedLoggedModel(modelId)
    if (model === null || !isMeant(model)) continue
    owners?.add(modelId)
    yield* modelFiles({ ...task, model, isDeleted: true, folder })
  }
}

async function* traces(
  task: Exporting,
  experimentId: string,
  folder: string,
): AsyncGenerator<ZipEntry, void, undefined> {
  const { store, chosen } = task
  const query = { experimentIds: [experimentId], maxResults: TRACES_A_PAGE }
  const runs = chosen?.get(experimentId)
  const isMeant = ({ traceMetadata }: TraceInfo): boolean =>
    chosen === null || runs?.has(traceMetadata[MLFLOW_TRACES.sourceRun] ?? '') === true
  const found = allPages(
    (page) => store.searchTraces({ ...query, ...page }),
    ({ traceId }) => traceId,
  )
  for await (const info of found)
    if (isMeant(info))
      for (const trace of await store.getTraces([info.traceId]))
        yield* traceFiles({ ...task, trace, folder })
}

function* datasetFiles(
  run: Run,
  folder: string,
  written: Set<string>,
): Generator<ZipEntry, void, undefined> {
  const ids = run.inputs.datasetInputs.map(({ dataset }) => [datasetId(dataset), dataset] as const)
  for (const [id, dataset] of ids.sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!written.has(id)) yield textFile(`${folder}datasets/${id}/meta.yaml`, datasetMeta(dataset))
    written.add(id)
  }
}

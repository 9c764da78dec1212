import type { Run } from '../entities/run.js'
import type { DatasetSeries } from '../store/export-store.js'
import type { Store } from '../store/store.js'
import type { ZipEntry } from '../zip/zip-writer.js'
import { artifactFiles, textFile } from './artifact-files.js'
import type { ExportTally } from './export-report.js'
import {
  datasetId,
  datasetInputMeta,
  inputId,
  modelInputMeta,
  modelOutputMeta,
  pathProblem,
  runMeta,
} from './layout.js'
import { hasDatasetWords, metricFile } from './metric-lines.js'

/** What writing one run takes. */
export interface RunExport {
  readonly store: Store
  readonly run: Run
  /** The run's folder, with `/` at its end. */
  readonly folder: string
  /** Where the mlruns folder will be found. */
  readonly root: string
  /** Whether points name their datasets. */
  readonly metricDatasets: boolean
  readonly tally: ExportTally
}

/** All files of one run. MLflow wants the folders even where they are empty. */
export async function* runFiles(task: RunExport): AsyncGenerator<ZipEntry, void, undefined> {
  const { store, run, folder, root, tally } = task
  const { runId, lifecycleStage } = run.info
  const deletedTime = lifecycleStage === 'deleted' ? await store.getDeletedTime(runId) : null
  yield { path: folder }
  yield textFile(`${folder}meta.yaml`, runMeta(run.info, deletedTime, root))
  for (const name of ['artifacts', 'metrics', 'params', 'tags']) yield { path: `${folder}${name}/` }
  yield* keyFiles(task, 'params', run.data.params)
  yield* keyFiles(task, 'tags', run.data.tags)
  yield* linkFiles(task)
  yield* metricFiles(task)
  yield* artifactFiles({ store, owner: runId, folder, tally })
}

function* keyFiles(
  task: RunExport,
  kind: 'params' | 'tags',
  values: Readonly<Record<string, string>>,
): Generator<ZipEntry, void, undefined> {
  for (const key of task.tally.fileKeys(task.run.info.runId, kind, Object.keys(values)))
    yield textFile(`${task.folder}${kind}/${key}`, values[key] ?? '')
}

/** What the run has used and made, in the order of the ids. */
function* linkFiles({ run, folder, tally }: RunExport): Generator<ZipEntry, void, undefined> {
  const { runId } = run.info
  const links: [path: string, meta: string][] = []
  for (const input of run.inputs.datasetInputs)
    links.push([`inputs/${inputId(datasetId(input.dataset), runId)}`, datasetInputMeta(input)])
  for (const input of run.inputs.modelInputs)
    links.push([`inputs/${inputId(input.modelId, runId)}`, modelInputMeta(input)])
  for (const output of run.outputs.modelOutputs) {
    const problem = nameProblem(output.modelId)
    if (problem !== null) tally.skip(runId, 'logged models', output.modelId, problem)
    else links.push([`outputs/${output.modelId}`, modelOutputMeta(output)])
  }
  for (const [path, meta] of links.sort(([a], [b]) => (a < b ? -1 : 1)))
    yield textFile(`${folder}${path}/meta.yaml`, meta)
}

/** Why a text cannot be the name of a folder; null where it can. */
export function nameProblem(name: string): string | null {
  return name.includes('/') ? "a folder's name holds no '/'" : pathProblem(name)
}

async function* metricFiles(task: RunExport): AsyncGenerator<ZipEntry, void, undefined> {
  const { store, run, folder, tally } = task
  const { runId } = run.info
  const keys = run.data.latestMetrics.map((metric) => metric.key)
  for (const key of tally.fileKeys(runId, 'metrics', keys)) {
    const series = await store.getDatasetSeries(runId, key)
    if (task.metricDatasets) for (const one of series) noteDataset(task, key, one)
    tally.points += series.reduce((sum, { columns }) => sum + columns.values.length, 0)
    yield metricFile(`${folder}metrics/${key}`, series, task.metricDatasets)
  }
}

function noteDataset({ run, tally }: RunExport, key: string, series: DatasetSeries): void {
  const { datasetName, datasetDigest } = series
  if (hasDatasetWords(series) || (datasetName === '' && datasetDigest === '')) return
  tally.skip(run.info.runId, 'metrics', key, datasetReason(datasetName))
}

/** Why points are written without their dataset. */
export function datasetReason(name: string): string {
  return `its points on the dataset '${name}' are without it: MLflow cannot read its name and digest in a metric's file`
}

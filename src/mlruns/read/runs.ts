import type { DatasetInput } from '../../entities/dataset.js'
import { RUN_STATUSES } from '../../entities/run.js'
import type { RunStatus } from '../../entities/run.js'
import { MLFLOW_TAGS } from '../../entities/mlflow-tags.js'
import type { FileTree } from '../../import/file-tree.js'
import type { Doubt, SourceRun, SourceSeries } from '../../import/source.js'
import type { ModelInput, ModelOutput } from '../../entities/logged-model.js'
import type { DatasetReader } from './datasets.js'
import { BadMeta } from './meta.js'
import type { Meta } from './meta.js'
import { readMetricFile } from './metric-file.js'
import type { ModelPoints } from './model-points.js'
import { doubting, doubtStrangers, filesIn, metaOf, openedBelow, textsBelow } from './texts.js'
import { lastName } from '../../util/last-name.js'

/** What a run's folder has in it. */
const FOLDERS = ['metrics', 'params', 'tags', 'artifacts', 'inputs', 'outputs']

/** Where a run lies, and what is told of what cannot be read. */
export interface RunPlace {
  readonly tree: FileTree
  /** The run's folder. */
  readonly folder: string
  readonly experimentId: string
  readonly datasets: DatasetReader
  /** Those of the experiment. */
  readonly modelPoints: ModelPoints
  readonly doubt: Doubt
}

/** The run in a folder; null, and doubted, where there is none that can be read. */
export async function readRun(place: RunPlace): Promise<SourceRun | null> {
  const { tree, folder, doubt } = place
  const meta = await metaOf(tree, folder, doubt)
  if (meta === null) return null
  const run = await doubting(`${folder}/meta.yaml`, doubt, () => toRun(meta, place))
  if (run === null) return null
  await doubtStrangers(tree, folder, FOLDERS, doubt)
  const { runId } = run
  const metrics = (): AsyncIterable<SourceSeries> =>
    place.modelPoints.attribute(runId, readMetrics(place), (key, reason) =>
      doubt(`${folder}/metrics/${key}`, reason),
    )
  return { run, metrics, files: () => filesIn(tree, `${folder}/artifacts`) }
}

async function toRun(meta: Meta, place: RunPlace): Promise<SourceRun['run']> {
  const { tree, folder, experimentId, doubt } = place
  const runId = meta.required('run_id')
  if (runId !== lastName(folder))
    throw new BadMeta(`its run_id '${runId.slice(0, 80)}' is not the name of the folder`)
  if (meta.required('experiment_id') !== experimentId)
    throw new BadMeta(`its experiment_id is not '${experimentId}', in whose folder it lies`)
  const startTime = meta.integer('start_time')
  if (startTime === null) throw new BadMeta("'start_time' is missing")
  const tags = await textsBelow(tree, `${folder}/tags`, doubt)
  return {
    runId,
    runName: meta.text('run_name') || tags[MLFLOW_TAGS.runName] || '',
    userId: meta.text('user_id') ?? '',
    status: toStatus(meta),
    startTime,
    endTime: meta.integer('end_time'),
    lifecycleStage: meta.text('lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
    deletedTime: meta.integer('deleted_time'),
    params: await textsBelow(tree, `${folder}/params`, doubt),
    tags,
    ...(await readInputs(place)),
    modelOutputs: await readOutputs(place),
  }
}

/** By its number, or by its name. */
function toStatus(meta: Meta): RunStatus {
  const text = meta.text('status') ?? '1'
  const status = RUN_STATUSES.find((name, n) => text === name || text === String(n + 1))
  if (status === undefined) throw new BadMeta(`'status' is none: '${text.slice(0, 40)}'`)
  return status
}

/** What a run has used, by kind. */
interface Inputs {
  readonly datasetInputs: DatasetInput[]
  readonly modelInputs: ModelInput[]
}

async function readInputs({ tree, folder, datasets, doubt }: RunPlace): Promise<Inputs> {
  const inputs: Inputs = { datasetInputs: [], modelInputs: [] }
  for (const { name, isDir } of await tree.list(`${folder}/inputs`)) {
    if (!isDir) continue
    const path = `${folder}/inputs/${name}`
    const meta = await metaOf(tree, path, doubt)
    if (meta === null) continue
    await doubting(path, doubt, async () => {
      const type = meta.text('source_type')
      if (type === 'MODEL') inputs.modelInputs.push({ modelId: meta.required('source_id') })
      if (type !== 'DATASET') return
      const dataset = await datasets.read(meta.required('source_id'))
      if (dataset === null) throw new BadMeta('its dataset is missing')
      inputs.datasetInputs.push({ dataset, tags: meta.texts('tags') })
    })
  }
  return inputs
}

async function readOutputs({ tree, folder, doubt }: RunPlace): Promise<ModelOutput[]> {
  const outputs: ModelOutput[] = []
  for (const { name, isDir } of await tree.list(`${folder}/outputs`)) {
    if (!isDir) continue
    const path = `${folder}/outputs/${name}`
    const meta = await metaOf(tree, path, doubt)
    const output =
      meta &&
      (await doubting(path, doubt, async () => ({
        modelId: meta.text('source_id') ?? meta.required('destination_id'),
        step: meta.integer('step') ?? 0,
      })))
    if (output !== null) outputs.push(output)
  }
  return outputs
}

async function* readMetrics({
  tree,
  folder,
  doubt,
}: RunPlace): AsyncGenerator<SourceSeries, void, undefined> {
  const root = `${folder}/metrics`
  for await (const { path: key, parts } of openedBelow(tree, root))
    for await (const stretch of readMetricFile(parts, `${root}/${key}`, 'run', doubt))
      yield { key, ...stretch }
}

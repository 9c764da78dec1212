import { joinPath } from '../../import/file-tree.js'
import type { FileTree } from '../../import/file-tree.js'
import type { Doubt, SourceExperiment, SourceRun } from '../../import/source.js'
import { DatasetReader } from './datasets.js'
import { readLoggedModels } from './logged-models.js'
import { BadMeta } from './meta.js'
import type { Meta } from './meta.js'
import { ModelPoints } from './model-points.js'
import { readRun } from './runs.js'
import { readTraces } from './traces.js'
import { doubting, foldersIn, metaOf, textsBelow } from './texts.js'
import { lastName } from '../../util/last-name.js'

/** Folders of an experiment that are no runs. */
const RESERVED = ['tags', 'datasets', 'traces', 'models']
const TRASH = '.trash'
/** Folders that are no experiments: `models` is the registry's. */
const BESIDE = [TRASH, 'models']

/** Every experiment of a file store, deleted ones too. */
export async function* readExperiments(
  tree: FileTree,
  root: string,
  doubt: Doubt,
): AsyncGenerator<SourceExperiment, void, undefined> {
  for (const parent of [root, joinPath(root, TRASH)])
    for await (const { path } of foldersIn(tree, parent, doubt, { folders: BESIDE })) {
      const experiment = await readExperiment(tree, path, doubt)
      if (experiment !== null) yield experiment
    }
}

async function readExperiment(
  tree: FileTree,
  folder: string,
  doubt: Doubt,
): Promise<SourceExperiment | null> {
  const meta = await metaOf(tree, folder, doubt)
  if (meta === null) return null
  const experiment = await doubting(`${folder}/meta.yaml`, doubt, () =>
    toExperiment(meta, tree, folder, doubt),
  )
  if (experiment === null) return null
  const runs = (): AsyncIterable<SourceRun> =>
    readRuns(tree, folder, experiment.experimentId, doubt)
  const { experimentId } = experiment
  return {
    experiment,
    path: folder,
    runs,
    loggedModels: () => readLoggedModels(tree, folder, experimentId, doubt),
    traces: () => readTraces(tree, folder, experimentId, doubt),
  }
}

async function toExperiment(
  meta: Meta,
  tree: FileTree,
  folder: string,
  doubt: Doubt,
): Promise<SourceExperiment['experiment']> {
  const experimentId = meta.required('experiment_id')
  if (experimentId !== lastName(folder))
    throw new BadMeta(
      `its experiment_id '${experimentId.slice(0, 80)}' is not the name of the folder`,
    )
  return {
    experimentId,
    name: meta.required('name'),
    artifactLocation: meta.text('artifact_location'),
    creationTime: meta.integer('creation_time'),
    lastUpdateTime: meta.integer('last_update_time'),
    lifecycleStage: meta.text('lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
    tags: await textsBelow(tree, `${folder}/tags`, doubt),
  }
}

async function* readRuns(
  tree: FileTree,
  folder: string,
  experimentId: string,
  doubt: Doubt,
): AsyncGenerator<SourceRun, void, undefined> {
  const datasets = new DatasetReader(tree, folder, doubt)
  const modelPoints = await ModelPoints.read(tree, folder, doubt)
  const seen = new Set<string>()
  const beside = { folders: RESERVED, file: 'meta.yaml' }
  for await (const { path } of foldersIn(tree, folder, doubt, beside)) {
    const place = { tree, folder: path, experimentId, datasets, modelPoints, doubt }
    const run = await readRun(place)
    if (run === null) continue
    seen.add(run.run.runId)
    yield run
  }
  for (const runId of modelPoints.unknownRuns(seen))
    doubt(
      `${folder}/models`,
      `Metrics that the run ${runId} has logged were left out: it is not in the experiment.`,
    )
}

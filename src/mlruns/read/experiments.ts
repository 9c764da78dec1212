import type { FileTree } from '../../import/file-tree.js'
import type { Doubt, SourceExperiment, SourceRun } from '../../import/source.js'
import { DatasetReader } from './datasets.js'
import { readLoggedModels } from './logged-models.js'
import { BadMeta } from './meta.js'
import type { Meta } from './meta.js'
import { ModelPoints } from './model-points.js'
import { join } from './root.js'
import { readRun } from './runs.js'
import { readTraces } from './traces.js'
import { doubting, isLitter, metaOf, textsBelow } from './texts.js'

/** Folders of an experiment that are no runs. */
const RESERVED = new Set(['tags', 'datasets', 'traces', 'models'])
const TRASH = '.trash'
/** The registry's folder, and never an experiment. */
const MODELS = 'models'

/** Every experiment of a file store, deleted ones too. */
export async function* readExperiments(
  tree: FileTree,
  root: string,
  doubt: Doubt,
): AsyncGenerator<SourceExperiment, void, undefined> {
  for (const parent of [root, join(root, TRASH)])
    for (const { name, isDir } of await tree.list(parent)) {
      const folder = join(parent, name)
      if (name === TRASH || name === MODELS || isLitter(name)) continue
      if (!isDir) doubt(folder, 'It is no part of a file store: it was left out.')
      else {
        const experiment = await readExperiment(tree, folder, doubt)
        if (experiment !== null) yield experiment
      }
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
  if (experimentId !== folder.slice(folder.lastIndexOf('/') + 1))
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
  for (const { name, isDir } of await tree.list(folder)) {
    if ((isDir && RESERVED.has(name)) || name === 'meta.yaml' || isLitter(name)) continue
    const place = { tree, folder: join(folder, name), experimentId, datasets, modelPoints, doubt }
    if (!isDir) doubt(place.folder, 'It is no part of a file store: it was left out.')
    else {
      const run = await readRun(place)
      if (run === null) continue
      seen.add(run.run.runId)
      yield run
    }
  }
  for (const runId of modelPoints.unknownRuns(seen))
    doubt(
      `${folder}/models`,
      `Metrics that the run ${runId} has logged were left out: it is not in the experiment.`,
    )
}

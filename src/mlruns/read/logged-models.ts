import type { LoggedModelStatus } from '../../entities/logged-model.js'
import { LOGGED_MODEL_STATUSES } from '../../entities/logged-model.js'
import type { FileTree } from '../../import/file-tree.js'
import type { Doubt, SourceLoggedModel } from '../../import/source.js'
import { BadMeta } from './meta.js'
import type { Meta } from './meta.js'
import {
  doubting,
  doubtStrangers,
  filesIn,
  foldersIn,
  isLitter,
  metaOf,
  textsBelow,
} from './texts.js'
import { lastName } from '../../util/last-name.js'

/** What the file store keeps of a model of another experiment, for which a run here has logged metrics. */
const FOREIGN = 'metrics'
const FOLDERS = [FOREIGN, 'params', 'tags', 'artifacts']

/** The logged models of the experiment in a folder, deleted ones too. */
export async function* readLoggedModels(
  tree: FileTree,
  folder: string,
  experimentId: string,
  doubt: Doubt,
): AsyncGenerator<SourceLoggedModel, void, undefined> {
  for await (const { path } of foldersIn(tree, `${folder}/models`, doubt)) {
    if (await isForeign(tree, path)) continue
    const meta = await metaOf(tree, path, doubt)
    const read = (): Promise<SourceLoggedModel['model']> =>
      toModel(tree, path, experimentId, meta!, doubt)
    const model = meta && (await doubting(`${path}/meta.yaml`, doubt, read))
    if (model === null) continue
    await doubtStrangers(tree, path, FOLDERS, doubt)
    yield { model, files: () => filesIn(tree, `${path}/artifacts`) }
  }
}

async function isForeign(tree: FileTree, path: string): Promise<boolean> {
  const entries = (await tree.list(path)).filter(({ name }) => !isLitter(name))
  return entries.length > 0 && entries.every(({ name }) => name === FOREIGN)
}

async function toModel(
  tree: FileTree,
  folder: string,
  experimentId: string,
  meta: Meta,
  doubt: Doubt,
): Promise<SourceLoggedModel['model']> {
  const modelId = meta.required('model_id')
  if (modelId !== lastName(folder))
    throw new BadMeta(`its model_id '${modelId}' is not the name of the folder`)
  if (meta.required('experiment_id') !== experimentId)
    throw new BadMeta(`its experiment_id is not '${experimentId}', in whose folder it lies`)
  const creationTime = meta.integer('creation_timestamp')
  if (creationTime === null) throw new BadMeta("'creation_timestamp' is missing")
  return {
    modelId,
    name: meta.required('name'),
    creationTime,
    lastUpdateTime: meta.integer('last_updated_timestamp') ?? creationTime,
    modelType: meta.text('model_type'),
    sourceRunId: meta.text('source_run_id'),
    status: toStatus(meta),
    lifecycleStage: meta.text('lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
    params: await textsBelow(tree, `${folder}/params`, doubt),
    tags: await textsBelow(tree, `${folder}/tags`, doubt),
  }
}

/** By its number in mlflow/protos/service.proto, or by its name. */
function toStatus(meta: Meta): LoggedModelStatus {
  const text = meta.text('status') ?? '0'
  const status = LOGGED_MODEL_STATUSES.find((name, n) => text === name || text === String(n))
  if (status === undefined) throw new BadMeta(`'status' is none: '${text.slice(0, 40)}'`)
  return status
}

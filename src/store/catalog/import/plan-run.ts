import { MLFLOW_TAGS } from '../../../entities/mlflow-tags.js'
import {
  validateDatasetInput,
  validateMetricKey,
  validateParamKey,
  validateSafeInteger,
  validateStatus,
  validateTagKey,
  validateText,
} from '../../../entities/validate.js'
import { validateModelInput, validateModelOutput } from '../../../entities/validate-logged-model.js'
import { invalid } from '../../../entities/invalid.js'
import { datasetId } from '../datasets.js'
import type { Draft } from '../draft.js'
import type { CatalogState } from '../state.js'
import type { ImportedRun } from '../../import-store.js'
import { keyedTexts } from './keyed.js'
import type { FilePlanner } from './plan-files.js'
import type { Staged } from './staged.js'

/** Where a run's import goes. */
export interface RunImport {
  readonly run: ImportedRun
  /** The experiment's internal id. */
  readonly experiment: number
  readonly files: FilePlanner
  /** Datasets that the plan has defined so far. */
  readonly datasets: Map<string, number>
  readonly staged: Staged
}

/** Adds the commands that make a run as it was elsewhere; nobody here answers for it. */
export function planRun(state: CatalogState, draft: Draft, target: RunImport): void {
  const { run, experiment, files } = target
  const id = draft.newId('run')
  const name = validateText(run.runName, 'run_name')
  draft.add({
    t: 'createRun',
    id,
    runId: run.runId,
    experiment,
    name,
    userId: validateText(run.userId, 'user_id'),
    status: validateStatus(run.status),
    startTime: validateSafeInteger(run.startTime, 'start_time'),
    owner: null,
    tags: keyedTexts(draft, { [MLFLOW_TAGS.runName]: name, ...run.tags }, validateTagKey),
  })
  if (run.endTime !== null)
    draft.add({ t: 'updateRun', id, endTime: validateSafeInteger(run.endTime, 'end_time') })
  const params = keyedTexts(draft, run.params, validateParamKey)
  if (params.length > 0) draft.add({ t: 'setParams', run: id, params })
  linkDatasets(state, draft, target, id)
  linkModels(draft, run, id)
  for (const { key, series, modelId = '', datasetName = '', datasetDigest = '' } of run.metrics) {
    const own = target.staged.seriesIds[series]
    if (own === undefined) throw invalid(`The series ${series} of the import was not put.`)
    const keyId = draft.key(validateMetricKey(key))
    draft.add({
      t: 'defineSeries',
      id: own,
      run: id,
      key: keyId,
      modelId,
      datasetName,
      datasetDigest,
    })
  }
  files.put(id, run.files)
  if (run.lifecycleStage === 'deleted')
    draft.add({ t: 'deleteRun', id, time: run.deletedTime ?? run.endTime ?? run.startTime })
}

function linkDatasets(
  state: CatalogState,
  draft: Draft,
  { run, experiment, datasets }: RunImport,
  id: number,
): void {
  const linked = new Set<number>()
  for (const [i, input] of run.datasetInputs.entries()) {
    const { dataset, tags } = validateDatasetInput(input, i)
    const target = datasetId(state, draft, experiment, dataset, datasets)
    if (linked.has(target)) continue
    linked.add(target)
    draft.add({ t: 'linkDataset', run: id, dataset: target, tags: Object.entries(tags) })
  }
}

function linkModels(draft: Draft, { modelInputs, modelOutputs }: ImportedRun, run: number): void {
  const links = [
    ...modelInputs.map((input, i) => ({
      role: 'input' as const,
      ...validateModelInput(input, i),
      step: 0,
    })),
    ...modelOutputs.map((output, i) => ({
      role: 'output' as const,
      ...validateModelOutput(output, i),
    })),
  ]
  // A model that is linked twice keeps the first link.
  const linked = new Set<string>()
  for (const link of links) {
    const name = `${link.role} ${link.modelId}`
    if (linked.has(name)) continue
    linked.add(name)
    draft.add({ t: 'linkModel', run, ...link })
  }
}

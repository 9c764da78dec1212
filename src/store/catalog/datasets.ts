import type { Dataset, DatasetInput } from '../../entities/dataset.js'
import type { ModelInput } from '../../entities/logged-model.js'
import { validateDatasetInput, validateList, validateRunId } from '../../entities/validate.js'
import { validateModelInput } from '../../entities/validate-logged-model.js'
import type { Plan } from '../commands.js'
import type { Database } from '../database.js'
import { Draft } from './draft.js'
import { addModelInputs } from './logged-models/links.js'
import { findActiveRun } from './lookup.js'
import type { CatalogState } from './state.js'

/**
 * Links datasets and logged models to a run. A dataset is known by name and digest within its experiment and stays as it was
 * first logged; a link that exists keeps its tags.
 */
export function planLogInputs(
  state: CatalogState,
  runId: string,
  datasets: readonly DatasetInput[],
  models?: readonly ModelInput[],
): Plan<void> {
  const id = validateRunId(runId)
  const inputs = validateList(datasets, 'datasets').map(validateDatasetInput)
  const modelInputs = validateList(models, 'models').map(validateModelInput)
  const run = findActiveRun(state, id)
  const draft = new Draft(state)
  const defined = new Map<string, number>()
  const linked = new Set<number>()
  for (const { dataset, tags } of inputs) {
    const target = datasetId(state, draft, run.experiment, dataset, defined)
    if (linked.has(target) || isLinked(state.db, run.id, target)) continue
    linked.add(target)
    draft.add({ t: 'linkDataset', run: run.id, dataset: target, tags: Object.entries(tags) })
  }
  addModelInputs(state, draft, run, modelInputs)
  return draft.plan(() => undefined)
}

/** The id of an experiment's dataset, which is defined if it is new; `defined` are those of the same plan. */
export function datasetId(
  state: CatalogState,
  draft: Draft,
  experiment: number,
  dataset: Dataset,
  defined: Map<string, number>,
): number {
  const text = JSON.stringify([experiment, dataset.name, dataset.digest])
  const sql = 'SELECT id FROM datasets WHERE experiment = ? AND name = ? AND digest = ?'
  const row = state.db.get(sql, [experiment, dataset.name, dataset.digest])
  const known = row === undefined ? defined.get(text) : Number(row[0])
  if (known !== undefined) return known
  const id = draft.newId('dataset')
  draft.add({ t: 'defineDataset', id, experiment, ...dataset })
  defined.set(text, id)
  return id
}

function isLinked(db: Database, run: number, dataset: number): boolean {
  const sql = 'SELECT 1 FROM inputs WHERE run = ? AND dataset = ?'
  return db.get(sql, [run, dataset]) !== undefined
}

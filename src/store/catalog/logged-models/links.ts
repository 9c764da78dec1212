import type { ModelInput, ModelOutput } from '../../../entities/logged-model.js'
import { validateList } from '../../../entities/validate.js'
import { validateModelOutput } from '../../../entities/validate-logged-model.js'
import { TrackletError } from '../../../errors.js'
import type { RunModels } from '../../../search/rows-to-runs.js'
import type { ModelRole } from '../../commands-logged-models.js'
import type { Plan } from '../../commands.js'
import { Draft } from '../draft.js'
import { findActiveRun } from '../lookup.js'
import type { RunRef } from '../lookup.js'
import type { CatalogState } from '../state.js'

/** A run without models. */
export const NO_MODELS: RunModels = { modelInputs: [], modelOutputs: [] }

/** Links models to the run that made them; BAD_REQUEST, as in MLflow, for one that is linked already. */
export function planLogOutputs(
  state: CatalogState,
  runId: string,
  models: readonly ModelOutput[],
): Plan<void> {
  const outputs = validateList(models, 'models').map(validateModelOutput)
  const run = findActiveRun(state, runId)
  const draft = new Draft(state)
  const linked = new Set<string>()
  for (const { modelId, step } of outputs) {
    if (linked.has(modelId) || isLinked(state, run, 'output', modelId))
      throw new TrackletError(
        'BAD_REQUEST',
        `The model '${modelId}' is an output of the run ${run.runId} already.`,
      )
    linked.add(modelId)
    draft.add({ t: 'linkModel', run: run.id, role: 'output', modelId, step })
  }
  return draft.plan(() => undefined)
}

/** Adds links to models that a run has used; those that it has already stay. The models need not exist, as in MLflow. */
export function addModelInputs(
  state: CatalogState,
  draft: Draft,
  run: RunRef,
  models: readonly ModelInput[],
): void {
  for (const modelId of new Set(models.map((model) => model.modelId)))
    if (!isLinked(state, run, 'input', modelId))
      draft.add({ t: 'linkModel', run: run.id, role: 'input', modelId, step: 0 })
}

/** The models of some runs, by internal ids; runs without any are not in it. In order of the models' ids. */
export function readRunModels(
  { db }: CatalogState,
  runs: readonly number[],
): ReadonlyMap<number, RunModels> {
  const found = new Map<number, { modelInputs: ModelInput[]; modelOutputs: ModelOutput[] }>()
  if (db.get('SELECT 1 FROM run_models LIMIT 1') === undefined) return found
  const sql = `SELECT m.run, m.role, m.model_id, m.step FROM json_each(?) j
    CROSS JOIN run_models m ON m.run = j.value`
  db.each(sql, [JSON.stringify(runs)], ([run, role, modelId, step]) => {
    const models = found.get(Number(run)) ?? { modelInputs: [], modelOutputs: [] }
    found.set(Number(run), models)
    const link = { modelId: String(modelId) }
    if (role === 'input') models.modelInputs.push(link)
    else models.modelOutputs.push({ ...link, step: Number(step) })
  })
  return found
}

function isLinked(state: CatalogState, run: RunRef, role: ModelRole, modelId: string): boolean {
  const sql = 'SELECT 1 FROM run_models WHERE run = ? AND role = ? AND model_id = ?'
  return state.db.get(sql, [run.id, role, modelId]) !== undefined
}

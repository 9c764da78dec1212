import { validatePairs } from '../../entities/validate-batch.js'
import { validateList, validateParam, validateTag } from '../../entities/validate.js'
import { invalid, wrongType } from '../../entities/invalid.js'
import { TrackletError } from '../../errors.js'
import type { Plan } from '../commands.js'
import type { Buffered, BufferedOp, Refusal } from '../tracking-store.js'
import { attempt, runOf } from './buffer-plan.js'
import type { BufferPlan } from './buffer-plan.js'
import { addBufferedPoints } from './buffered-points.js'
import { Draft } from './draft.js'
import { addParams, addTags, newParams } from './logging.js'
import type { RunRef } from './lookup.js'
import type { CatalogState } from './state.js'

/** Stores what handles buffered. Each op, and each metric of a run, stands alone; the refused are the result. */
export function planLogBuffered(state: CatalogState, buffered: Buffered): Plan<readonly Refusal[]> {
  const draft = new Draft(state)
  const plan: BufferPlan = { state, draft, refusals: [], runs: new Map(), params: new Map() }
  for (const op of validateList(buffered.ops, 'ops')) addOp(plan, op)
  if (buffered.points) addBufferedPoints(plan, buffered.points)
  return draft.plan(() => plan.refusals)
}

function addOp(plan: BufferPlan, op: BufferedOp): void {
  const done = attempt(() => (op.kind === 'params' ? addParamsOp(plan, op) : addTagsOp(plan, op)))
  if (done instanceof TrackletError)
    plan.refusals.push({
      runId: op.runId,
      errorCode: done.errorCode,
      message: done.message,
      points: 0,
    })
}

function addParamsOp(plan: BufferPlan, op: Extract<BufferedOp, { kind: 'params' }>): void {
  const { state } = plan
  const given = validatePairs(op.params, 'params', (key, value) =>
    validateParam(key, value, state.cut),
  )
  const run = activeRun(plan, op.runId)
  const staged = plan.params.get(run.id) ?? new Map<string, string>()
  const fresh = newParams(state, run, given, given.length === 1 ? 'single' : 'batch', staged)
  addParams(plan.draft, run, fresh)
  for (const [key, value] of fresh) staged.set(key, value)
  plan.params.set(run.id, staged)
}

function addTagsOp(plan: BufferPlan, op: BufferedOp): void {
  if (op.kind !== 'tags') throw wrongType('kind', op.kind)
  const { cut } = plan.state
  const tags = validatePairs(op.tags, 'tags', (key, value) => validateTag(key, value, cut))
  addTags(plan.draft, activeRun(plan, op.runId), tags)
}

function activeRun(plan: BufferPlan, runId: string): RunRef {
  if (typeof runId !== 'string') throw invalid('A buffered write needs the id of its run.')
  const run = runOf(plan, runId)
  if (run instanceof TrackletError) throw run
  return run
}

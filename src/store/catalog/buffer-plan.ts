import { TrackletError } from '../../errors.js'
import type { Refusal } from '../tracking-store.js'
import type { Draft } from './draft.js'
import { findActiveRun } from './lookup.js'
import type { RunRef } from './lookup.js'
import type { CatalogState } from './state.js'

/** A run, or why it may not be written. */
export type RunOrError = RunRef | TrackletError

/** What planning one buffer shares. */
export interface BufferPlan {
  readonly state: CatalogState
  readonly draft: Draft
  readonly refusals: Refusal[]
  /** The runs asked for so far. */
  readonly runs: Map<string, RunOrError>
  /** Params that earlier ops of the buffer set, by run. */
  readonly params: Map<number, Map<string, string>>
}

/** The active run of an id, or why there is none; asked once per buffer. */
export function runOf(plan: BufferPlan, runId: string): RunOrError {
  const known = plan.runs.get(runId)
  if (known !== undefined) return known
  const run = attempt(() => findActiveRun(plan.state, runId))
  plan.runs.set(runId, run)
  return run
}

/** The value of `fn`, or the TrackletError it throws. */
export function attempt<T>(fn: () => T): T | TrackletError {
  try {
    return fn()
  } catch (error) {
    if (error instanceof TrackletError) return error
    throw error
  }
}

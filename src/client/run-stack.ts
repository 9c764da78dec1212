import { toTrackletError } from '../errors.js'
import type { ActiveRun } from './active-run.js'

/** A run on a stack of active runs: there from the call that starts it, usable at once, stored a moment later. */
export class StackedRun {
  /** Resolves with the handle once the run exists. */
  readonly ready: Promise<ActiveRun>
  #run: ActiveRun | null = null
  #queue: ((run: ActiveRun) => void)[] = []

  constructor(starting: Promise<ActiveRun>) {
    this.ready = starting.then((run) => this.#begin(run))
    this.ready.catch(() => undefined)
  }

  /** The handle; null while the run is being made. */
  get run(): ActiveRun | null {
    return this.#run
  }

  /** How many actions wait for the run to exist. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Does `action` now, or when the run exists; what it throws then is thrown by the run's `flush()` or `end()`. */
  log(action: (run: ActiveRun) => void): void {
    if (this.#run !== null) action(this.#run)
    else this.#queue.push(action)
  }

  #begin(run: ActiveRun): ActiveRun {
    this.#run = run
    for (const action of this.#queue) {
      try {
        action(run)
      } catch (error) {
        run.noteRefusal(toTrackletError(error))
      }
    }
    this.#queue = []
    return run
  }
}

/** The active runs of one scope, innermost last; a scope sees those of the scope around it below its own. */
export class RunStack {
  readonly #around: RunStack | null
  readonly #runs: StackedRun[] = []

  constructor(around: RunStack | null) {
    this.#around = around
  }

  /** The innermost active run; those that were ended through their handles are no longer there. */
  top(): StackedRun | null {
    while (this.#runs.at(-1)?.run?.isActive === false) this.#runs.pop()
    return this.#runs.at(-1) ?? this.#around?.top() ?? null
  }

  /** Makes a run the innermost. */
  push(run: StackedRun): void {
    this.#runs.push(run)
  }

  /** Takes a run off, wherever in this scope or those around it. */
  remove(run: StackedRun): void {
    const at = this.#runs.indexOf(run)
    if (at >= 0) this.#runs.splice(at, 1)
    else this.#around?.remove(run)
  }
}

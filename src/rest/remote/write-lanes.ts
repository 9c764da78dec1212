import { RunLane, type Outcome } from './run-lane.js'
import type { Unit } from './request-draft.js'
import type { SendVoid } from './send-void.js'

/**
 * The writes of each run in the order in which they were called, the void ones gathered into few requests; those of
 * different runs do not wait for each other. Other calls wait for what was written before them.
 */
export class WriteLanes {
  readonly #lanes = new Map<string, RunLane>()
  readonly #send: SendVoid

  constructor(send: SendVoid) {
    this.#send = send
  }

  /** Adds void writes; resolves when each is stored or refused. Never rejects. */
  add(runId: string, units: readonly Unit[]): Promise<readonly Outcome[]> {
    return this.#lane(runId).add(units)
  }

  /** Does something in the run's turn. */
  call<T>(runId: string, action: () => Promise<T>): Promise<T> {
    return this.#lane(runId).call(action)
  }

  /** Resolves when all that was written to a run, or to all, before this call is stored or refused. */
  async settled(runId?: string): Promise<void> {
    const one = runId === undefined ? undefined : this.#lanes.get(runId)
    const lanes = runId === undefined ? [...this.#lanes.values()] : one === undefined ? [] : [one]
    await Promise.all(lanes.map((lane) => lane.call(() => Promise.resolve())))
  }

  #lane(runId: string): RunLane {
    const known = this.#lanes.get(runId)
    if (known !== undefined) return known
    const lane = new RunLane(runId, this.#send, () => this.#lanes.delete(runId))
    this.#lanes.set(runId, lane)
    return lane
  }
}

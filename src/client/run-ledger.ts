import { TrackletError, type ErrorCode } from '../errors.js'

/** What has gone wrong with the void writes of one run, until somebody is told. */
export class RunLedger {
  readonly runId: string
  /** The run's index in the batch that is being filled; -1 when it has none. */
  index = -1
  /** Handles that share this ledger. */
  holders = 0
  /** Points that were not stored, ever. */
  lost = 0
  /** Whether the caller was told that the buffer is full: that is thrown once per run. */
  overflowTold = false
  /** Writes refused, ever: grows, so that a handle sees that what it believes may be wrong. */
  refusals = 0
  #first: TrackletError | null = null
  #writes = 0
  #points = 0

  constructor(runId: string) {
    this.runId = runId
  }

  /** Whether a refusal waits to be told. */
  get hasRefusals(): boolean {
    return this.#first !== null
  }

  /** Notes a refused write of `points` points. */
  refuse(error: TrackletError, points: number): void {
    this.#first ??= error
    this.#writes++
    this.refusals++
    this.#points += points
    this.lost += points
  }

  /** All refusals since the last call as one error, under the first one's code; null when there were none. */
  take(): TrackletError | null {
    const first = this.#first
    if (first === null) return null
    const code: ErrorCode = first.errorCode
    const error = new TrackletError(code, this.#summary(first), { cause: first })
    this.#first = null
    this.#writes = 0
    this.#points = 0
    return error
  }

  #summary(first: TrackletError): string {
    if (this.#writes === 1 && this.#points === 0) return first.message
    const writes = this.#writes === 1 ? '1 write' : `${this.#writes} writes`
    const points = this.#points === 0 ? '' : ` with ${this.#points} metric points`
    return `${writes}${points} of run ${this.runId} could not be stored. The first: ${first.message}`
  }
}

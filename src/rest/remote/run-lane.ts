import { toTrackletError, type TrackletError } from '../../errors.js'
import { isTransient } from './http.js'
import { RequestDraft, type Part, type Unit } from './request-draft.js'
import type { Refused, SendVoid } from './send-void.js'

/** What became of a unit: why parts of it were refused, none where all is stored. */
export type Outcome = readonly Refused[]

interface Queued {
  readonly unit: Unit
  /** Items that were sent. */
  sent: number
  readonly refused: Refused[]
  readonly done: () => void
}

/** Something to do in the run's turn that is not void. */
interface QueuedCall {
  readonly action: () => Promise<void>
}

/** The writes of one run, in order. What comes while a request is on its way goes out together with the next. */
export class RunLane {
  readonly #runId: string
  readonly #send: SendVoid
  readonly #onIdle: () => void
  #queue: (Queued | QueuedCall)[] = []
  #working = false

  /** `onIdle` is called whenever there is nothing left to do. */
  constructor(runId: string, send: SendVoid, onIdle: () => void) {
    this.#runId = runId
    this.#send = send
    this.#onIdle = onIdle
  }

  /** Adds void writes; resolves when each is stored or refused. Never rejects. */
  async add(units: readonly Unit[]): Promise<readonly Outcome[]> {
    const outcomes = units.map(
      (unit) =>
        new Promise<Outcome>((resolve) => {
          const refused: Refused[] = []
          this.#queue.push({ unit, sent: 0, refused, done: () => resolve(refused) })
        }),
    )
    this.#work()
    return Promise.all(outcomes)
  }

  /** Does something once all before it is done. */
  call<T>(action: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ action: () => action().then(resolve, reject) })
      this.#work()
    })
  }

  #work(): void {
    if (this.#working) return
    this.#working = true
    // A turn later, so that all that is written in this one goes out together.
    void Promise.resolve().then(() => this.#drain())
  }

  async #drain(): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if ('action' in next) {
        this.#queue.shift()
        await next.action()
      } else await this.#sendNext()
    }
    // In the same turn as the last look at the queue, or what comes between would wait for ever.
    this.#working = false
    this.#onIdle()
  }

  async #sendNext(): Promise<void> {
    const { draft, taken } = this.#draft()
    if (draft.parts.length === 0) return this.#finish()
    const failure = await this.#send(this.#runId, draft, (part, refused) => {
      taken.get(part)!.refused.push(refused)
    }).catch((error: unknown) => toTrackletError(error))
    if (failure !== null) this.#giveUp(failure, draft.parts, taken)
    this.#finish()
  }

  #draft(): { draft: RequestDraft; taken: Map<Part, Queued> } {
    const draft = new RequestDraft()
    const taken = new Map<Part, Queued>()
    for (const item of this.#queue) {
      if ('action' in item) break
      const before = draft.parts.length
      item.sent = draft.add(item.unit, item.sent)
      for (const part of draft.parts.slice(before)) taken.set(part, item)
      if (item.sent < sizeOf(item.unit)) break
    }
    return { draft, taken }
  }

  /** Where the server cannot be reached, what waits behind would only wait longer. */
  #giveUp(error: TrackletError, parts: readonly Part[], taken: ReadonlyMap<Part, Queued>): void {
    for (const part of parts) taken.get(part)!.refused.push({ error, from: part.from, to: part.to })
    if (!isTransient(error)) return
    for (const item of this.#queue) {
      if ('action' in item) break
      const to = sizeOf(item.unit)
      if (item.sent < to) item.refused.push({ error, from: item.sent, to })
      item.sent = to
    }
  }

  #finish(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if ('action' in next || next.sent < sizeOf(next.unit)) return
      this.#queue.shift()
      next.done()
    }
  }
}

/** How many items a unit has. */
function sizeOf(unit: Unit): number {
  return unit.kind === 'points' ? unit.rows.length : unit.pairs.length
}

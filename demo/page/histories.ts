import type { PointsChange, Tracker } from 'tracklet'

/** A metric of one run, ready to draw. */
export interface History {
  readonly steps: number[]
  readonly values: number[]
  /** How many points the run has; more than are drawn when the history is long. */
  total: number
}

/** Enough for every pixel column of the chart; extremes are always among them. */
const MAX_POINTS = 1500

/** Keeps the histories that the chart shows: read once, then grown by what `watch()` tells. */
export class Histories {
  readonly #tracker: Tracker
  readonly #histories = new Map<string, History>()
  /** Points that arrive while a history is being read, by run. */
  readonly #early = new Map<string, PointsChange[]>()
  #metric = ''

  constructor(tracker: Tracker) {
    this.#tracker = tracker
  }

  /** Which metric is kept; a new one forgets all histories. */
  set metric(metric: string) {
    this.#metric = metric
    this.clear()
  }

  /** Forgets everything, as after a gap in the changes. */
  clear(): void {
    this.#histories.clear()
    this.#early.clear()
  }

  /** The history of a run, if it was read. */
  get(runId: string): History | undefined {
    return this.#histories.get(runId)
  }

  /** Reads the histories of these runs that are not here yet. */
  async load(runIds: readonly string[]): Promise<void> {
    const wanted = runIds.filter((runId) => !this.#histories.has(runId))
    await Promise.all(wanted.map((runId) => this.#read(runId)))
  }

  /** Adds new points; reads a history again, thinned out, when it has become too long. */
  async append(points: PointsChange): Promise<void> {
    if (points.key !== this.#metric) return
    this.#early.get(points.runId)?.push(points)
    const history = this.#histories.get(points.runId)
    if (!history) return
    extend(history, points)
    if (history.values.length > 2 * MAX_POINTS) await this.#read(points.runId)
  }

  async #read(runId: string): Promise<void> {
    if (this.#early.has(runId)) return
    const metric = this.#metric
    const early: PointsChange[] = []
    this.#early.set(runId, early)
    try {
      const run = await this.#tracker.openRun(runId)
      const { steps, values, total } = await run.history(metric, { maxPoints: MAX_POINTS })
      if (metric !== this.#metric) return
      const history = { steps: Array.from(steps, Number), values: [...values], total }
      for (const points of early) extend(history, points)
      this.#histories.set(runId, history)
    } finally {
      if (this.#early.get(runId) === early) this.#early.delete(runId)
    }
  }
}

/** Steps only grow here, so a point at or before the last step is one that was read already. */
function extend(history: History, { steps, values }: PointsChange): void {
  const last = history.steps.at(-1) ?? -Infinity
  values.forEach((value, index) => {
    const step = Number(steps[index])
    if (step <= last) return
    history.steps.push(step)
    history.values.push(value)
    history.total++
  })
}

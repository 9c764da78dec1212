import type { ChangeSet, PointsChange, WatchFilter } from './change-feed.js'
import type { PointsCommand } from './commands.js'
import { unref } from '../util/unref.js'

/** One set a frame is enough for the eye. */
const FRAME_MS = 16
/** Points kept for a reader that does not take them; past it they are dropped and `resync` says so. */
const MAX_PENDING_POINTS = 1_000_000

/** How the feed turns the engine's integers into names; undefined for what is gone by now. */
export interface FeedNames {
  readonly runId: (run: number) => string | undefined
  readonly experimentId: (experiment: number) => string | undefined
  /** The experiment that a run belongs to, by its id. */
  readonly experimentOf: (runId: string) => string | undefined
  readonly series: (series: number) => { runId: string; key: string } | undefined
}

/** Tells subscribers what each write changed; costs nothing while there are none. */
export class Feed {
  readonly #names: FeedNames
  readonly #subscribers = new Set<Subscriber>()

  constructor(names: FeedNames) {
    this.#names = names
  }

  /** Begins to send change sets to `port`, until its reader posts 'close'. */
  subscribe(filter: WatchFilter, port: MessagePort): void {
    const subscriber = new Subscriber(filter, port, this.#names, () =>
      this.#subscribers.delete(subscriber),
    )
    this.#subscribers.add(subscriber)
  }

  /** Notes what one write changed. Called in the write's own turn. */
  note(change: {
    experiments: ReadonlySet<number>
    runs: ReadonlySet<number>
    points: readonly PointsCommand[]
  }): void {
    for (const subscriber of this.#subscribers) subscriber.note(change)
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const subscriber of [...this.#subscribers]) subscriber.close()
  }
}

class Subscriber {
  readonly #filter: WatchFilter
  readonly #port: MessagePort
  readonly #names: FeedNames
  readonly #onClose: () => void
  #runs = new Set<string>()
  #experiments = new Set<string>()
  #points: PointsCommand[] = []
  #pendingPoints = 0
  #resync = false
  #seq = 0
  #inFlight = false
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(filter: WatchFilter, port: MessagePort, names: FeedNames, onClose: () => void) {
    this.#filter = filter
    this.#port = port
    this.#names = names
    this.#onClose = onClose
    port.onmessage = (event: MessageEvent) => {
      if (event.data === 'close') this.close()
      else this.#acknowledged()
    }
    unref(port)
  }

  note(change: Parameters<Feed['note']>[0]): void {
    for (const run of change.runs) this.#noteRun(this.#names.runId(run))
    if (!this.#filter.runIds) this.#noteExperiments(change.experiments)
    for (const points of change.points) this.#notePoints(points)
    if (this.#runs.size || this.#experiments.size || this.#points.length || this.#resync)
      this.#schedule()
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#port.onmessage = null
    this.#port.close()
    this.#onClose()
  }

  #noteRun(runId: string | undefined): void {
    if (runId !== undefined && this.#wantsRun(runId)) this.#runs.add(runId)
  }

  #noteExperiments(experiments: ReadonlySet<number>): void {
    for (const experiment of experiments) {
      const id = this.#names.experimentId(experiment)
      const wanted = this.#filter.experimentIds
      if (id !== undefined && (!wanted || wanted.includes(id))) this.#experiments.add(id)
    }
  }

  #notePoints(points: PointsCommand): void {
    if (this.#filter.metrics?.length === 0) return
    if (this.#pendingPoints + points.series.length > MAX_PENDING_POINTS) {
      this.#points = []
      this.#pendingPoints = 0
      this.#resync = true
      return
    }
    this.#points.push(points)
    this.#pendingPoints += points.series.length
  }

  #wantsRun(runId: string): boolean {
    const { runIds, experimentIds } = this.#filter
    if (runIds && !runIds.includes(runId)) return false
    if (!experimentIds) return true
    const experiment = this.#names.experimentOf(runId)
    return experiment !== undefined && experimentIds.includes(experiment)
  }

  #schedule(): void {
    if (this.#timer !== null || this.#inFlight) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#send()
    }, FRAME_MS)
    unref(this.#timer)
  }

  #acknowledged(): void {
    this.#inFlight = false
    if (this.#runs.size || this.#experiments.size || this.#points.length || this.#resync)
      this.#schedule()
  }

  #send(): void {
    const points = this.#gather()
    for (const { runId } of points) this.#runs.add(runId)
    const set: ChangeSet = {
      seq: ++this.#seq,
      resync: this.#resync,
      experimentIds: [...this.#experiments],
      runIds: [...this.#runs],
      points,
    }
    this.#runs = new Set()
    this.#experiments = new Set()
    this.#points = []
    this.#pendingPoints = 0
    this.#resync = false
    this.#inFlight = true
    this.#port.postMessage(set, set.points.flatMap(buffersOf))
  }

  #gather(): PointsChange[] {
    const rows = new Map<number, { block: PointsCommand; row: number }[]>()
    for (const block of this.#points) {
      block.series.forEach((series, row) => {
        const list = rows.get(series)
        if (list) list.push({ block, row })
        else rows.set(series, [{ block, row }])
      })
    }
    const changes: PointsChange[] = []
    for (const [series, list] of rows) {
      const name = this.#names.series(series)
      if (!name || !this.#wantsRun(name.runId)) continue
      if (this.#filter.metrics && !this.#filter.metrics.includes(name.key)) continue
      changes.push({ runId: name.runId, key: name.key, ...columnsOf(list) })
    }
    return changes
  }
}

function columnsOf(
  list: readonly { block: PointsCommand; row: number }[],
): Omit<PointsChange, 'runId' | 'key'> {
  const wide = list.some(({ block }) => block.steps instanceof BigInt64Array)
  const late = list.some(({ block }) => block.timestamps instanceof BigInt64Array)
  const steps = wide
    ? BigInt64Array.from(list, ({ block, row }) => BigInt(block.steps[row] ?? 0))
    : Float64Array.from(list, ({ block, row }) => Number(block.steps[row]))
  const timestamps = late
    ? BigInt64Array.from(list, ({ block, row }) => BigInt(block.timestamps[row] ?? 0))
    : Float64Array.from(list, ({ block, row }) => Number(block.timestamps[row]))
  return {
    steps,
    timestamps,
    values: Float64Array.from(list, ({ block, row }) => Number(block.values[row])),
  }
}

function buffersOf(change: PointsChange): ArrayBuffer[] {
  return [change.steps, change.timestamps, change.values].map(
    (column) => column.buffer as ArrayBuffer,
  )
}

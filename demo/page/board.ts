import type { ChangeSet, Run, Tracker } from 'tracklet'
import { Colours, MOST_DRAWN } from './colours.js'
import { listExperiments } from './experiments.js'
import type { ListedExperiment } from './experiments.js'
import { firstMetric, metricOf, metricsOf } from './run-keys.js'

/** At most this many reads of the list of runs a second. */
const READS_PER_SECOND = 4

/** How many runs are read at first, and with each `readMore()`. */
export const RUNS_READ = 500

/** Few enough that taking in what one answer holds is not seen. */
const RUNS_PER_ANSWER = 50

/** The experiment that the page shows; its id is null until its first run is made. */
export interface Shown {
  readonly experimentId: string | null
  readonly name: string
}

/** What the board tells the page. */
export interface BoardEvents {
  readonly change: () => void
  readonly error: (error: unknown) => void
}

/** The experiments, the runs of one of them as the page shows them, and what of them is drawn. */
export class Board {
  readonly colours = new Colours()
  readonly #tracker: Tracker
  readonly #on: BoardEvents
  #shown: Shown
  #experiments: readonly ListedExperiment[] = []
  #runs: readonly Run[] = []
  #metric: string | null = null
  #withDeleted = false
  #limit = RUNS_READ
  /** Counts the calls of `show`: what was read for an earlier one is not shown any more. */
  #visit = 0
  #timer: number | null = null

  constructor(tracker: Tracker, shown: Shown, on: BoardEvents) {
    this.#tracker = tracker
    this.#shown = shown
    this.#on = on
  }

  /** Newest first. */
  get runs(): readonly Run[] {
    return this.#runs
  }

  /** Which experiment is shown. */
  get shown(): Shown {
    return this.#shown
  }

  /** All experiments, by name. */
  get experiments(): readonly ListedExperiment[] {
    return this.#experiments
  }

  /** The shown one as it is listed; undefined until its first run is made. */
  get listed(): ListedExperiment | undefined {
    return this.#experiments.find(({ experimentId }) => experimentId === this.#shown.experimentId)
  }

  /** Which metric is drawn; null where no run has one. */
  get metric(): string | null {
    return this.#metric
  }

  /** Whether deleted runs are among the runs. */
  get withDeleted(): boolean {
    return this.#withDeleted || this.listed?.isDeleted === true
  }

  /** Whether there are more runs than were read. */
  get hasMore(): boolean {
    return this.#runs.length >= this.#limit && this.#runs.length < this.total
  }

  /** How many runs the experiment has. */
  get total(): number {
    const { runs = 0, deletedRuns = 0 } = this.listed ?? {}
    return this.withDeleted ? runs + deletedRuns : runs
  }

  /** Shows another experiment and draws its newest runs. */
  async show(shown: Shown): Promise<void> {
    this.#visit++
    this.#shown = shown
    this.#runs = []
    this.#metric = null
    this.#withDeleted = false
    this.#limit = RUNS_READ
    this.colours.clear()
    await this.#read()
    this.#on.change()
  }

  /** Shows deleted runs too, or not. */
  async showDeleted(withDeleted: boolean): Promise<void> {
    this.#withDeleted = withDeleted
    await this.#read()
    this.#on.change()
  }

  /** Reads more of a long list of runs. */
  async readMore(): Promise<void> {
    this.#limit += RUNS_READ
    await this.#read()
    this.#on.change()
  }

  /** Draws another metric, of other runs where none of the drawn ones has it. */
  drawMetric(metric: string): void {
    this.#metric = metric
    const drawn = this.#runs.filter((run) => this.colours.has(run.info.runId))
    if (!drawn.some((run) => metricOf(run, metric) !== undefined)) this.#drawNewest(metric)
    this.#on.change()
  }

  /** Draws a run, or takes it from the chart. */
  setDrawn(runId: string, drawn: boolean): void {
    if (drawn) this.colours.add(runId)
    else this.colours.remove(runId)
    this.#on.change()
  }

  /** Takes note of changes: the list is read again, soon, and once for many of them. */
  noteChanges(changes: ChangeSet): void {
    if (changes.runIds.length + changes.experimentIds.length > 0 || changes.resync) this.readSoon()
  }

  /** Reads the list again within a quarter of a second. */
  readSoon(): void {
    this.#timer ??= window.setTimeout(() => {
      this.#timer = null
      this.#read().then(this.#on.change, this.#on.error)
    }, 1000 / READS_PER_SECOND)
  }

  async #read(): Promise<void> {
    const visit = this.#visit
    const experiments = await listExperiments(this.#tracker)
    if (visit !== this.#visit) return
    this.#experiments = experiments
    const { name, experimentId = null } = this.listed ?? findByName(experiments, this.#shown) ?? {}
    this.#shown = { experimentId, name: name ?? this.#shown.name }
    const runs = experimentId === null ? [] : await this.#readRuns(experimentId)
    if (visit === this.#visit) this.#take(runs)
  }

  #readRuns(experimentId: string): Promise<readonly Run[]> {
    const viewType = this.withDeleted ? 'ALL' : 'ACTIVE_ONLY'
    const query = { experimentIds: [experimentId], viewType, maxResults: RUNS_PER_ANSWER } as const
    return this.#tracker.searchRuns(query).all({ limit: this.#limit })
  }

  #take(runs: readonly Run[]): void {
    this.#runs = runs
    const known = new Set(runs.map((run) => run.info.runId))
    for (const runId of this.colours.runIds) if (!known.has(runId)) this.colours.remove(runId)
    if (this.#metric !== null) return
    this.#metric = firstMetric(metricsOf(runs))
    if (this.#metric !== null) this.#drawNewest(this.#metric)
  }

  #drawNewest(metric: string): void {
    const drawable = this.#runs.filter((run) => metricOf(run, metric) !== undefined)
    drawable.slice(0, MOST_DRAWN).forEach((run) => this.colours.add(run.info.runId))
  }
}

/** What has no id yet may have come into being. */
function findByName(
  experiments: readonly ListedExperiment[],
  { experimentId, name }: Shown,
): ListedExperiment | undefined {
  return experimentId === null ? experiments.find((listed) => listed.name === name) : undefined
}

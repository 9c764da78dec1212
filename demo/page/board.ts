import type { ChangeSet, Run, Tracker } from 'tracklet'
import { Colours, MOST_DRAWN } from './colours.js'
import type { TaskName } from './worker-messages.js'

/** At most this many reads of the list of runs a second. */
const READS_PER_SECOND = 4

/** The runs of one experiment as the page shows them, and which of them are drawn. */
export class Board {
  readonly colours = new Colours()
  readonly #tracker: Tracker
  readonly #onChange: () => void
  readonly #onError: (error: unknown) => void
  #experiment: TaskName
  #experimentId: string | null = null
  #runs: readonly Run[] = []
  #timer: number | null = null

  constructor(
    tracker: Tracker,
    experiment: TaskName,
    on: { change: () => void; error: (error: unknown) => void },
  ) {
    this.#tracker = tracker
    this.#experiment = experiment
    this.#onChange = on.change
    this.#onError = on.error
  }

  /** Newest first. */
  get runs(): readonly Run[] {
    return this.#runs
  }

  /** The id of the experiment; null until its first run is made. */
  get experimentId(): string | null {
    return this.#experimentId
  }

  /** Shows another experiment and draws its newest runs. */
  async show(experiment: TaskName): Promise<void> {
    this.#experiment = experiment
    this.#experimentId = null
    this.#runs = []
    this.colours.clear()
    await this.#read()
    const drawable = this.#runs.filter((run) => run.data.metrics.loss !== undefined)
    drawable.slice(0, MOST_DRAWN).forEach((run) => this.colours.add(run.info.runId))
    this.#onChange()
  }

  /** Draws a run, or takes it from the chart. */
  setDrawn(runId: string, drawn: boolean): void {
    if (drawn) this.colours.add(runId)
    else this.colours.remove(runId)
    this.#onChange()
  }

  /** Takes note of changes: the list is read again, soon, and once for many of them. */
  noteChanges(changes: ChangeSet): void {
    if (changes.runIds.length + changes.experimentIds.length > 0 || changes.resync) this.readSoon()
  }

  /** Reads the list again within a quarter of a second. */
  readSoon(): void {
    this.#timer ??= window.setTimeout(() => {
      this.#timer = null
      this.#read().then(this.#onChange, this.#onError)
    }, 1000 / READS_PER_SECOND)
  }

  async #read(): Promise<void> {
    const experiment = this.#experiment
    const found = await this.#tracker.client.getExperimentByName(experiment)
    const runs = found
      ? await this.#tracker.searchRuns({ experimentIds: [found.experimentId] }).all({ limit: 500 })
      : []
    if (experiment !== this.#experiment) return
    this.#experimentId = found?.experimentId ?? null
    this.#runs = runs
    const known = new Set(runs.map((run) => run.info.runId))
    for (const runId of this.colours.runIds) if (!known.has(runId)) this.colours.remove(runId)
  }
}

import type { Experiment } from '../entities/experiment.js'
import { invalid } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import type { Tracker } from './tracker.js'

/** How the fluent functions open a store. */
export interface FluentStorePort {
  /** Opens the default tracker. */
  readonly openTracker: (uri: string | undefined) => Promise<Tracker>
  /** The URI that is opened when none was set. */
  readonly defaultUri: () => string
  readonly env: FluentEnvironment
}

/** Environment variables, where there are any. */
export interface FluentEnvironment {
  get(name: string): string | undefined
  set(name: string, value: string): void
  delete(name: string): void
}

/** The default tracker of the fluent functions, and the experiment that is active on it. */
export class FluentStore {
  readonly #port: FluentStorePort
  #uri: string | undefined
  #open: Tracker | null = null
  #opening: Promise<Tracker> | null = null
  #borrowed = false
  #experimentId: Promise<string> | null = null

  constructor(port: FluentStorePort) {
    this.#port = port
  }

  /** The URI that is open or will be. */
  get uri(): string {
    return this.#uri ?? this.#port.defaultUri()
  }

  /** The tracker, if it is open already. */
  get opened(): Tracker | null {
    return this.#open
  }

  /** Whether a tracker is open, or being opened. */
  get inUse(): boolean {
    return this.#opening !== null
  }

  /** Chooses the store. INVALID_STATE while another one is open. */
  setUri(uri: string): void {
    if (typeof uri !== 'string') throw invalid('A tracking URI is a text, such as ./.tracklet')
    if (this.#opening !== null && uri !== this.uri) throw this.#refusal()
    this.#uri = uri
  }

  /** Uses a tracker that is open already; it stays the caller's to close. INVALID_STATE while another is open. */
  setTracker(tracker: Tracker): void {
    if (this.#opening !== null && !this.#borrowed) throw this.#refusal()
    this.#open = tracker
    this.#opening = Promise.resolve(tracker)
    this.#borrowed = true
    this.#experimentId = null
  }

  /** The tracker, opened when it is needed first. */
  tracker(): Promise<Tracker> {
    this.#opening ??= this.#openDefault()
    return this.#opening
  }

  /** Makes an experiment the active one for runs that name none. */
  async setExperiment(set: (tracker: Tracker) => Promise<Experiment>): Promise<Experiment> {
    const setting = this.tracker().then(set)
    const id = setting.then(({ experimentId }) => experimentId)
    const before = this.#experimentId
    this.#experimentId = id
    id.catch(() => undefined)
    try {
      const experiment = await setting
      this.#port.env.set('MLFLOW_EXPERIMENT_ID', experiment.experimentId)
      return experiment
    } catch (error) {
      if (this.#experimentId === id) this.#experimentId = before
      throw error
    }
  }

  /** The experiment of runs that name none: the active one, else that of the environment; undefined for neither. */
  async experimentId(tracker: Tracker): Promise<string | undefined> {
    if (this.#experimentId !== null) return this.#experimentId
    const { env } = this.#port
    const name = env.get('MLFLOW_EXPERIMENT_NAME')
    const id = env.get('MLFLOW_EXPERIMENT_ID')
    if (name === undefined) return id
    const found = await tracker.setExperiment(name)
    if (id === undefined || id === found.experimentId) return found.experimentId
    throw invalid(
      `MLFLOW_EXPERIMENT_ID is ${id}, but the experiment '${name}' of MLFLOW_EXPERIMENT_NAME ` +
        `has the id ${found.experimentId}. Set one of them.`,
    )
  }

  /** Throws INVALID_PARAMETER_VALUE when a run to resume is not of the experiment that was set. */
  async checkResumed(tracker: Tracker, runId: string): Promise<void> {
    const active = await this.#experimentId
    if (active === null) return
    const { experimentId } = (await tracker.getRun(runId)).info
    if (experimentId === active) return
    throw invalid(
      `Cannot start run with ID ${runId} because it belongs to experiment ${experimentId}, while experiment ` +
        `${active} is the active one. Call setExperiment({ experimentId: '${experimentId}' }) first.`,
    )
  }

  /** Closes the tracker unless it is the caller's; the next use opens the default one. */
  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => null)
    const borrowed = this.#borrowed
    if (this.#experimentId !== null) this.#port.env.delete('MLFLOW_EXPERIMENT_ID')
    this.#open = null
    this.#opening = null
    this.#borrowed = false
    this.#experimentId = null
    if (!borrowed) await opened?.close()
  }

  async #openDefault(): Promise<Tracker> {
    try {
      this.#open = await this.#port.openTracker(this.#uri)
      return this.#open
    } catch (error) {
      this.#opening = null
      throw error
    }
  }

  #refusal(): TrackletError {
    return new TrackletError(
      'INVALID_STATE',
      `The store ${this.uri} is open. Call 'await close()' before choosing another one.`,
    )
  }
}

import type { Experiment } from '../entities/experiment.js'
import { invalid } from '../entities/invalid.js'
import type { Run, RunStatus } from '../entities/run.js'
import { validateStatus } from '../entities/validate.js'
import { TrackletError, toTrackletError } from '../errors.js'
import type { ActiveRun } from './active-run.js'
import { RunStack, StackedRun } from './run-stack.js'
import type { StartRun } from './start-run.js'
import type { Tracker } from './tracker.js'
import type { ParamValue } from './values.js'

/** What the fluent functions need of a platform. */
export interface FluentPort {
  /** Opens the default tracker. */
  readonly openTracker: (uri: string | undefined) => Promise<Tracker>
  /** The URI that is opened when none was set. */
  readonly defaultUri: () => string
  /** Where the active runs of the calling code are kept. */
  readonly scope: FluentScope
  readonly env: FluentEnvironment
}

/** Keeps stacks of active runs apart. */
export interface FluentScope {
  /** The stack in force here; undefined for the outermost one. */
  readonly current: () => RunStack | undefined
  /** Calls `fn` with a stack of its own in force; absent where the platform cannot follow async calls. */
  readonly run?: <T>(stack: RunStack, fn: () => T) => T
}

/** Environment variables, where there are any. */
export interface FluentEnvironment {
  get(name: string): string | undefined
  set(name: string, value: string): void
  delete(name: string): void
}

/** How the fluent functions start a run; the names are MLflow's. */
export interface FluentStartRun {
  /** Resume this run. */
  readonly runId?: string
  readonly experimentId?: string
  readonly runName?: string
  /** Allows it while a run is active, whose child it becomes. */
  readonly nested?: boolean
  /** Makes it a child of this run. While a run is active, it must be that one. */
  readonly parentRunId?: string
  readonly params?: Readonly<Record<string, ParamValue>>
  readonly tags?: Readonly<Record<string, ParamValue>>
  readonly description?: string
  readonly signal?: AbortSignal
}

/** The state behind the fluent functions: one tracker, the active experiment, the stacks of active runs. */
export class FluentRuns {
  readonly #port: FluentPort
  readonly #root = new RunStack(null)
  readonly #live = new Set<StackedRun>()
  #uri: string | undefined
  #tracker: Tracker | null = null
  #opening: Promise<Tracker> | null = null
  #experimentId: Promise<string> | null = null
  #lastRunId: string | null = null
  readonly #failures: TrackletError[] = []

  constructor(port: FluentPort) {
    this.#port = port
  }

  /** The URI that is open or will be. */
  get uri(): string {
    return this.#uri ?? this.#port.defaultUri()
  }

  /** Chooses the store. INVALID_STATE while another one is open. */
  setUri(uri: string): void {
    if (typeof uri !== 'string') throw invalid('A tracking URI is a text, such as ./.tracklet')
    if ((this.#tracker !== null || this.#opening !== null) && uri !== this.uri)
      throw new TrackletError(
        'INVALID_STATE',
        `The store ${this.uri} is open. Call 'await close()' before choosing another one.`,
      )
    this.#uri = uri
  }

  /** Uses a tracker that is open already; it stays the caller's to close. */
  setTracker(tracker: Tracker): void {
    this.#tracker = tracker
    this.#opening = Promise.resolve(tracker)
    this.#experimentId = null
  }

  /** The tracker, opened when it is needed first. */
  tracker(): Promise<Tracker> {
    this.#opening ??= this.#open()
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

  /** The experiment of runs that name none. */
  async experimentId(): Promise<string> {
    return (await this.#experiment(await this.tracker())) ?? '0'
  }

  /** The run that a log call goes to: the innermost active one, else one that is started now. */
  current(): StackedRun {
    const top = this.#stack().top()
    if (top !== null) return top
    if (this.#tracker === null)
      throw new TrackletError(
        'INVALID_STATE',
        "No store is open yet. Call 'await setExperiment(name)' or 'await startRun()' first.",
      )
    const started = this.#push(this.#root, this.#start({}, null))
    started.ready.catch((error: unknown) => {
      // Callers that wait are told by themselves; of calls that return nothing somebody must speak.
      if (started.waiting > 0) this.#failures.push(toTrackletError(error))
    })
    return started
  }

  /**
   * The tracker, once the runs that are being started exist: what was logged to them is then on its way.
   * Throws why a run could not be started that a log call wanted.
   */
  async settled(): Promise<Tracker> {
    const tracker = await this.tracker()
    await Promise.allSettled([...this.#live].map(({ ready }) => ready))
    this.#throwFailure()
    return tracker
  }

  /** The same, for calls that can wait: opens the store when needed. */
  async currentReady(): Promise<ActiveRun> {
    if (this.#stack().top() === null) await this.tracker()
    return this.current().ready
  }

  /** The innermost active run, as far as it exists already. */
  active(): ActiveRun | null {
    return this.#stack().top()?.run ?? null
  }

  /** Starts a run and makes it the innermost of the calling scope. */
  async start(options: FluentStartRun): Promise<ActiveRun> {
    const stack = this.#stack()
    const parent = this.#checkStart(stack, options)
    return this.#push(stack, this.#start(options, parent)).ready
  }

  /** Runs `fn` with a run of its own as the innermost. */
  async withRun<T>(options: FluentStartRun, fn: (run: ActiveRun) => T | Promise<T>): Promise<T> {
    const outer = this.#stack()
    const parent = this.#checkStart(outer, options)
    const { run: isolate } = this.#port.scope
    const stack = isolate === undefined ? outer : new RunStack(outer)
    const stacked = this.#push(stack, this.#start(options, parent))
    const body = (): Promise<T> => this.#during(stack, stacked, fn)
    return isolate === undefined ? body() : isolate(stack, body)
  }

  /** Takes the innermost run off and ends it; nothing when there is none. */
  async end(status: RunStatus): Promise<void> {
    validateStatus(status)
    const stack = this.#stack()
    const top = stack.top()
    this.#port.env.delete('MLFLOW_RUN_ID')
    if (top === null) return this.#throwFailure()
    this.#remove(stack, top)
    const run = await top.ready
    this.#lastRunId = run.id
    await run.end(status)
  }

  /** Ends every run that is active in any scope. */
  async endAll(status: RunStatus): Promise<void> {
    const live = [...this.#live].reverse()
    this.#live.clear()
    const ended = await Promise.allSettled(
      live.map(async (stacked) => (stacked.run ?? (await stacked.ready)).end(status)),
    )
    const failed = ended.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** The same for the last moment of a process: what can be done without waiting. */
  endAllNow(status: RunStatus): void {
    for (const { run } of [...this.#live].reverse()) void run?.end(status).catch(() => undefined)
    this.#live.clear()
  }

  /** The innermost active run, else the one that ended last, as it is stored now. */
  async last(): Promise<Run | null> {
    const active = this.#stack().top()
    if (active !== null) return (await active.ready).read()
    return this.#lastRunId === null ? null : (await this.tracker()).getRun(this.#lastRunId)
  }

  /** Ends what is active and closes the tracker; the next call opens it again. */
  async close(): Promise<void> {
    const opening = this.#opening
    if (opening === null) return
    const tracker = await opening
    try {
      await this.endAll('FINISHED')
    } finally {
      this.#forget()
      await tracker.close()
    }
    this.#throwFailure()
  }

  #forget(): void {
    this.#tracker = null
    this.#opening = null
    if (this.#experimentId !== null) this.#port.env.delete('MLFLOW_EXPERIMENT_ID')
    this.#experimentId = null
  }

  #stack(): RunStack {
    return this.#port.scope.current() ?? this.#root
  }

  async #open(): Promise<Tracker> {
    try {
      this.#tracker = await this.#port.openTracker(this.#uri)
      return this.#tracker
    } catch (error) {
      this.#opening = null
      throw error
    }
  }

  #checkStart(stack: RunStack, { nested, parentRunId }: FluentStartRun): ActiveRun | null {
    const top = stack.top()
    if (top === null) return null
    if (top.run === null)
      throw new TrackletError(
        'INVALID_STATE',
        'Another run is being started here. Await its startRun() first, or use withRun() for runs side by side.',
      )
    const { id } = top.run
    if (!nested)
      throw new TrackletError(
        'INVALID_STATE',
        `Run with UUID ${id} is already active. To start a new run, first end the current run with endRun(). ` +
          'To start a nested run, call startRun with nested: true',
      )
    this.#checkNesting(id, parentRunId)
    return top.run
  }

  #checkNesting(active: string, parentRunId: string | undefined): void {
    if (this.#port.scope.run === undefined)
      throw new TrackletError(
        'INVALID_STATE',
        `Run ${active} is active, and a page cannot tell which of two log calls mean. ` +
          'Use handles: (await tracker.startRun({ parent })).logMetric(...)',
      )
    if (parentRunId !== undefined && parentRunId !== active)
      throw invalid(
        `Current run with UUID ${active} does not match the specified parentRunId ${parentRunId}. ` +
          'First end the current run with endRun().',
      )
  }

  #throwFailure(): void {
    const [failure] = this.#failures.splice(0)
    if (failure !== undefined) throw failure
  }

  #push(stack: RunStack, starting: Promise<ActiveRun>): StackedRun {
    const stacked = new StackedRun(starting)
    stack.push(stacked)
    this.#live.add(stacked)
    stacked.ready.catch(() => this.#remove(stack, stacked))
    return stacked
  }

  #remove(stack: RunStack, stacked: StackedRun): void {
    stack.remove(stacked)
    this.#live.delete(stacked)
  }

  async #start(options: FluentStartRun, active: ActiveRun | null): Promise<ActiveRun> {
    const { runName, nested: _, parentRunId, runId = this.#environmentRun(), ...rest } = options
    const tracker = this.#tracker ?? (await this.tracker())
    const parent = parentRunId ?? active ?? undefined
    const experimentId =
      runId === undefined ? (options.experimentId ?? (await this.#experiment(tracker))) : undefined
    if (runId !== undefined) await this.#checkResumed(tracker, runId)
    const start: StartRun = {
      ...rest,
      ...(runId === undefined ? {} : { runId }),
      ...(experimentId === undefined ? {} : { experimentId }),
      ...(runName === undefined ? {} : { name: runName }),
      ...(parent === undefined ? {} : { parent }),
    }
    return tracker.startRun(start)
  }

  #environmentRun(): string | undefined {
    const runId = this.#port.env.get('MLFLOW_RUN_ID')
    this.#port.env.delete('MLFLOW_RUN_ID')
    return runId
  }

  async #checkResumed(tracker: Tracker, runId: string): Promise<void> {
    const active = await this.#experimentId
    if (active === null) return
    const { info } = await tracker.getRun(runId)
    if (info.experimentId === active) return
    throw invalid(
      `Cannot start run with ID ${runId} because it belongs to experiment ${info.experimentId}, ` +
        `while experiment ${active} is the active one. Call setExperiment({ experimentId: '${info.experimentId}' }) first.`,
    )
  }

  async #experiment(tracker: Tracker): Promise<string | undefined> {
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

  async #during<T>(
    stack: RunStack,
    stacked: StackedRun,
    fn: (run: ActiveRun) => T | Promise<T>,
  ): Promise<T> {
    const run = await stacked.ready
    let result: T
    try {
      result = await fn(run)
    } catch (error) {
      this.#leave(stack, stacked, run)
      // The caller's own error is thrown; a failure to write it down must not take its place.
      await run.fail(error).catch((failure: unknown) => run.noteRefusal(failure as TrackletError))
      throw error
    }
    this.#leave(stack, stacked, run)
    await run.end(run.signal.aborted ? 'KILLED' : 'FINISHED')
    return result
  }

  #leave(stack: RunStack, stacked: StackedRun, run: ActiveRun): void {
    this.#remove(stack, stacked)
    this.#lastRunId = run.id
  }
}

import { invalid } from '../entities/invalid.js'
import type { Run, RunStatus } from '../entities/run.js'
import { validateStatus } from '../entities/validate.js'
import { TrackletError, toTrackletError } from '../errors.js'
import type { ActiveRun } from './active-run.js'
import { FluentStore, type FluentStorePort } from './fluent-store.js'
import { RunStack, StackedRun } from './run-stack.js'
import type { StartRun } from './start-run.js'
import type { Tracker } from './tracker.js'
import type { ParamValue } from './values.js'

/** What the fluent functions need of a platform. */
export interface FluentPort extends FluentStorePort {
  /** Where the active runs of the calling code are kept. */
  readonly scope: FluentScope
}

/** Keeps stacks of active runs apart. */
export interface FluentScope {
  /** The stack in force here; undefined for the outermost one. */
  readonly current: () => RunStack | undefined
  /** Calls `fn` with a stack of its own in force; absent where the platform cannot follow async calls. */
  readonly run?: <T>(stack: RunStack, fn: () => T) => T
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

/** The active runs behind the fluent functions: a stack of them in each scope. */
export class FluentRuns {
  readonly store: FluentStore
  readonly #port: FluentPort
  readonly #root = new RunStack(null)
  readonly #live = new Set<StackedRun>()
  #lastRunId: string | null = null
  readonly #failures: TrackletError[] = []

  constructor(port: FluentPort) {
    this.#port = port
    this.store = new FluentStore(port)
  }

  /** The run that a log call goes to: the innermost active one, else one that is started now. */
  current(): StackedRun {
    const top = this.#stack().top()
    if (top !== null) return top
    if (this.store.opened === null)
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
    const tracker = await this.store.tracker()
    await Promise.allSettled([...this.#live].map(({ ready }) => ready))
    this.#throwFailure()
    return tracker
  }

  /** The same, for calls that can wait: opens the store when needed. */
  async currentReady(): Promise<ActiveRun> {
    if (this.#stack().top() === null) await this.store.tracker()
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
      live.map(async ({ run, ready }) => (run ?? (await ready.catch(() => null)))?.end(status)),
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
    return this.#lastRunId === null ? null : (await this.store.tracker()).getRun(this.#lastRunId)
  }

  /** Ends what is active and closes the tracker; the next call opens it again. */
  async close(): Promise<void> {
    if (!this.store.inUse) return
    try {
      await this.endAll('FINISHED')
    } finally {
      await this.store.close()
    }
    this.#throwFailure()
  }

  #stack(): RunStack {
    return this.#port.scope.current() ?? this.#root
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
    for (const old of this.#live) if (old.run?.isActive === false) this.#live.delete(old)
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
    const tracker = this.store.opened ?? (await this.store.tracker())
    const parent = parentRunId ?? active ?? undefined
    const experimentId =
      runId === undefined
        ? (options.experimentId ?? (await this.store.experimentId(tracker)))
        : undefined
    if (runId !== undefined) await this.store.checkResumed(tracker, runId)
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

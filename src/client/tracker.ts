import type { Durability } from '../adapter.js'
import type { SeriesComparison, SeriesComparisonQuery } from '../compare/series-comparison.js'
import type { Experiment } from '../entities/experiment.js'
import type { Run } from '../entities/run.js'
import type { TrackletError } from '../errors.js'
import type { ImportInput } from './open-input.js'
import type { ImportReport } from '../import/report.js'
import type { ExportOptions, ExportZipOptions } from '../mlruns/export-options.js'
import type { ExportReport } from '../mlruns/export-report.js'
import type { SqlArgument, SqlOptions } from '../store/analysis-store.js'
import type { SimilarRun } from '../search/similar-query.js'
import type { StorageInfo, Store } from '../store/store.js'
import { ActiveRun } from './active-run.js'
import { MlflowClient } from './client.js'
import { compareRuns, type CompareRunsOptions, type RunComparison } from './compare-runs.js'
import { addAsyncDispose } from './dispose.js'
import { exportTo, type ExportTarget } from './export-to.js'
import { exportZip } from './export-zip.js'
import { importFrom, type ImportFrom } from './import-from.js'
import { ResultTable } from './result-table.js'
import type { RunList } from './run-list.js'
import { runsTable, type RunsTableOptions } from './runs-table.js'
import { searchRuns, type SearchRuns } from './search-runs.js'
import { Session, type TrackerOptions } from './session.js'
import { setExperiment, type SetExperiment } from './set-experiment.js'
import { findSimilarRuns, type SimilarRunsOptions } from './similar-runs.js'
import { startRun, type StartRun } from './start-run.js'
import { Watch, type WatchOptions } from './watch.js'

/** Puts a tracker over anything that implements the store ports. */
export function createTracker(store: Store, options: TrackerOptions = {}): Tracker {
  return new Tracker(store, options)
}

/**
 * Experiment tracking over one store. Writes that the store refuses in the background are dispatched as `error`
 * events (a CustomEvent whose `detail` is the TrackletError) and thrown by the next `flush()`, `run.end()` or
 * `close()`, whichever comes first. Every method throws INVALID_STATE after `close()`.
 */
export class Tracker extends EventTarget {
  /** Closes the tracker. Only where the platform has the symbol. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>
  /** Everything by id, as in MLflow's MlflowClient. */
  readonly client: MlflowClient
  readonly #session: Session

  /** See `createTracker`. */
  constructor(store: Store, options: TrackerOptions) {
    super()
    this.#session = new Session(store, options, (error) => this.#dispatch(error))
    this.client = new MlflowClient(this.#session)
  }

  /** The experiment that new runs belong to; "0", Default, until `setExperiment` was called. */
  get experimentId(): string {
    return this.#session.experimentId
  }

  /** Makes an experiment the active one, creating it by name where there is none. Tags are set on it. */
  setExperiment(
    experiment: string | { readonly experimentId: string },
    options?: SetExperiment,
  ): Promise<Experiment> {
    return setExperiment(this.#session, experiment, options)
  }

  /** Starts a run, or resumes one. It lasts until `run.end()`; aborting `signal` ends it as KILLED. */
  async startRun(options: StartRun = {}): Promise<ActiveRun> {
    const run = await startRun(this.#session, options)
    return new ActiveRun(this.#session, run, options.signal, options.signal !== undefined)
  }

  /**
   * Runs `fn` inside a run: FINISHED when it returns; FAILED when it throws, with the artifact `error.txt`, and the
   * error is thrown again; KILLED when `signal` was aborted meanwhile.
   */
  async run<T>(options: StartRun, fn: (run: ActiveRun) => T | Promise<T>): Promise<T> {
    const run = new ActiveRun(this.#session, await startRun(this.#session, options), options.signal)
    let result: T
    try {
      result = await fn(run)
    } catch (error) {
      await this.#endAfter(run, error)
      throw error
    }
    await run.end(run.signal.aborted ? 'KILLED' : 'FINISHED')
    return result
  }

  /** A handle on a run that exists; its status stays as it is. */
  async openRun(runId: string): Promise<ActiveRun> {
    return new ActiveRun(this.#session, await this.#session.store.getRun(runId))
  }

  /** A run as it is stored, with all that was logged before. RESOURCE_DOES_NOT_EXIST where there is none. */
  async getRun(runId: string): Promise<Run> {
    return this.#session.store.getRun(runId)
  }

  /** Runs that a search finds, in MLflow's grammar, fetched as they are read. */
  searchRuns(options?: SearchRuns): RunList {
    return searchRuns(this.#session, options)
  }

  /** The same as a table: rows, CSV, Arrow, with the columns of pandas' frame of `mlflow.search_runs`. */
  async runsTable(options?: RunsTableOptions): Promise<ResultTable> {
    return runsTable(this.#session, options)
  }

  /** Runs beside each other: their params, latest metrics and tags, by key. */
  async compareRuns(
    runIds: readonly string[],
    options?: CompareRunsOptions,
  ): Promise<RunComparison> {
    return compareRuns(this.#session.store, runIds, options)
  }

  /** The active runs whose params and metrics are nearest to those of a run. */
  async findSimilarRuns(
    runId: string,
    options?: SimilarRunsOptions,
  ): Promise<readonly SimilarRun[]> {
    return findSimilarRuns(this.#session.store, runId, options)
  }

  /** Curves of many runs: on one axis, smoothed, divided by one another, in bands by group, thinned out for a chart. */
  async compareSeries(query: SeriesComparisonQuery): Promise<SeriesComparison> {
    return this.#session.store.compareSeries(query)
  }

  /** Read-only SQL over views with MLflow's tables and columns (src/store/SQL.md); `?` stand for `args`. */
  async sql(
    text: string,
    args?: readonly SqlArgument[],
    options?: SqlOptions,
  ): Promise<ResultTable> {
    return new ResultTable(await this.#session.store.sql(text, args, options))
  }

  /** Changes as they happen, for a `for await` loop; the signal or `close()` ends it. */
  watch(options: WatchOptions = {}): Watch {
    return new Watch(() => this.#session.store, options, this.#session.watches)
  }

  /**
   * Takes in what MLflow, or another tracklet, has tracked: a zip of an `mlruns` folder, the folder, or an `mlflow.db`,
   * with ids, times, histories, files, models, traces and the registry. Everything is read and checked first; then each
   * experiment comes in one step. What is here already stays as it is unless `onConflict` says otherwise, so that
   * importing twice adds nothing.
   */
  importFrom(input: ImportInput, options?: ImportFrom): Promise<ImportReport> {
    return importFrom(this.#session, input, options)
  }

  /**
   * Everything, or a part, as a zip of MLflow's `mlruns/` folder, made while it is read: experiments, runs, histories,
   * files, logged models, traces and the registry. `onReport` is told what is in it, and what the format cannot hold.
   */
  exportZip(options?: ExportZipOptions): ReadableStream<Uint8Array> {
    return exportZip(this.#session, options)
  }

  /**
   * The same as files in a folder that is new or empty: a path, or in a page a directory handle. Tells what was written,
   * and what MLflow's format or this file system cannot hold. Where it fails nothing stays.
   */
  exportTo(target: ExportTarget, options?: ExportOptions): Promise<ExportReport> {
    return exportTo(this.#session, target, options)
  }

  /** What the store holds, what it costs, and whether it is sound. */
  async storage(): Promise<StorageInfo> {
    return this.#session.store.storage()
  }

  /**
   * Resolves when all that was logged is stored; with `strict`, so that it survives power loss.
   * Throws what the store refused since it was told last.
   */
  async flush(options: { durability?: Durability } = {}): Promise<void> {
    const { store, batcher } = this.#session
    await batcher.settle()
    await store.flush(options)
    this.#session.throwRefusals()
  }

  /** Has the store write a checkpoint; it does so by itself when due. */
  async checkpoint(): Promise<void> {
    return this.#session.store.checkpoint()
  }

  /**
   * Has all that was logged stored when it returns, for the last moment of a process or page; false where the
   * store works elsewhere and it could only be sent.
   */
  commitSync(): boolean {
    return this.#session.commitSync()
  }

  /** Stores everything strictly, ends subscriptions, releases the store. Runs stay as they are. Harmless twice. */
  close(): Promise<void> {
    return this.#session.close()
  }

  async #endAfter(run: ActiveRun, error: unknown): Promise<void> {
    try {
      if (run.signal.aborted) await run.end('KILLED')
      else await run.fail(error)
    } catch (failure) {
      // The caller's own error is thrown; this one must not take its place.
      this.#session.report(failure)
    }
  }

  #dispatch(error: TrackletError): void {
    this.dispatchEvent(new CustomEvent('error', { detail: error }))
  }
}

addAsyncDispose(Tracker.prototype, (tracker) => tracker.close())

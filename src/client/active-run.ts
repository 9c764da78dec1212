import type { FigureSource } from '../artifacts/figure.js'
import type { ImageSource } from '../artifacts/image-encoding.js'
import type { ImageTarget } from '../artifacts/image.js'
import type { ArtifactSource } from '../artifacts/source.js'
import type { TableData } from '../artifacts/table-data.js'
import type { DirectoryHandleLike } from '../artifacts/write.js'
import type { FileInfo } from '../entities/file-info.js'
import type { Int64 } from '../entities/int64.js'
import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { Run, RunStatus } from '../entities/run.js'
import { validateStatus } from '../entities/validate.js'
import { toTrackletError } from '../errors.js'
import { datasetToInput, type DatasetGiven, type InputOptions } from './dataset-input.js'
import { addAsyncDispose } from './dispose.js'
import { errorToText } from './error-text.js'
import { sendBatch, type BatchInput } from './log-batch.js'
import { MetricSeries } from './metric-series.js'
import {
  RunArtifacts,
  type LogArtifactOptions,
  type ReadOptions,
  type WriteOptions,
} from './run-artifacts.js'
import type { RunList } from './run-list.js'
import { RunLogger } from './run-logger.js'
import { searchRuns } from './search-runs.js'
import type { Session } from './session.js'
import { toMilliseconds, toStep, type Timestamp } from './values.js'

/** What `run.history` reads. */
export interface HistoryOptions {
  /** Inclusive range of steps. */
  readonly fromStep?: Int64
  readonly toStep?: Int64
  /** At most this many points; the range's minimum, maximum, first and last are always among them. */
  readonly maxPoints?: number
}

/**
 * A handle on a run, to write to it and to read it. Small writes return at once (see `RunLogger`), the others are
 * async. `end()` means FINISHED; a block left through `await using` without it means FAILED.
 */
export class ActiveRun extends RunLogger {
  /** Ends the run as FAILED unless it was ended. Only where the platform has the symbol. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>
  /** Aborted when the signal is that the run was started with: what trains should stop. */
  readonly signal: AbortSignal
  readonly #artifacts: RunArtifacts
  #ending: Promise<void> | null = null
  #unlisten = (): void => undefined

  /** Made by a tracker. `endOnAbort` says whether the handle itself ends the run as KILLED on abort. */
  constructor(session: Session, run: Run, signal?: AbortSignal, endOnAbort = false) {
    super(session, run)
    this.#artifacts = new RunArtifacts(session, run.info.runId)
    this.signal = signal ?? new AbortController().signal
    if (!endOnAbort) return
    const kill = (): void => void this.end('KILLED').catch((error) => session.report(error))
    this.signal.addEventListener('abort', kill)
    this.#unlisten = () => this.signal.removeEventListener('abort', kill)
    if (this.signal.aborted) kill()
  }

  /** Writes metrics, params and tags in one go: all or nothing within MLflow's limits. */
  async logBatch(batch: BatchInput): Promise<void> {
    this.assertWritable()
    await sendBatch(this.session.store, this.id, batch)
  }

  /** Stores a text as a UTF-8 file. */
  async logText(text: string, artifactFile: string, options?: WriteOptions): Promise<void> {
    this.assertWritable()
    await this.#artifacts.logText(text, artifactFile, options)
  }

  /** Stores a value as JSON, or as YAML where the name ends in `.yml` or `.yaml`. */
  async logDict(value: unknown, artifactFile: string, options?: WriteOptions): Promise<void> {
    this.assertWritable()
    await this.#artifacts.logDict(value, artifactFile, options)
  }

  /**
   * Stores an image and gives its path: one file with `{ artifactFile }`, or a step of a series with
   * `{ key, step, timestamp }`.
   */
  async logImage(image: ImageSource, target: ImageTarget, options?: WriteOptions): Promise<string> {
    this.assertWritable()
    return this.#artifacts.logImage(image, target, options)
  }

  /** Stores a figure (canvas, SVG, Plotly) in the format that the name's extension says. */
  async logFigure(
    figure: FigureSource,
    artifactFile: string,
    options?: WriteOptions,
  ): Promise<void> {
    this.assertWritable()
    await this.#artifacts.logFigure(figure, artifactFile, options)
  }

  /** Stores a table as `.json`; rows logged again to one file are appended. */
  async logTable(data: TableData, artifactFile: string, options?: WriteOptions): Promise<void> {
    this.assertWritable()
    await this.#artifacts.logTable(data, artifactFile, options)
  }

  /**
   * Stores one file. A source with a name (a local path, a File, a file handle, or `options.name`) goes into the
   * directory `artifactPath`; one without (bytes, a Blob, a stream) is stored at `artifactPath` itself.
   */
  async logArtifact(
    source: ArtifactSource,
    artifactPath?: string,
    options?: LogArtifactOptions,
  ): Promise<void> {
    this.assertWritable()
    await this.#artifacts.logArtifact(source, artifactPath, options)
  }

  /** Stores a directory, by local path or as a browser's handle, with all below it. */
  async logArtifacts(
    directory: string | DirectoryHandleLike,
    artifactPath?: string,
    options?: WriteOptions,
  ): Promise<void> {
    this.assertWritable()
    await this.#artifacts.logArtifacts(directory, artifactPath, options)
  }

  /** Links a dataset to the run. */
  async logInput(dataset: DatasetGiven, options?: InputOptions): Promise<void> {
    this.assertWritable()
    await this.session.store.logInputs(this.id, [datasetToInput(dataset, options)])
  }

  /** Removes a tag. RESOURCE_DOES_NOT_EXIST where there is none. */
  async deleteTag(key: string): Promise<void> {
    this.assertWritable()
    await this.session.store.deleteTag(this.id, key)
  }

  /** The run as it is stored now. */
  async read(): Promise<Run> {
    return this.session.store.getRun(this.id)
  }

  /** A metric's history as typed arrays, by step; no points for an unknown key. */
  async history(key: string, options: HistoryOptions = {}): Promise<MetricSeries> {
    const { fromStep, toStep: last, maxPoints } = options
    const columns = await this.session.store.getMetricColumns({
      runId: this.id,
      key,
      ...(fromStep === undefined ? {} : { fromStep: toStep(fromStep) }),
      ...(last === undefined ? {} : { toStep: toStep(last) }),
      ...(maxPoints === undefined ? {} : { maxPoints }),
    })
    return new MetricSeries(key, columns)
  }

  /** Entries directly below `path` (the root when absent), by path. */
  listArtifacts(path?: string): Promise<readonly FileInfo[]> {
    return this.#artifacts.list(path)
  }

  /** A file, whole. RESOURCE_DOES_NOT_EXIST where there is none. */
  openArtifact(path: string, options?: ReadOptions): Promise<Blob> {
    return this.#artifacts.open(path, options)
  }

  /** A file as a stream, read as it is asked for; its errors are the stream's. */
  readArtifact(path: string, options?: ReadOptions): ReadableStream<Uint8Array> {
    return this.#artifacts.read(path, options)
  }

  /** Deletes a file, or a directory with all below it; all files of the run when no path is given. */
  async deleteArtifacts(path?: string): Promise<void> {
    this.assertWritable()
    await this.#artifacts.delete(path)
  }

  /** The runs started with this one as their parent, in its experiment. Newest first. */
  children(): RunList {
    const filter = `tags.\`${MLFLOW_TAGS.parentRunId}\` = '${this.id}'`
    return searchRuns(this.session, { experimentIds: [this.info.experimentId], filter })
  }

  /** The run that this one is a child of; null when it is none. */
  async parent(): Promise<Run | null> {
    const parentId = (await this.read()).data.tags[MLFLOW_TAGS.parentRunId]
    return parentId === undefined ? null : this.session.store.getRun(parentId)
  }

  /** Resolves when all that was logged is stored; throws what the store refused of this run since it was told last. */
  async flush(options: { durability?: 'default' | 'strict' } = {}): Promise<void> {
    const { store, batcher } = this.session
    await batcher.settle()
    await store.flush(options)
    this.#throwRefusals()
  }

  /**
   * Ends the run, strictly durable, then throws what the store refused of it. Ending twice is harmless.
   * `endTime` is now by default.
   */
  end(status: RunStatus = 'FINISHED', endTime?: Timestamp): Promise<void> {
    if (this.#ending !== null) return this.#ending
    try {
      this.session.assertOpen()
      const time = endTime === undefined ? Date.now() : toMilliseconds(endTime, 'end_time')
      this.#ending = this.#end({ status: validateStatus(status), endTime: time })
      return this.#ending
    } catch (error) {
      return Promise.reject(toTrackletError(error))
    }
  }

  /** Ends the run as FAILED, with the error's stack and causes in the artifact `error.txt`. */
  async fail(error: unknown): Promise<void> {
    if (this.#ending !== null) return this.#ending
    const written = await settled(this.#artifacts.logText(errorToText(error), 'error.txt'))
    await this.end('FAILED')
    await written()
  }

  async #end(change: { status: RunStatus; endTime: number }): Promise<void> {
    const { session } = this
    const updated = session.store.updateRun(this.id, change)
    this.ended = true
    try {
      this.runInfo = await updated
    } catch (error) {
      this.ended = false
      this.#ending = null
      throw error
    }
    this.#unlisten()
    await session.batcher.settle()
    await session.store.flush({ durability: 'strict' })
    session.batcher.release(this.ledger)
    this.#throwRefusals()
  }

  #throwRefusals(): void {
    const refused = this.session.batcher.takeRefusals(this.ledger)
    if (refused !== null) throw refused
  }
}

addAsyncDispose(ActiveRun.prototype, (run) => run.end('FAILED'))

/** Waits for a promise; what it gives throws its failure later. */
async function settled(promise: Promise<unknown>): Promise<() => Promise<unknown>> {
  await promise.catch(() => undefined)
  return () => promise
}

import type { FigureSource } from '../artifacts/figure.js'
import type { ImageSource } from '../artifacts/image-encoding.js'
import type { ImageTarget } from '../artifacts/image.js'
import type { ArtifactSource } from '../artifacts/source.js'
import type { Table, TableData } from '../artifacts/table-data.js'
import type { DirectoryHandleLike } from '../artifacts/write.js'
import type { Durability } from '../adapter.js'
import type { Experiment } from '../entities/experiment.js'
import type { FileInfo } from '../entities/file-info.js'
import { invalid } from '../entities/invalid.js'
import type { ModelVersion } from '../entities/registered-model.js'
import type { Run, RunStatus } from '../entities/run.js'
import type { ActiveRun } from './active-run.js'
import type { DatasetGiven, InputOptions } from './dataset-input.js'
import type { ExperimentPage, SearchExperiments } from './experiments.js'
import { FluentRuns, type FluentPort, type FluentStartRun } from './fluent-runs.js'
import { loggedModelFunctions, type LoggedModelFluent } from './logged-model-fluent.js'
import type { RegisterModelOptions } from './registry-client.js'
import type { LogArtifactOptions, WriteOptions } from './run-artifacts.js'
import { RunList } from './run-list.js'
import type { MetricOptions } from './run-logger.js'
import type { SearchRuns } from './search-runs.js'
import type { SetExperiment } from './set-experiment.js'
import type { Tracker } from './tracker.js'
import type { MetricValue, ParamValue } from './values.js'

/**
 * MLflow's functions over one default tracker and the active run. A log call without an active run starts one, which
 * stays active. Calls that return nothing need an open store: `await setExperiment(...)` or `await startRun()` first.
 */
export interface Fluent extends LoggedModelFluent {
  /** Chooses the store; INVALID_STATE while another one is open. */
  setTrackingUri(uri: string): void
  /** The URI of the store that is open or will be. */
  getTrackingUri(): string
  /** Uses a tracker that is open already. */
  setTracker(tracker: Tracker): void
  /** The default tracker, opened when it is needed first. */
  getTracker(): Promise<Tracker>
  /** Makes an experiment the active one, creating it by name where there is none. */
  setExperiment(
    experiment: string | { readonly experimentId: string },
    options?: SetExperiment,
  ): Promise<Experiment>
  /** Makes an experiment, gives its id. */
  createExperiment(
    name: string,
    options?: { artifactLocation?: string; tags?: Readonly<Record<string, ParamValue>> },
  ): Promise<string>
  getExperiment(experimentId: string): Promise<Experiment>
  /** Null where there is none. */
  getExperimentByName(name: string): Promise<Experiment | null>
  searchExperiments(options?: SearchExperiments): Promise<ExperimentPage>
  deleteExperiment(experimentId: string): Promise<void>
  /** Sets a tag of the active experiment. */
  setExperimentTag(key: string, value: ParamValue): Promise<void>
  /** Sets tags of the active experiment. */
  setExperimentTags(tags: Readonly<Record<string, ParamValue>>): Promise<void>
  /** Starts a run, or resumes one, and makes it the active one. INVALID_STATE while one is, unless `nested`. */
  startRun(options?: FluentStartRun): Promise<ActiveRun>
  /** Ends the active run; nothing when there is none. */
  endRun(status?: RunStatus): Promise<void>
  /** Runs `fn` with an active run of its own: FINISHED, or FAILED with `error.txt` when it throws. */
  withRun<T>(options: FluentStartRun, fn: (run: ActiveRun) => T | Promise<T>): Promise<T>
  /** The active run; null when there is none, or it is still being started. */
  activeRun(): ActiveRun | null
  /** The active run, else the one that ended last, as it is stored now; null when there was none. */
  lastActiveRun(): Promise<Run | null>
  getRun(runId: string): Promise<Run>
  /** The run that this one is a child of; null when it is none. */
  getParentRun(runId: string): Promise<Run | null>
  deleteRun(runId: string): Promise<void>
  /** Runs of the active experiment, or of those named, that a search finds. */
  searchRuns(options?: SearchRuns): RunList
  logMetric(key: string, value: MetricValue, options?: MetricOptions): void
  logMetrics(metrics: Readonly<Record<string, MetricValue>>, options?: MetricOptions): void
  /** Gives the value back. */
  logParam<T extends ParamValue>(key: string, value: T): T
  logParams(params: Readonly<Record<string, ParamValue>>): void
  setTag(key: string, value: ParamValue): void
  setTags(tags: Readonly<Record<string, ParamValue>>): void
  deleteTag(key: string): Promise<void>
  logText(text: string, artifactFile: string, options?: WriteOptions): Promise<void>
  logDict(value: unknown, artifactFile: string, options?: WriteOptions): Promise<void>
  logArtifact(
    source: ArtifactSource,
    artifactPath?: string,
    options?: LogArtifactOptions,
  ): Promise<void>
  logArtifacts(
    directory: string | DirectoryHandleLike,
    artifactPath?: string,
    options?: WriteOptions,
  ): Promise<void>
  /** Gives the image's path. */
  logImage(image: ImageSource, target: ImageTarget, options?: WriteOptions): Promise<string>
  logFigure(figure: FigureSource, artifactFile: string, options?: WriteOptions): Promise<void>
  logTable(data: TableData, artifactFile: string, options?: WriteOptions): Promise<void>
  /** Rows of the runs of the active experiment, or of those named. */
  loadTable(
    artifactFile: string,
    options?: WriteOptions & {
      readonly runIds?: readonly string[]
      readonly extraColumns?: readonly string[]
    },
  ): Promise<Table>
  logInput(dataset: DatasetGiven, options?: InputOptions): Promise<void>
  /** Files of the active run. */
  listArtifacts(path?: string): Promise<readonly FileInfo[]>
  /** The active run's artifact URI, or that of `path` below it. */
  getArtifactUri(path?: string): Promise<string>
  /** Registers the model at `runs:/<run id>/<path>`, or another URI, as the next version of `name`. */
  registerModel(
    modelUri: string,
    name: string,
    options?: RegisterModelOptions,
  ): Promise<ModelVersion>
  /** Resolves when all that was logged is stored. */
  flush(options?: { durability?: Durability }): Promise<void>
  /** Ends the active runs as FINISHED and closes the store. */
  close(): Promise<void>
}

/** The fluent functions for one platform. Nothing is opened before it is needed. */
export function createFluent(port: FluentPort): { fluent: Fluent; runs: FluentRuns } {
  const runs = new FluentRuns(port)
  const fluent: Fluent = {
    ...storeFunctions(runs),
    ...runFunctions(runs),
    ...logFunctions(runs),
    ...fileFunctions(runs),
    ...loggedModelFunctions(runs, () => activeExperiment(runs)),
  }
  return { fluent, runs }
}

type Part<K extends keyof Fluent> = Pick<Fluent, K>

function storeFunctions(
  runs: FluentRuns,
): Part<
  | 'setTrackingUri'
  | 'getTrackingUri'
  | 'setTracker'
  | 'getTracker'
  | 'setExperiment'
  | 'createExperiment'
  | 'getExperiment'
  | 'getExperimentByName'
  | 'searchExperiments'
  | 'deleteExperiment'
  | 'setExperimentTag'
  | 'setExperimentTags'
  | 'registerModel'
  | 'flush'
  | 'close'
> {
  const client = async (): Promise<Tracker['client']> => (await runs.settled()).client
  const setTags = async (tags: Readonly<Record<string, ParamValue>>): Promise<void> => {
    const [api, experimentId] = [await client(), await activeExperiment(runs)]
    for (const [key, value] of Object.entries(tags))
      await api.setExperimentTag(experimentId, key, value)
  }
  return {
    setTrackingUri: (uri) => runs.store.setUri(uri),
    getTrackingUri: () => runs.store.uri,
    setTracker: (tracker) => runs.store.setTracker(tracker),
    getTracker: () => runs.settled(),
    setExperiment: (experiment, options) =>
      runs.store.setExperiment((tracker) => tracker.setExperiment(experiment, options)),
    createExperiment: async (name, options) => (await client()).createExperiment(name, options),
    getExperiment: async (experimentId) => (await client()).getExperiment(experimentId),
    getExperimentByName: async (name) => (await client()).getExperimentByName(name),
    searchExperiments: async (options) => (await client()).searchExperiments(options),
    deleteExperiment: async (experimentId) => (await client()).deleteExperiment(experimentId),
    setExperimentTag: (key, value) => setTags({ [key]: value }),
    setExperimentTags: setTags,
    registerModel: async (uri, name, options) => (await client()).registerModel(uri, name, options),
    flush: async (options) => (await runs.settled()).flush(options),
    close: () => runs.close(),
  }
}

async function activeExperiment(runs: FluentRuns): Promise<string> {
  return (await runs.store.experimentId(await runs.store.tracker())) ?? '0'
}

function runFunctions(
  runs: FluentRuns,
): Part<
  | 'startRun'
  | 'endRun'
  | 'withRun'
  | 'activeRun'
  | 'lastActiveRun'
  | 'getRun'
  | 'getParentRun'
  | 'deleteRun'
  | 'searchRuns'
> {
  return {
    startRun: (options = {}) => runs.start(options),
    endRun: (status = 'FINISHED') => runs.end(status),
    withRun: (options, fn) => runs.withRun(options, fn),
    activeRun: () => runs.active(),
    lastActiveRun: () => runs.last(),
    getRun: async (runId) => (await runs.settled()).getRun(runId),
    getParentRun: async (runId) => (await runs.settled()).client.getParentRun(runId),
    deleteRun: async (runId) => (await runs.settled()).client.deleteRun(runId),
    searchRuns: (options = {}) =>
      new RunList(async (token) => {
        const tracker = await runs.settled()
        const named =
          options.experimentIds ?? options.experimentNames ?? options.searchAllExperiments
        const experimentIds = named === undefined ? [await activeExperiment(runs)] : undefined
        const where = experimentIds === undefined ? options : { ...options, experimentIds }
        return tracker.searchRuns(where).page(token)
      }),
  }
}

function logFunctions(
  runs: FluentRuns,
): Part<'logMetric' | 'logMetrics' | 'logParam' | 'logParams' | 'setTag' | 'setTags'> {
  return {
    logMetric(key, value, options) {
      const timed = { ...options, timestamp: options?.timestamp ?? Date.now() }
      runs.current().log((run) => run.logMetric(key, value, timed))
    },
    logMetrics(metrics, options) {
      const timed = { ...options, timestamp: options?.timestamp ?? Date.now() }
      runs.current().log((run) => run.logMetrics(metrics, timed))
    },
    logParam(key, value) {
      runs.current().log((run) => run.logParam(key, value))
      return value
    },
    logParams: (params) => runs.current().log((run) => run.logParams(params)),
    setTag: (key, value) => runs.current().log((run) => run.setTag(key, value)),
    setTags: (tags) => runs.current().log((run) => run.setTags(tags)),
  }
}

function fileFunctions(
  runs: FluentRuns,
): Part<
  | 'deleteTag'
  | 'logText'
  | 'logDict'
  | 'logArtifact'
  | 'logArtifacts'
  | 'logImage'
  | 'logFigure'
  | 'logTable'
  | 'loadTable'
  | 'logInput'
  | 'listArtifacts'
  | 'getArtifactUri'
> {
  const run = (): Promise<ActiveRun> => runs.currentReady()
  return {
    deleteTag: async (key) => (await run()).deleteTag(key),
    logText: async (text, artifactFile, options) =>
      (await run()).logText(text, artifactFile, options),
    logDict: async (value, artifactFile, options) =>
      (await run()).logDict(value, artifactFile, options),
    logArtifact: async (source, artifactPath, options) =>
      (await run()).logArtifact(source, artifactPath, options),
    logArtifacts: async (directory, artifactPath, options) =>
      (await run()).logArtifacts(directory, artifactPath, options),
    logImage: async (image, target, options) => (await run()).logImage(image, target, options),
    logFigure: async (figure, artifactFile, options) =>
      (await run()).logFigure(figure, artifactFile, options),
    logTable: async (data, artifactFile, options) =>
      (await run()).logTable(data, artifactFile, options),
    loadTable: async (artifactFile, { runIds, ...options } = {}) => {
      const from =
        runIds === undefined ? { experimentIds: [await activeExperiment(runs)] } : { runIds }
      return (await runs.settled()).client.loadTable(from, artifactFile, options)
    },
    logInput: async (dataset, options) => (await run()).logInput(dataset, options),
    listArtifacts: async (path) => (await run()).listArtifacts(path),
    getArtifactUri: async (path) => {
      if (path !== undefined && typeof path !== 'string')
        throw invalid('An artifact path is a text.')
      const { artifactUri } = (await run()).info
      return path === undefined || path === '' ? artifactUri : `${artifactUri}/${path}`
    },
  }
}

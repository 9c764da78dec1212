import type { DatasetInput } from '../../entities/dataset.js'
import type { Experiment } from '../../entities/experiment.js'
import type { ModelInput } from '../../entities/logged-model.js'
import type { PagedList } from '../../entities/paged-list.js'
import type { Run, RunInfo } from '../../entities/run.js'
import type { Counters, Plan, Surroundings } from '../commands.js'
import type { Database } from '../database.js'
import type { LogBatch, MetricInput } from '../../entities/log-batch.js'
import type { RunFrame } from '../../search/frame.js'
import type { Buffered, CreateRun, ExperimentQuery, Refusal } from '../tracking-store.js'
import { planLogBuffered } from './buffered.js'
import { CatalogArtifacts } from './catalog-artifacts.js'
import { readCounts, type CatalogCounts } from './counts.js'
import { planLogInputs } from './datasets.js'
import * as experiments from './experiments.js'
import type { CreateExperimentOptions } from './experiments.js'
import * as experimentReader from './experiment-reader.js'
import { CatalogExport } from './export-reader.js'
import { CatalogImport } from './import/catalog-import.js'
import * as internalIds from './internal-ids.js'
import * as logging from './logging.js'
import { planNameLostKeys } from './lost-keys.js'
import { findRun, internalExperimentIds } from './lookup.js'
import { patchFrame, readFrame } from './frame-reader.js'
import { getRun, getRunTexts, readInputs, type RunTexts } from './run-reader.js'
import { CatalogLoggedModels } from './logged-models/catalog-logged-models.js'
import { CatalogRegistry } from './registry/catalog-registry.js'
import * as runs from './runs.js'
import type { RunChange } from './runs.js'
import { searchExperiments } from './search-experiments.js'
import * as seriesReader from './series-reader.js'
import type { LatestEntry, SeriesDescription } from './series-reader.js'
import { catalogState } from './state.js'
import type { CatalogOptions, CatalogState, LatestReader } from './state.js'
import { CatalogTraces } from './traces/catalog-traces.js'

/**
 * Everything about experiments, runs, params, tags and datasets that is not bytes or points; the rest in members.
 * Writes are planned against the current state and change nothing: apply their commands before planning again.
 * Reads and plans throw MLflow's errors; arguments may be of any type.
 */
export class Catalog {
  /** Registered models and their versions. */
  readonly registry: CatalogRegistry
  /** Files of runs, logged models and traces, by the blobs that hold them. */
  readonly artifacts: CatalogArtifacts
  /** What comes in from elsewhere. */
  readonly imports: CatalogImport
  /** What only exports read. */
  readonly exports: CatalogExport
  /** Logged models, and the runs' links to them. */
  readonly loggedModels: CatalogLoggedModels
  /** Traces, their spans and assessments. */
  readonly traces: CatalogTraces
  readonly #state: CatalogState

  constructor(
    db: Database,
    latest: LatestReader,
    counters: Counters,
    around: Surroundings,
    options: CatalogOptions = {},
  ) {
    this.#state = catalogState(db, latest, counters, around, options)
    this.registry = new CatalogRegistry(this.#state)
    this.artifacts = new CatalogArtifacts(this.#state)
    this.imports = new CatalogImport(this.#state)
    this.exports = new CatalogExport(this.#state)
    this.loggedModels = new CatalogLoggedModels(this.#state)
    this.traces = new CatalogTraces(this.#state)
  }

  /** The first commands of a new store: the experiment "0", Default. */
  planInitialise(artifactRoot?: string): Plan<void> {
    return experiments.planInitialise(this.#state, artifactRoot)
  }

  planCreateExperiment(name: string, options?: CreateExperimentOptions): Plan<string> {
    return experiments.planCreateExperiment(this.#state, name, options)
  }

  planRenameExperiment(experimentId: string, newName: string): Plan<void> {
    return experiments.planRenameExperiment(this.#state, experimentId, newName)
  }

  planSetExperimentTag(experimentId: string, key: string, value: string): Plan<void> {
    return experiments.planSetExperimentTag(this.#state, experimentId, key, value)
  }

  planDeleteExperimentTag(experimentId: string, key: string): Plan<void> {
    return experiments.planDeleteExperimentTag(this.#state, experimentId, key)
  }

  planDeleteExperiment(experimentId: string): Plan<void> {
    return experiments.planDeleteExperiment(this.#state, experimentId)
  }

  planRestoreExperiment(experimentId: string): Plan<void> {
    return experiments.planRestoreExperiment(this.#state, experimentId)
  }

  planPurgeExperiment(experimentId: string): Plan<void> {
    return experiments.planPurgeExperiment(this.#state, experimentId)
  }

  planCreateRun(run: CreateRun): Plan<Run> {
    return runs.planCreateRun(this.#state, run)
  }

  planUpdateRun(runId: string, change: RunChange): Plan<RunInfo> {
    return runs.planUpdateRun(this.#state, runId, change)
  }

  planDeleteRun(runId: string): Plan<void> {
    return runs.planDeleteRun(this.#state, runId)
  }

  planRestoreRun(runId: string): Plan<void> {
    return runs.planRestoreRun(this.#state, runId)
  }

  planPurgeRun(runId: string): Plan<void> {
    return runs.planPurgeRun(this.#state, runId)
  }

  planLogMetric(runId: string, metric: MetricInput): Plan<void> {
    return logging.planLogMetric(this.#state, runId, metric)
  }

  planLogParam(runId: string, key: string, value: string): Plan<void> {
    return logging.planLogParam(this.#state, runId, key, value)
  }

  planSetTag(runId: string, key: string, value: string): Plan<void> {
    return logging.planSetTag(this.#state, runId, key, value)
  }

  planDeleteTag(runId: string, key: string): Plan<void> {
    return logging.planDeleteTag(this.#state, runId, key)
  }

  planLogBatch(runId: string, batch: LogBatch): Plan<void> {
    return logging.planLogBatch(this.#state, runId, batch)
  }

  planLogInputs(
    runId: string,
    datasets: readonly DatasetInput[],
    models?: readonly ModelInput[],
  ): Plan<void> {
    return planLogInputs(this.#state, runId, datasets, models)
  }

  /** What cannot be kept is the result; the rest is in the commands. */
  planLogBuffered(buffered: Buffered): Plan<readonly Refusal[]> {
    return planLogBuffered(this.#state, buffered)
  }

  getExperiment(experimentId: string): Experiment {
    return experimentReader.getExperiment(this.#state, experimentId)
  }

  getExperimentByName(name: string): Experiment | null {
    return experimentReader.getExperimentByName(this.#state, name)
  }

  searchExperiments(query?: ExperimentQuery): PagedList<Experiment> {
    return searchExperiments(this.#state, query)
  }

  getRun(runId: string): Run {
    return getRun(this.#state, runId)
  }

  /** A run's start, params and tags; RESOURCE_DOES_NOT_EXIST where there is none. */
  runTexts(runId: string): RunTexts {
    return getRunTexts(this.#state, runId)
  }

  /** The datasets that a run uses, by its internal id. */
  inputsOf(run: number): readonly DatasetInput[] {
    return readInputs(this.#state, run)
  }

  /** All runs of an experiment as columns, by its internal id; null where there is none. */
  readFrame(experiment: number): RunFrame | null {
    return readFrame(this.#state, experiment)
  }

  /** Reads a run anew into its experiment's frame, by its internal id. */
  patchFrame(frame: RunFrame, run: number): void {
    patchFrame(this.#state, frame, run)
  }

  /** The internal experiment of an internal run; undefined where there is none (any more). */
  experimentOf(run: number): number | undefined {
    return internalIds.experimentOf(this.#state, run)
  }

  /** The internal ids of the experiments among these ids that exist, each once. */
  internalExperimentIds(experimentIds: readonly string[]): number[] {
    return internalExperimentIds(this.#state, experimentIds)
  }

  /** For a salvaged store: names for keys whose definition was lost. */
  planNameLostKeys(): Plan<void> {
    return planNameLostKeys(this.#state)
  }

  /** The id of a metric's, param's or tag's key; undefined for one that was never used. */
  keyId(name: string): number | undefined {
    return this.#state.keys.idOf(name)
  }

  /** The key of an id. */
  keyName(id: number): string {
    return this.#state.keys.nameOf(id)
  }

  /** The series of a run's key, of every model and dataset, by internal ids. */
  seriesOfKey(run: number, key: number): number[] {
    return this.#state.series.ofKey(run, key)
  }

  /** All series of a run's key; with `strict`, RESOURCE_DOES_NOT_EXIST for an unknown run. */
  seriesOf(runId: string, key: string, options?: { strict?: boolean }): number[] {
    return seriesReader.seriesOf(this.#state, runId, key, options)
  }

  /** What a series is; undefined for one that does not exist (any more). */
  seriesName(series: number): SeriesDescription | undefined {
    return seriesReader.seriesName(this.#state, series)
  }

  /** Whether a series exists, that is, was not purged. */
  isLiveSeries(series: number): boolean {
    return seriesReader.isLiveSeries(this.#state, series)
  }

  /** Keeps latest points in the series' rows, as before an export. */
  writeLatest(entries: Iterable<LatestEntry>): void {
    seriesReader.writeLatest(this.#state, entries)
  }

  /** The run id of an internal one; undefined where there is none (any more). */
  runIdOf(run: number): string | undefined {
    return internalIds.runIdOf(this.#state, run)
  }

  /** The experiment id of an internal one; undefined where there is none (any more). */
  experimentIdOf(experiment: number): string | undefined {
    return internalIds.experimentIdOf(this.#state, experiment)
  }

  /** The id of the experiment that a run belongs to, by the run's id; undefined for an unknown run. */
  experimentOfRun(runId: string): string | undefined {
    return internalIds.experimentOfRun(this.#state, runId)
  }

  /** The internal ids of a run and its experiment; RESOURCE_DOES_NOT_EXIST for an unknown run. */
  placeOfRun(runId: string): { readonly run: number; readonly experiment: number } {
    const { id, experiment } = findRun(this.#state, runId)
    return { run: id, experiment }
  }

  /** How many things there are, deleted ones too. */
  counts(): CatalogCounts {
    return readCounts(this.#state)
  }
}

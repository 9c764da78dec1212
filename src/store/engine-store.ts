import type { Durability } from '../adapter.js'
import type { SeriesComparison, SeriesComparisonQuery } from '../compare/series-comparison.js'
import type { ColumnTable } from '../entities/column-table.js'
import { Analysis } from './analysis/analysis.js'
import type { RunColumnsQuery, SqlArgument, SqlOptions } from './analysis-store.js'
import type { SimilarRun, SimilarRunsQuery } from '../search/similar-query.js'
import { ArtifactRepository } from './artifacts/repository.js'
import type { DatasetInput } from '../entities/dataset.js'
import type { Experiment } from '../entities/experiment.js'
import type { FileInfo } from '../entities/file-info.js'
import type { ModelInput } from '../entities/logged-model.js'
import type { Metric, MetricColumns } from '../entities/metric.js'
import type { PagedList } from '../entities/paged-list.js'
import type { Run, RunInfo, RunStatus } from '../entities/run.js'
import { HISTORY_PAGES, nextPageToken, pageOf } from '../search/page-token.js'
import { artifactHost } from './artifacts/engine-host.js'
import type { WatchFilter } from './change-feed.js'
import type { Core } from './core.js'
import { EngineImport } from './engine-import.js'
import { metricRows } from './history.js'
import { Imports } from './import/imports.js'
import type { LocalStore, StorageInfo } from './store.js'
import { storageInfo } from './storage-info.js'
import type { KeyValue, LogBatch, MetricInput } from '../entities/log-batch.js'
import type {
  Buffered,
  CreateRun,
  ExperimentQuery,
  HistoryQuery,
  Refusal,
  RunQuery,
} from './tracking-store.js'

/**
 * The store ports over one in-process state; those of models, traces, exports and imports are in the classes that it
 * extends, one a port. Made by `openEngine` (engine.ts).
 */
export class EngineStore extends EngineImport implements LocalStore {
  readonly #core: Core
  readonly #artifacts: ArtifactRepository
  readonly #analysis: Analysis

  constructor(core: Core) {
    const artifacts = new ArtifactRepository(artifactHost(core))
    const imports = new Imports(core)
    super(core, artifacts, imports)
    this.#core = core
    this.#analysis = new Analysis(core)
    this.#artifacts = artifacts
    core.blobsInUse = () => new Set([...artifacts.inUse(), ...imports.inUse().blobs])
    core.segmentsInUse = () => imports.inUse().keys
    core.discardUnfinished = async () => {
      await Promise.allSettled([artifacts.closeAll(), imports.closeAll()])
    }
  }

  get #catalog(): Core['parts']['catalog'] {
    return this.#core.parts.catalog
  }

  createExperiment(
    name: string,
    options: { artifactLocation?: string; tags?: readonly KeyValue[] } = {},
  ): Promise<string> {
    return this.#core.write(() => this.#catalog.planCreateExperiment(name, options))
  }

  getExperiment(experimentId: string): Promise<Experiment> {
    return this.#core.read(() => this.#catalog.getExperiment(experimentId))
  }

  getExperimentByName(name: string): Promise<Experiment | null> {
    return this.#core.read(() => this.#catalog.getExperimentByName(name))
  }

  searchExperiments(query?: ExperimentQuery): Promise<PagedList<Experiment>> {
    return this.#core.read(() => this.#catalog.searchExperiments(query))
  }

  renameExperiment(experimentId: string, newName: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planRenameExperiment(experimentId, newName))
  }

  setExperimentTag(experimentId: string, key: string, value: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planSetExperimentTag(experimentId, key, value))
  }

  deleteExperimentTag(experimentId: string, key: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planDeleteExperimentTag(experimentId, key))
  }

  deleteExperiment(experimentId: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planDeleteExperiment(experimentId))
  }

  restoreExperiment(experimentId: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planRestoreExperiment(experimentId))
  }

  purgeExperiment(experimentId: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planPurgeExperiment(experimentId))
  }

  createRun(run: CreateRun): Promise<Run> {
    return this.#core.write(() => this.#catalog.planCreateRun(run))
  }

  getRun(runId: string): Promise<Run> {
    return this.#core.read(() => this.#catalog.getRun(runId))
  }

  searchRuns(query: RunQuery): Promise<PagedList<Run>> {
    return this.#analysis.searchRuns(query)
  }

  getRunColumns(query: RunColumnsQuery): Promise<ColumnTable> {
    return this.#analysis.getRunColumns(query)
  }

  findSimilarRuns(query: SimilarRunsQuery): Promise<readonly SimilarRun[]> {
    return this.#analysis.findSimilarRuns(query)
  }

  compareSeries(query: SeriesComparisonQuery): Promise<SeriesComparison> {
    return this.#analysis.compareSeries(query)
  }

  sql(text: string, args?: readonly SqlArgument[], options?: SqlOptions): Promise<ColumnTable> {
    return this.#analysis.sql(text, args, options)
  }

  updateRun(
    runId: string,
    change: { status?: RunStatus; endTime?: number; runName?: string },
  ): Promise<RunInfo> {
    return this.#core.write(() => this.#catalog.planUpdateRun(runId, change))
  }

  deleteRun(runId: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planDeleteRun(runId))
  }

  restoreRun(runId: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planRestoreRun(runId))
  }

  purgeRun(runId: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planPurgeRun(runId))
  }

  logMetric(runId: string, metric: MetricInput): Promise<void> {
    return this.#core.write(() => this.#catalog.planLogMetric(runId, metric))
  }

  logParam(runId: string, key: string, value: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planLogParam(runId, key, value))
  }

  setTag(runId: string, key: string, value: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planSetTag(runId, key, value))
  }

  deleteTag(runId: string, key: string): Promise<void> {
    return this.#core.write(() => this.#catalog.planDeleteTag(runId, key))
  }

  logBatch(runId: string, batch: LogBatch): Promise<void> {
    return this.#core.write(() => this.#catalog.planLogBatch(runId, batch))
  }

  logInputs(
    runId: string,
    datasets: readonly DatasetInput[],
    models?: readonly ModelInput[],
  ): Promise<void> {
    return this.#core.write(() => this.#catalog.planLogInputs(runId, datasets, models))
  }

  logBuffered(buffered: Buffered): Promise<readonly Refusal[]> {
    return this.#core.write(() => this.#catalog.planLogBuffered(buffered))
  }

  async getMetricHistory(
    runId: string,
    key: string,
    options: { maxResults?: number; pageToken?: string } = {},
  ): Promise<PagedList<Metric>> {
    this.#core.assertOpen()
    const page = pageOf(options.maxResults, options.pageToken, HISTORY_PAGES)
    const series = this.#catalog.seriesOf(runId, key, { strict: false })
    const rows = metricRows(key, await this.#core.parts.series.readRaw(series))
    const items = rows.slice(page.offset, page.offset + page.limit)
    return { items, nextPageToken: nextPageToken(page, page.offset + items.length < rows.length) }
  }

  async getMetricColumns(query: HistoryQuery): Promise<MetricColumns> {
    this.#core.assertOpen()
    const series = this.#catalog.seriesOf(query.runId, query.key, { strict: true })
    return this.#core.parts.series.read(series, query)
  }

  listArtifacts(runId: string, path?: string): Promise<readonly FileInfo[]> {
    return this.#artifacts.listArtifacts(runId, path)
  }

  openWrite(runId: string, path: string): Promise<number> {
    return this.#artifacts.openWrite(runId, path)
  }

  write(handle: number, bytes: Uint8Array): Promise<void> {
    return this.#artifacts.write(handle, bytes)
  }

  finishWrite(handle: number): Promise<void> {
    return this.#artifacts.finishWrite(handle)
  }

  abortWrite(handle: number): Promise<void> {
    return this.#artifacts.abortWrite(handle)
  }

  openRead(
    runId: string,
    path: string,
    range?: { start: number; end: number },
  ): Promise<{ handle: number; size: number }> {
    return this.#artifacts.openRead(runId, path, range)
  }

  read(handle: number): Promise<Uint8Array | null> {
    return this.#artifacts.read(handle)
  }

  closeRead(handle: number): Promise<void> {
    return this.#artifacts.closeRead(handle)
  }

  deleteArtifacts(runId: string, path?: string): Promise<void> {
    return this.#artifacts.deleteArtifacts(runId, path)
  }

  subscribe(filter: WatchFilter, port: MessagePort): Promise<void> {
    return this.#core.read(() => this.#core.feed.subscribe(filter, port))
  }

  flush(options: { durability?: Durability } = {}): Promise<void> {
    return this.#core.journal.commit(options.durability)
  }

  commitSync(): boolean {
    return this.#core.journal.commitSync()
  }

  checkpoint(): Promise<void> {
    return this.#core.checkpoint()
  }

  storage(): Promise<StorageInfo> {
    return storageInfo(this.#core)
  }

  close(): Promise<void> {
    return this.#core.close()
  }
}

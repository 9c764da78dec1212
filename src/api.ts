export type { Durability, StorageAdapter } from './adapter.js'
export type { CanvasLike } from './artifacts/canvas.js'
export {
  NameRefused,
  type FileAccess,
  type NewFolder,
  type OpenFile,
  type WalkedFile,
} from './artifacts/file-access.js'
export type { FigureSource, PlotlyFigure, SvgElementLike } from './artifacts/figure.js'
export type { ImageSource } from './artifacts/image-encoding.js'
export type { ImageTarget } from './artifacts/image.js'
export type { PixelArray, PixelSource, TensorLike } from './artifacts/pixels.js'
export type { ArtifactSource, FileHandleLike } from './artifacts/source.js'
export type { ArrowTableLike, Table, TableData } from './artifacts/table-data.js'
export type { DirectoryHandleLike } from './artifacts/write.js'
export { ActiveRun, type HistoryOptions } from './client/active-run.js'
export {
  MlflowClient,
  type CreateRunOptions,
  type DatasetUse,
  type LogMetricOptions,
} from './client/client.js'
export type {
  ComparedRun,
  CompareRunsOptions,
  ComparisonRow,
  RunComparison,
} from './client/compare-runs.js'
export type { DatasetGiven, InputOptions } from './client/dataset-input.js'
export type { ExperimentPage, SearchExperiments } from './client/experiments.js'
export type { BatchInput, BatchMetric, Pairs } from './client/log-batch.js'
export type {
  CreateLoggedModelOptions,
  LoggedModelPage,
  SearchLoggedModels,
} from './client/logged-model-client.js'
export { comparisonToTable } from './client/comparison-table.js'
export { MetricSeries } from './client/metric-series.js'
export type { LogArtifactOptions, ReadOptions, WriteOptions } from './client/run-artifacts.js'
export type {
  CreateModelVersionOptions,
  ModelVersionPage,
  RegisteredModelPage,
  RegisterModelOptions,
  RegistryTags,
} from './client/registry-client.js'
export { ResultTable } from './client/result-table.js'
export { RunList, type RunPage } from './client/run-list.js'
export type { MetricOptions, SeriesInput } from './client/run-logger.js'
export type { RunsTableOptions } from './client/runs-table.js'
export type { SearchRuns } from './client/search-runs.js'
export type { TrackerOptions } from './client/session.js'
export type { SetExperiment } from './client/set-experiment.js'
export type { SimilarRunsOptions } from './client/similar-runs.js'
export type { RunReference, StartRun } from './client/start-run.js'
export { LiveSpan, type EndSpanOptions, type SpanOptions } from './client/live-trace.js'
export type {
  AssessmentChange,
  AssessmentOptions,
  ExpectationOptions,
  FeedbackOptions,
  SearchTraces,
  SourceGiven,
  StartSpanOptions,
  StartTraceOptions,
  TracePage,
} from './client/trace-client.js'
export { createTracker, Tracker } from './client/tracker.js'
export type { MetricValue, ParamValue, Timestamp } from './client/values.js'
export { Watch, type ChangeIterator, type WatchOptions } from './client/watch.js'
export type {
  ComparedSeries,
  SeriesAxis,
  SeriesBand,
  SeriesComparison,
  SeriesComparisonQuery,
  SeriesValue,
  Smoothing,
} from './compare/series-comparison.js'
export type {
  ColumnTable,
  Int64TableColumn,
  Missing,
  MixedColumn,
  NumberColumn,
  TableColumn,
  TextColumn,
  TimeColumn,
} from './entities/column-table.js'
export type { Dataset, DatasetInput } from './entities/dataset.js'
export type { Experiment } from './entities/experiment.js'
export type { FileInfo } from './entities/file-info.js'
export type { Int64, Int64Column } from './entities/int64.js'
export type { JsonValue } from './entities/json-value.js'
export type { LifecycleStage, ViewType } from './entities/lifecycle.js'
export {
  LOGGED_MODEL_STATUSES,
  type LoggedModel,
  type LoggedModelStatus,
  type ModelInput,
  type ModelMetric,
  type ModelOutput,
} from './entities/logged-model.js'
export type { Metric, MetricColumns } from './entities/metric.js'
export { MLFLOW_TAGS } from './entities/mlflow-tags.js'
export type { PagedList } from './entities/paged-list.js'
export {
  MODEL_STAGES,
  type ModelStage,
  type ModelVersion,
  type ModelVersionStatus,
  type RegisteredModel,
} from './entities/registered-model.js'
export {
  RUN_STATUSES,
  type Run,
  type RunData,
  type RunInfo,
  type RunStatus,
} from './entities/run.js'
export {
  TRACE_STATES,
  type Assessment,
  type AssessmentSourceType,
  type Span,
  type SpanEvent,
  type SpanValue,
  type Trace,
  type TraceInfo,
  type TraceState,
} from './entities/trace.js'
export type { CsvOptions } from './tables/csv.js'
export type { TableRow, TableValue } from './tables/rows.js'
export { httpStatus, TrackletError, type ErrorCode, type ErrorPlace } from './errors.js'
export type { ImportFrom } from './client/import-from.js'
export type { OnConflict } from './import/import-options.js'
export type { ImportOptions, ImportProgress } from './import/import-options.js'
export type { ImportInput } from './client/open-input.js'
export type { ImportCount, ImportDoubt, ImportKind, ImportReport } from './import/report.js'
export type { ExportTarget } from './client/export-to.js'
export type { ExportOptions, ExportZipOptions } from './mlruns/export-options.js'
export type {
  ExportedKind,
  ExportProgress,
  ExportReport,
  ExportSkip,
} from './mlruns/export-report.js'
export type { ZipLimits } from './zip/zip-tree.js'
export type { SearchSyntax } from './search/grammar/ast.js'
export type {
  AnalysisStore,
  RunColumnsQuery,
  SqlArgument,
  SqlOptions,
} from './store/analysis-store.js'
export type { SimilarRun, SimilarRunsQuery } from './search/similar-query.js'
export type { ArtifactStore, OpenArtifact } from './store/artifact-store.js'
export type { ChangeFeed, ChangeSet, PointsChange, WatchFilter } from './store/change-feed.js'
export type { EngineOptions } from './store/engine.js'
export type { DatasetSeries, ExportStore, ModelVersions } from './store/export-store.js'
export type {
  CreateLoggedModel,
  LoggedModelOrder,
  LoggedModelQuery,
  LoggedModelStore,
} from './store/logged-model-store.js'
export type {
  CreateModelVersion,
  ModelRegistryStore,
  RegistryQuery,
} from './store/model-registry-store.js'
export type { Lifecycle, LocalStore, RecoveryReport, StorageInfo, Store } from './store/store.js'
export type { KeyValue, LogBatch, MetricInput } from './entities/log-batch.js'
export type {
  Buffered,
  BufferedOp,
  CreateRun,
  ExperimentQuery,
  HistoryQuery,
  PointColumns,
  Refusal,
  RunQuery,
  TrackingStore,
} from './store/tracking-store.js'
export type {
  CreateAssessment,
  DeleteTraces,
  StartTrace,
  TraceQuery,
  TraceStore,
} from './store/trace-store.js'

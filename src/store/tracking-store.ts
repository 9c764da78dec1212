import type { Experiment } from '../entities/experiment.js'
import type { DatasetInput } from '../entities/dataset.js'
import type { Int64, Int64Column } from '../entities/int64.js'
import type { KeyValue, LogBatch, MetricInput } from '../entities/log-batch.js'
import type { ViewType } from '../entities/lifecycle.js'
import type { ModelInput } from '../entities/logged-model.js'
import type { Metric, MetricColumns } from '../entities/metric.js'
import type { PagedList } from '../entities/paged-list.js'
import type { Run, RunInfo, RunStatus } from '../entities/run.js'
import type { SearchSyntax } from '../search/grammar/ast.js'

/** What `createRun` takes. */
export interface CreateRun {
  readonly experimentId: string
  readonly userId?: string
  /** A made-up name where absent or empty. */
  readonly runName?: string
  /** Epoch milliseconds. */
  readonly startTime: number
  readonly tags?: readonly KeyValue[]
  /** The in-process client that answers for this run; null for runs whose writer is elsewhere. */
  readonly owner?: string | null
}

/**
 * Metric points of many runs as columns. Row i says: run `runs[run[i]]`, key `keys[key[i]]`.
 * The columns may be transferred: their owner must not touch them afterwards.
 */
export interface PointColumns {
  readonly runs: readonly string[]
  readonly keys: readonly string[]
  readonly run: Uint32Array
  readonly key: Uint32Array
  readonly steps: Int64Column
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

/** What a client has buffered since its last send: small ops in order, then points. */
export interface Buffered {
  readonly ops: readonly BufferedOp[]
  readonly points: PointColumns | null
}

/** A void write of a run handle, on its way. */
export type BufferedOp =
  | { readonly kind: 'params'; readonly runId: string; readonly params: readonly KeyValue[] }
  | { readonly kind: 'tags'; readonly runId: string; readonly tags: readonly KeyValue[] }

/** A buffered write that the store refused; its neighbours were kept. */
export interface Refusal {
  readonly runId: string
  readonly errorCode: string
  readonly message: string
  /** Points lost with it; 0 for params and tags. */
  readonly points: number
}

/** What `getMetricColumns` reads. */
export interface HistoryQuery {
  readonly runId: string
  readonly key: string
  /** Inclusive range of steps. */
  readonly fromStep?: Int64
  readonly toStep?: Int64
  /** At most this many points, of which the range's minimum, maximum, first and last are always among. */
  readonly maxPoints?: number
}

/** Which runs a search finds, and in which order. */
export interface RunQuery {
  /** Runs of unknown experiments are none. */
  readonly experimentIds: readonly string[]
  /** MLflow's filter; everything where empty. */
  readonly filter?: string
  /** Clauses such as `metrics.acc DESC`; then, and by default, newest start first, then by run id. */
  readonly orderBy?: readonly string[]
  readonly viewType?: ViewType
  /** `mlflow` by default. */
  readonly syntax?: SearchSyntax
  /** 1 to 50,000; 1,000 by default. */
  readonly maxResults?: number
  readonly pageToken?: string
}

/** Which experiments a search finds, and in which order. */
export interface ExperimentQuery {
  /** MLflow's filter; everything where empty. */
  readonly filter?: string
  /** Clauses such as `name ASC`; newest first by default. */
  readonly orderBy?: readonly string[]
  readonly viewType?: ViewType
  /** 1 to 50,000; 1,000 by default. */
  readonly maxResults?: number
  readonly pageToken?: string
}

/**
 * Experiments, runs and what runs log: MLflow's tracking store, in its words, rules and error codes.
 * Flat, asynchronous, structured-cloneable in and out, so that it can be spoken through a worker or over a wire.
 * A write's promise settles when the write is applied and its journal record is stored (see `FlushStore`).
 */
export interface TrackingStore {
  /** Makes an experiment, gives its id. RESOURCE_ALREADY_EXISTS where the name is taken, also by a deleted one. */
  createExperiment(
    name: string,
    options?: { artifactLocation?: string; tags?: readonly KeyValue[] },
  ): Promise<string>
  /** RESOURCE_DOES_NOT_EXIST where there is none; deleted ones are given too. */
  getExperiment(experimentId: string): Promise<Experiment>
  /** Null where there is none; deleted ones are given too. */
  getExperimentByName(name: string): Promise<Experiment | null>
  /** INVALID_PARAMETER_VALUE for a filter or order that MLflow refuses; its `at` says where. */
  searchExperiments(query?: ExperimentQuery): Promise<PagedList<Experiment>>
  renameExperiment(experimentId: string, newName: string): Promise<void>
  setExperimentTag(experimentId: string, key: string, value: string): Promise<void>
  deleteExperimentTag(experimentId: string, key: string): Promise<void>
  /** Marks it and its active runs deleted. */
  deleteExperiment(experimentId: string): Promise<void>
  /** Restores it and all its runs. */
  restoreExperiment(experimentId: string): Promise<void>
  /** Removes a deleted experiment and its runs for good; its name is free again. */
  purgeExperiment(experimentId: string): Promise<void>

  createRun(run: CreateRun): Promise<Run>
  getRun(runId: string): Promise<Run>
  /** INVALID_PARAMETER_VALUE for a filter or order that MLflow refuses; its `at` says where. */
  searchRuns(query: RunQuery): Promise<PagedList<Run>>
  /** `endTime` in epoch milliseconds; an empty name changes nothing. */
  updateRun(
    runId: string,
    change: { status?: RunStatus; endTime?: number; runName?: string },
  ): Promise<RunInfo>
  deleteRun(runId: string): Promise<void>
  restoreRun(runId: string): Promise<void>
  /** Removes a deleted run for good, with its history and artifacts. */
  purgeRun(runId: string): Promise<void>

  logMetric(runId: string, metric: MetricInput): Promise<void>
  logParam(runId: string, key: string, value: string): Promise<void>
  setTag(runId: string, key: string, value: string): Promise<void>
  deleteTag(runId: string, key: string): Promise<void>
  /** At most 1,000 metrics, 100 params, 100 tags, 1,000 in all; nothing is stored unless all of it is. */
  logBatch(runId: string, batch: LogBatch): Promise<void>
  /** Links datasets, and logged models, to the run that used them. */
  logInputs(
    runId: string,
    datasets: readonly DatasetInput[],
    models?: readonly ModelInput[],
  ): Promise<void>
  /** The void writes of run handles: each stands alone; what is refused is returned, the rest is stored. */
  logBuffered(buffered: Buffered): Promise<readonly Refusal[]>

  /** MLflow's order (timestamp, step, value), exact duplicates once. Empty for an unknown run or key. */
  getMetricHistory(
    runId: string,
    key: string,
    options?: { maxResults?: number; pageToken?: string },
  ): Promise<PagedList<Metric>>
  /** Columns, by step; RESOURCE_DOES_NOT_EXIST for an unknown run, no points for an unknown key. */
  getMetricColumns(query: HistoryQuery): Promise<MetricColumns>
}

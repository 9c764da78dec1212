import type { DatasetInput } from '../entities/dataset.js'
import type { Int64Column } from '../entities/int64.js'
import type { LifecycleStage } from '../entities/lifecycle.js'
import type { LoggedModelStatus, ModelInput, ModelOutput } from '../entities/logged-model.js'
import type { ModelStage } from '../entities/registered-model.js'
import type { RunStatus } from '../entities/run.js'
import type { Span, TraceInfo } from '../entities/trace.js'

/**
 * Points of series under way into the store, in order of arrival. `series` numbers them as the import does: from 0,
 * ascending within a call and from call to call, so that a series is whole before the next begins.
 * The columns may be transferred: their owner must not touch them afterwards.
 */
export interface StagedPoints {
  readonly series: Uint32Array
  readonly steps: Int64Column
  /** Epoch milliseconds. */
  readonly timestamps: Int64Column
  readonly values: Float64Array
}

/** A file of a run, a logged model or a trace: its path, and the number that `openStagedFile` gave to its content. */
export interface ImportedFile {
  readonly path: string
  readonly file: number
}

/** A metric's history; one of a logged model shows there and in the run. */
export interface ImportedSeries {
  readonly key: string
  /** Its number in `StagedPoints`. */
  readonly series: number
  /** The logged model and the dataset that the values belong to. */
  readonly modelId?: string
  readonly datasetName?: string
  readonly datasetDigest?: string
}

/** A run as it was elsewhere. Times are epoch milliseconds. */
export interface ImportedRun {
  readonly runId: string
  readonly runName: string
  readonly userId: string
  readonly status: RunStatus
  readonly startTime: number
  readonly endTime: number | null
  readonly lifecycleStage: LifecycleStage
  /** When it was deleted; null where that is not known, or it was not. */
  readonly deletedTime: number | null
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly datasetInputs: readonly DatasetInput[]
  /** Logged models that it has used, and made; they need not be anywhere. */
  readonly modelInputs: readonly ModelInput[]
  readonly modelOutputs: readonly ModelOutput[]
  readonly metrics: readonly ImportedSeries[]
  readonly files: readonly ImportedFile[]
}

/** A logged model as it was elsewhere; its metrics are those of the runs that logged them. Times are epoch milliseconds. */
export interface ImportedLoggedModel {
  readonly modelId: string
  readonly name: string
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly modelType: string | null
  /** It need not be anywhere. */
  readonly sourceRunId: string | null
  readonly status: LoggedModelStatus
  readonly lifecycleStage: LifecycleStage
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly files: readonly ImportedFile[]
}

/** A trace as it was elsewhere. */
export interface ImportedTrace {
  /** Its assessments must be of it; their ids are known to no other trace. */
  readonly info: Omit<TraceInfo, 'experimentId'>
  /** What they say of the trace's id does not count. */
  readonly spans: readonly Span[]
  /** Runs that it is linked to; they need not be anywhere. */
  readonly linkedRuns: readonly string[]
  readonly files: readonly ImportedFile[]
}

/** An experiment as it was elsewhere, or what is to be added to one that is here. Times are epoch milliseconds. */
export interface ImportedExperiment {
  /** The experiment's own id, or that of one here. */
  readonly experimentId: string
  /**
   * True where it is here already: only what is in it is added, and the rest where the one here is empty, as a new store's
   * Default is.
   */
  readonly exists: boolean
  /** Whether the tags of one that is here are set. */
  readonly setsTags: boolean
  readonly name: string
  /** Null for the location that the store gives to new experiments. */
  readonly artifactLocation: string | null
  /** Null where it is not known. */
  readonly creationTime: number | null
  readonly lastUpdateTime: number | null
  readonly lifecycleStage: LifecycleStage
  readonly tags: Readonly<Record<string, string>>
  readonly runs: readonly ImportedRun[]
  readonly loggedModels: readonly ImportedLoggedModel[]
  readonly traces: readonly ImportedTrace[]
  /** Runs of these ids are removed before, with all they have; and logged models, and traces. */
  readonly replacedRuns: readonly string[]
  readonly replacedLoggedModels: readonly string[]
  readonly replacedTraces: readonly string[]
}

/** A version of a registered model as it was elsewhere. */
export interface ImportedVersion {
  readonly version: number
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly stage: ModelStage
  readonly description: string | null
  readonly source: string
  /** Where the files are, where that is not the source itself. */
  readonly location: string | null
  readonly runId: string
  readonly runLink: string
  readonly modelId: string
  readonly tags: Readonly<Record<string, string>>
}

/** A registered model as it was elsewhere. */
export interface ImportedModel {
  readonly name: string
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly description: string | null
  readonly tags: Readonly<Record<string, string>>
  /** From alias to version. */
  readonly aliases: Readonly<Record<string, number>>
  readonly versions: readonly ImportedVersion[]
  /** The highest number that was ever given to a version. */
  readonly lastVersion: number
  /** True where a model of that name here is removed before. */
  readonly replaces: boolean
}

/** Which of some ids and names are taken. */
export interface TakenNames {
  /** From an experiment's id to its name. */
  readonly experiments: Readonly<Record<string, string>>
  /** From an experiment's name to its id. */
  readonly experimentNames: Readonly<Record<string, string>>
  /** From a run's id to that of its experiment. */
  readonly runs: Readonly<Record<string, string>>
  /** From a logged model's id to that of its experiment, deleted ones too. */
  readonly loggedModels: Readonly<Record<string, string>>
  /** From a trace's id to that of its experiment. */
  readonly traces: Readonly<Record<string, string>>
  /** From an assessment's id to that of its trace. */
  readonly assessments: Readonly<Record<string, string>>
  readonly models: readonly string[]
}

/** Ids and names that may be taken. */
export interface AskedNames {
  readonly experimentIds?: readonly string[]
  readonly experimentNames?: readonly string[]
  readonly runIds?: readonly string[]
  readonly loggedModelIds?: readonly string[]
  readonly traceIds?: readonly string[]
  readonly assessmentIds?: readonly string[]
  readonly modelNames?: readonly string[]
}

/**
 * How things come in that were made elsewhere, with their ids and times. Content is put first, where nobody sees it;
 * then one call makes an experiment with all that it has, or nothing of it. INVALID_PARAMETER_VALUE for what no store
 * could hold, RESOURCE_ALREADY_EXISTS for an id or name that is taken.
 */
export interface ImportStore {
  /** Which of these are here already. */
  findTaken(names: AskedNames): Promise<TakenNames>
  /** Begins; gives a handle, which ends with `commitImport` or `abortImport`. */
  openImport(): Promise<number>
  /** Puts points, at most 1,000,000 a call. */
  stagePoints(handle: number, points: StagedPoints): Promise<void>
  /** Begins the content of a file; gives its number, unique in the store while it is open. */
  openStagedFile(handle: number): Promise<number>
  /** Adds bytes, at most 1 MiB a call, which may be transferred. */
  writeStagedFile(handle: number, file: number, bytes: Uint8Array): Promise<void>
  /** Ends the content; what it is and gives back its size in bytes. */
  finishStagedFile(handle: number, file: number): Promise<number>
  /** Makes the experiment, with what was put since `openImport`, in one step. */
  commitImport(handle: number, experiment: ImportedExperiment): Promise<void>
  /** Forgets what was put. */
  abortImport(handle: number): Promise<void>
  /** Makes a registered model with its versions in one step. */
  importRegisteredModel(model: ImportedModel): Promise<void>
}

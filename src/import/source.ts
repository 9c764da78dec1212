import type { MetricColumns } from '../entities/metric.js'
import type { Span } from '../entities/trace.js'
import type {
  ImportedExperiment,
  ImportedLoggedModel,
  ImportedModel,
  ImportedRun,
  ImportedTrace,
} from '../store/import-store.js'

/** A stretch of a metric's history, in order of arrival; the next one may go on with the same. */
export interface SourceSeries extends Omit<MetricColumns, 'total'> {
  readonly key: string
  readonly modelId?: string
  readonly datasetName?: string
  readonly datasetDigest?: string
}

/** A file of a run, a logged model or a trace. */
export interface SourceFile {
  /** Below its owner's artifact folder. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** DATA_LOSS where it is damaged. */
  parts(): AsyncIterable<Uint8Array>
}

type Links = Pick<ImportedRun, 'modelInputs' | 'modelOutputs'>

/**
 * A run, with what of it is read only when needed; links that are absent are none. Stretches of one series follow one
 * another. Points of logged models are told here, with the model's id.
 */
export interface SourceRun {
  readonly run: Omit<ImportedRun, 'metrics' | 'files' | keyof Links> & Partial<Links>
  metrics(): AsyncIterable<SourceSeries>
  files(): AsyncIterable<SourceFile>
}

/** A logged model, with what of it is read only when needed. */
export interface SourceLoggedModel {
  readonly model: Omit<ImportedLoggedModel, 'files'>
  files(): AsyncIterable<SourceFile>
}

/** A trace, with what of it is read only when needed. */
export interface SourceTrace {
  readonly trace: Pick<ImportedTrace, 'info' | 'linkedRuns'>
  content(): Promise<{
    readonly spans: readonly Span[]
    readonly files: AsyncIterable<SourceFile>
  }>
}

/** An experiment, with what is in it. */
export interface SourceExperiment {
  readonly experiment: Pick<
    ImportedExperiment,
    | 'experimentId'
    | 'name'
    | 'artifactLocation'
    | 'creationTime'
    | 'lastUpdateTime'
    | 'lifecycleStage'
    | 'tags'
  >
  /** Where it lies in the source, for messages. */
  readonly path: string
  runs(): AsyncIterable<SourceRun>
  loggedModels(): AsyncIterable<SourceLoggedModel>
  traces(): AsyncIterable<SourceTrace>
}

/** Where experiments and registered models come from: a tree of MLflow's file store, a database of MLflow's. */
export interface ImportSource {
  /** Throws INVALID_PARAMETER_VALUE where it is nothing of MLflow's. */
  experiments(): AsyncIterable<SourceExperiment>
  /** Registered models, as they are to be imported where nothing is in the way. */
  models(): AsyncIterable<Omit<ImportedModel, 'replaces'>>
  close(): Promise<void>
}

/** Is told what a source holds that cannot be taken, or only in part; `path` says where it is. */
export type Doubt = (path: string, reason: string) => void

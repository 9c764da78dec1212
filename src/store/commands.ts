import type { ModelStage } from '../entities/registered-model.js'
import type { RunStatus } from '../entities/run.js'
import type { SeriesPoints } from '../entities/series-points.js'
import type { SegmentRef } from '../series/segment.js'
import type { KeyedValue } from './keyed-value.js'
import type { LoggedModelCommand } from './commands-logged-models.js'
import type { TraceCommand } from './commands-traces.js'

export type { KeyedValue } from './keyed-value.js'

/**
 * Commands are what the journal holds: plain data, fully resolved (ids, clock, truncation), so that
 * replaying them gives the same state anywhere. `apply` is their only interpreter.
 *
 * Integer ids (experiment, run, key, series, dataset, blob, model) come from counters and are never used twice.
 * What keeps files (runs, logged models, traces) takes its ids from one counter, so that a file's owner is one number.
 * `key` is always the id that a `defineKey` gave to a text; one dictionary serves metrics, params and tags.
 * Times are epoch milliseconds.
 */
export type Command =
  | { readonly t: 'defineKey'; readonly id: number; readonly name: string }
  | {
      readonly t: 'createExperiment'
      readonly id: number
      readonly experimentId: string
      readonly name: string
      readonly artifactLocation: string
      /** Null for one that came from elsewhere, where nobody knew. */
      readonly time: number | null
      readonly tags: readonly KeyedValue[]
    }
  | {
      readonly t: 'renameExperiment'
      readonly id: number
      readonly name: string
      readonly time: number
    }
  | {
      readonly t: 'setExperimentTag'
      readonly id: number
      readonly key: number
      readonly value: string
      readonly time: number
    }
  | {
      readonly t: 'deleteExperimentTag'
      readonly id: number
      readonly key: number
      readonly time: number
    }
  | { readonly t: 'deleteExperiment'; readonly id: number; readonly time: number }
  | { readonly t: 'restoreExperiment'; readonly id: number; readonly time: number }
  | { readonly t: 'purgeExperiment'; readonly id: number }
  | {
      readonly t: 'createRun'
      readonly id: number
      readonly runId: string
      readonly experiment: number
      readonly name: string
      readonly userId: string
      readonly status: RunStatus
      readonly startTime: number
      readonly owner: string | null
      readonly tags: readonly KeyedValue[]
    }
  | {
      readonly t: 'updateRun'
      readonly id: number
      readonly status?: RunStatus
      readonly endTime?: number
      readonly name?: string
    }
  | { readonly t: 'deleteRun'; readonly id: number; readonly time: number }
  | { readonly t: 'restoreRun'; readonly id: number }
  | { readonly t: 'purgeRun'; readonly id: number }
  | { readonly t: 'setParams'; readonly run: number; readonly params: readonly KeyedValue[] }
  | { readonly t: 'setTags'; readonly run: number; readonly tags: readonly KeyedValue[] }
  | { readonly t: 'deleteTag'; readonly run: number; readonly key: number }
  | {
      readonly t: 'defineDataset'
      readonly id: number
      readonly experiment: number
      readonly name: string
      readonly digest: string
      readonly sourceType: string
      readonly source: string
      readonly schema: string | null
      readonly profile: string | null
    }
  | {
      readonly t: 'linkDataset'
      readonly run: number
      readonly dataset: number
      readonly tags: readonly (readonly [key: string, value: string])[]
    }
  | {
      readonly t: 'defineSeries'
      readonly id: number
      readonly run: number
      readonly key: number
      /** Logged model and dataset of MLflow 3, '' for none: one run's key has a series for each. */
      readonly modelId: string
      readonly datasetName: string
      readonly datasetDigest: string
    }
  | PointsCommand
  | {
      readonly t: 'adoptSegments'
      /** Stored before, with the points of series that this record defines. */
      readonly segments: readonly SegmentRef[]
      readonly latest: readonly LatestRow[]
    }
  | {
      readonly t: 'defineBlob'
      readonly id: number
      /** Key under which the parts lie: `blobs/<name>/<part number>`. */
      readonly name: string
      readonly size: number
      readonly parts: number
      /** SHA-256, lower-case hex. */
      readonly hash: string
    }
  | {
      readonly t: 'putArtifact'
      readonly run: number
      readonly path: string
      readonly blob: number
    }
  | { readonly t: 'deleteArtifacts'; readonly run: number; readonly paths: readonly string[] }
  | RegistryCommand
  | LoggedModelCommand
  | TraceCommand

/** What happens to registered models and their versions; `model` is always a model's id. */
export type RegistryCommand =
  | {
      readonly t: 'createModel'
      readonly id: number
      readonly name: string
      readonly description: string | null
      readonly time: number
      readonly tags: readonly KeyedValue[]
    }
  | { readonly t: 'renameModel'; readonly id: number; readonly name: string; readonly time: number }
  | {
      readonly t: 'updateModel'
      readonly id: number
      readonly description: string | null
      readonly time: number
    }
  | { readonly t: 'deleteModel'; readonly id: number }
  | {
      readonly t: 'setModelTag'
      readonly model: number
      readonly key: number
      readonly value: string
    }
  | { readonly t: 'deleteModelTag'; readonly model: number; readonly key: number }
  | {
      readonly t: 'setAlias'
      readonly model: number
      readonly alias: string
      readonly version: number
    }
  | { readonly t: 'deleteAlias'; readonly model: number; readonly alias: string }
  | {
      readonly t: 'createVersion'
      readonly model: number
      /** Greater than every number that the model has ever used. */
      readonly version: number
      readonly source: string
      /** Where the files are, where that is not the source itself. */
      readonly location: string | null
      readonly runId: string
      readonly runLink: string
      readonly modelId: string
      readonly description: string | null
      readonly time: number
      readonly tags: readonly KeyedValue[]
    }
  | {
      readonly t: 'updateVersion'
      readonly model: number
      readonly version: number
      readonly description: string | null
      readonly time: number
    }
  | {
      readonly t: 'setStage'
      readonly model: number
      readonly version: number
      readonly stage: ModelStage
      /** Versions that are archived with it. */
      readonly archived: readonly number[]
      readonly time: number
    }
  | {
      readonly t: 'deleteVersion'
      readonly model: number
      readonly version: number
      readonly time: number
    }
  | {
      readonly t: 'setVersionTag'
      readonly model: number
      readonly version: number
      readonly key: number
      readonly value: string
    }
  | {
      readonly t: 'deleteVersionTag'
      readonly model: number
      readonly version: number
      readonly key: number
    }

/**
 * The latest point of a series whose points lie in a segment. Integers past 2^53 are texts, and of values NaN, the
 * infinities and negative zero.
 */
export type LatestRow = readonly [
  series: number,
  step: number | string,
  time: number | string,
  value: number | string,
]

/** Metric points: the one command whose payload is binary columns. */
export interface PointsCommand extends SeriesPoints {
  readonly t: 'points'
}

/** One write: its commands, applied in one transaction, journalled in one record. */
export interface Plan<T> {
  readonly commands: readonly Command[]
  /** Evaluated after the commands are applied. */
  readonly result: () => T
}

/** Where the ids of new things come from; part of the state, so that no id is ever used twice. */
export interface Counters {
  experiment: number
  run: number
  key: number
  series: number
  dataset: number
  blob: number
  model: number
}

/** What planning may not make up by itself, so that tests are exact. */
export interface Surroundings {
  /** Epoch milliseconds. */
  readonly now: () => number
  /** `n` random bytes, for ids and made-up names. */
  readonly randomBytes: (n: number) => Uint8Array
}

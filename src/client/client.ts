import type { Experiment } from '../entities/experiment.js'
import { validateStatus } from '../entities/validate.js'
import type { ModelInput } from '../entities/logged-model.js'
import type { Metric } from '../entities/metric.js'
import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { Run, RunInfo, RunStatus } from '../entities/run.js'
import type { Store } from '../store/store.js'
import { datasetToInput, type DatasetGiven, type InputOptions } from './dataset-input.js'
import { searchExperiments, type ExperimentPage, type SearchExperiments } from './experiments.js'
import { sendBatch, type BatchInput } from './log-batch.js'
import type { RunList } from './run-list.js'
import type { MetricOptions } from './run-logger.js'
import { searchRuns, type SearchRuns } from './search-runs.js'
import { TraceClient } from './trace-client.js'
import {
  metricValueToNumber,
  recordToPairs,
  toMilliseconds,
  toStep,
  toTimestamp,
  valueToText,
  type MetricValue,
  type ParamValue,
  type Timestamp,
} from './values.js'

/** Options of `createRun`. */
export interface CreateRunOptions {
  /** Now by default. */
  readonly startTime?: Timestamp
  readonly tags?: Readonly<Record<string, ParamValue>>
  /** A made-up one by default. */
  readonly runName?: string
}

/** Options of the client's `logMetric`. */
export interface LogMetricOptions extends MetricOptions {
  /** The logged model that the value belongs to. */
  readonly modelId?: string
  /** The dataset that the value was measured on; name and digest, or neither. */
  readonly datasetName?: string
  readonly datasetDigest?: string
}

/** A dataset with what says how it was used. */
export interface DatasetUse extends InputOptions {
  readonly dataset: DatasetGiven
}

/**
 * MLflow's MlflowClient: everything by id, every write awaited. Tags and params take what a run handle takes.
 * Errors are MLflow's, as TrackletError. Reads include all that the tracker's handles have logged before.
 */
export class MlflowClient extends TraceClient {
  /** Makes an experiment, gives its id. RESOURCE_ALREADY_EXISTS where the name is taken, also by a deleted one. */
  async createExperiment(
    name: string,
    options: { artifactLocation?: string; tags?: Readonly<Record<string, ParamValue>> } = {},
  ): Promise<string> {
    const { artifactLocation, tags } = options
    return this.#store.createExperiment(name, {
      ...(artifactLocation === undefined ? {} : { artifactLocation }),
      ...(tags === undefined ? {} : { tags: recordToPairs(tags, 'Tags') }),
    })
  }

  /** An experiment, deleted ones too. RESOURCE_DOES_NOT_EXIST where there is none. */
  async getExperiment(experimentId: string): Promise<Experiment> {
    return this.#store.getExperiment(experimentId)
  }

  /** An experiment, deleted ones too; null where there is none. */
  async getExperimentByName(name: string): Promise<Experiment | null> {
    return this.#store.getExperimentByName(name)
  }

  /** One page of the experiments that a search finds; newest first unless ordered. */
  async searchExperiments(options?: SearchExperiments): Promise<ExperimentPage> {
    return searchExperiments(this.#store, options)
  }

  /** Gives an experiment another name. */
  async renameExperiment(experimentId: string, newName: string): Promise<void> {
    await this.#store.renameExperiment(experimentId, newName)
  }

  /** Marks an experiment and its runs deleted; they can be restored. */
  async deleteExperiment(experimentId: string): Promise<void> {
    await this.#store.deleteExperiment(experimentId)
  }

  /** Restores a deleted experiment and its runs. */
  async restoreExperiment(experimentId: string): Promise<void> {
    await this.#store.restoreExperiment(experimentId)
  }

  /** Removes a deleted experiment for good, with its runs; its name is free again. */
  async purgeExperiment(experimentId: string): Promise<void> {
    await this.#store.purgeExperiment(experimentId)
  }

  /** Sets a tag of an experiment. */
  async setExperimentTag(experimentId: string, key: string, value: ParamValue): Promise<void> {
    await this.#store.setExperimentTag(experimentId, key, valueToText(value, key))
  }

  /** Removes a tag of an experiment. */
  async deleteExperimentTag(experimentId: string, key: string): Promise<void> {
    await this.#store.deleteExperimentTag(experimentId, key)
  }

  /** Makes a run. It lasts until `setTerminated`; no handle answers for it. */
  async createRun(experimentId: string, options: CreateRunOptions = {}): Promise<Run> {
    const { startTime = Date.now(), tags = {}, runName } = options
    const pairs = recordToPairs(tags, 'Tags')
    const userId = pairs.find(([key]) => key === MLFLOW_TAGS.user)?.[1]
    return this.#store.createRun({
      experimentId,
      startTime: toMilliseconds(startTime, 'start_time'),
      tags: pairs,
      ...(runName === undefined ? {} : { runName }),
      ...(userId === undefined ? {} : { userId }),
    })
  }

  /** A run with its latest metrics, params and tags. RESOURCE_DOES_NOT_EXIST where there is none. */
  async getRun(runId: string): Promise<Run> {
    return this.#store.getRun(runId)
  }

  /** The run that this one is a child of; null when it is none. */
  async getParentRun(runId: string): Promise<Run | null> {
    const parentId = (await this.getRun(runId)).data.tags[MLFLOW_TAGS.parentRunId]
    return parentId === undefined ? null : this.#store.getRun(parentId)
  }

  /** Runs of these experiments that a search finds; newest first unless ordered. */
  searchRuns(
    experimentIds: readonly string[],
    options: Omit<SearchRuns, 'experimentIds' | 'experimentNames' | 'searchAllExperiments'> = {},
  ): RunList {
    return searchRuns(this.session, { ...options, experimentIds })
  }

  /** Changes a run's status or name. */
  async updateRun(
    runId: string,
    change: { status?: RunStatus; name?: string } = {},
  ): Promise<RunInfo> {
    const { status, name } = change
    return this.#store.updateRun(runId, {
      ...(status === undefined ? {} : { status: validateStatus(status) }),
      ...(name === undefined ? {} : { runName: name }),
    })
  }

  /** Ends a run; FINISHED and now by default. */
  async setTerminated(
    runId: string,
    status: RunStatus = 'FINISHED',
    endTime: Timestamp = Date.now(),
  ): Promise<void> {
    await this.#store.updateRun(runId, {
      status: validateStatus(status),
      endTime: toMilliseconds(endTime, 'end_time'),
    })
  }

  /** Marks a run deleted; it can be restored. */
  async deleteRun(runId: string): Promise<void> {
    await this.#store.deleteRun(runId)
  }

  /** Restores a deleted run. */
  async restoreRun(runId: string): Promise<void> {
    await this.#store.restoreRun(runId)
  }

  /** Removes a deleted run for good, with its history and files. */
  async purgeRun(runId: string): Promise<void> {
    await this.#store.purgeRun(runId)
  }

  /** Logs one value of a metric, of the run and of a logged model where one is named. */
  async logMetric(
    runId: string,
    key: string,
    value: MetricValue,
    { timestamp, step, modelId, datasetName, datasetDigest }: LogMetricOptions = {},
  ): Promise<void> {
    const number = metricValueToNumber(value)
    await this.#store.logMetric(runId, {
      ...(modelId === undefined ? {} : { modelId }),
      ...(datasetName === undefined ? {} : { datasetName }),
      ...(datasetDigest === undefined ? {} : { datasetDigest }),
      key,
      value: number,
      timestamp: toTimestamp(timestamp, key, number),
      step: toStep(step),
    })
  }

  /** Logs a param and gives its value back. */
  async logParam<T extends ParamValue>(runId: string, key: string, value: T): Promise<T> {
    await this.#store.logParam(runId, key, valueToText(value, key))
    return value
  }

  /** Sets a tag. */
  async setTag(runId: string, key: string, value: ParamValue): Promise<void> {
    await this.#store.setTag(runId, key, valueToText(value, key))
  }

  /** Removes a tag. RESOURCE_DOES_NOT_EXIST where there is none. */
  async deleteTag(runId: string, key: string): Promise<void> {
    await this.#store.deleteTag(runId, key)
  }

  /** Writes metrics, params and tags: all or nothing within MLflow's limits, else in several batches. */
  async logBatch(runId: string, batch: BatchInput): Promise<void> {
    await sendBatch(this.#store, runId, batch)
  }

  /** Links datasets, and logged models, to the run that used them. */
  async logInputs(
    runId: string,
    datasets: readonly DatasetUse[],
    models: readonly ModelInput[] = [],
  ): Promise<void> {
    const inputs = datasets.map(({ dataset, ...options }) => datasetToInput(dataset, options))
    await this.#store.logInputs(runId, inputs, models)
  }

  /** All points of a metric as rows, in MLflow's order (time, step, value); none for an unknown run or key. */
  async getMetricHistory(runId: string, key: string): Promise<Metric[]> {
    const rows: Metric[] = []
    let pageToken: string | null = null
    do {
      const options: { pageToken?: string } = pageToken === null ? {} : { pageToken }
      const page = await this.#store.getMetricHistory(runId, key, options)
      for (const row of page.items) rows.push(row)
      pageToken = page.nextPageToken
    } while (pageToken !== null)
    return rows
  }

  get #store(): Store {
    return this.session.store
  }
}

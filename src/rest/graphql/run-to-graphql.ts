import type { DatasetInput } from '../../entities/dataset.js'
import type { Experiment } from '../../entities/experiment.js'
import type { Metric } from '../../entities/metric.js'
import type { ModelVersion } from '../../entities/registered-model.js'
import type { Run, RunData, RunInfo } from '../../entities/run.js'
import { experimentLocation, runArtifactUri } from '../entities-to-json.js'
import { toFloat, toLongString, toPairList, type GraphqlObject } from './graphql-value.js'

/** MLflow's MlflowExperiment. */
export function experimentToGraphql(experiment: Experiment): GraphqlObject {
  return {
    __typename: 'MlflowExperiment',
    artifactLocation: experimentLocation(experiment),
    creationTime: toLongString(experiment.creationTime),
    effectiveTraceArchivalRetention: '',
    experimentId: experiment.experimentId,
    lastUpdateTime: toLongString(experiment.lastUpdateTime),
    lifecycleStage: experiment.lifecycleStage,
    name: experiment.name,
    tags: toPairList('MlflowExperimentTag', experiment.tags),
    workspace: 'default',
  }
}

/** MLflow's MlflowRunExtension: a run with its experiment and the versions of models that it made. */
export function runToGraphql(
  run: Run,
  experiment: Experiment,
  versions: readonly ModelVersion[],
): GraphqlObject {
  return {
    __typename: 'MlflowRunExtension',
    info: infoToGraphql(run.info),
    experiment: experimentToGraphql(experiment),
    modelVersions: versions.map(versionToGraphql),
    data: dataToGraphql(run.data),
    inputs: {
      __typename: 'MlflowRunInputs',
      datasetInputs: run.inputs.datasetInputs.map(datasetInputToGraphql),
      modelInputs: run.inputs.modelInputs.map(({ modelId }) => ({
        __typename: 'MlflowModelInput',
        modelId,
      })),
    },
    outputs: {
      __typename: 'MlflowRunOutputs',
      modelOutputs: run.outputs.modelOutputs.map(({ modelId, step }) => ({
        __typename: 'MlflowModelOutput',
        modelId,
        step: toLongString(step),
      })),
    },
  }
}

function infoToGraphql(info: RunInfo): GraphqlObject {
  return {
    __typename: 'MlflowRunInfo',
    artifactUri: runArtifactUri(info),
    endTime: toLongString(info.endTime),
    experimentId: info.experimentId,
    lifecycleStage: info.lifecycleStage,
    runId: info.runId,
    runName: info.runName,
    runUuid: info.runId,
    startTime: toLongString(info.startTime),
    status: info.status,
    userId: info.userId,
  }
}

function dataToGraphql({ latestMetrics, params, tags }: RunData): GraphqlObject {
  return {
    __typename: 'MlflowRunData',
    metrics: latestMetrics.map(metricToGraphql),
    params: toPairList('MlflowParam', params),
    tags: toPairList('MlflowRunTag', tags),
  }
}

function metricToGraphql({ key, value, step, timestamp }: Metric): GraphqlObject {
  return {
    __typename: 'MlflowMetricExtension',
    datasetDigest: '',
    datasetName: '',
    key,
    modelId: '',
    runId: '',
    step: toLongString(step),
    timestamp: toLongString(timestamp),
    value: toFloat(value),
  }
}

function datasetInputToGraphql({ dataset, tags }: DatasetInput): GraphqlObject {
  return {
    __typename: 'MlflowDatasetInput',
    dataset: {
      __typename: 'MlflowDataset',
      digest: dataset.digest,
      name: dataset.name,
      profile: dataset.profile ?? '',
      schema: dataset.schema ?? '',
      source: dataset.source,
      sourceType: dataset.sourceType,
    },
    tags: toPairList('MlflowInputTag', tags),
  }
}

function versionToGraphql(version: ModelVersion): GraphqlObject {
  return {
    __typename: 'MlflowModelVersion',
    creationTimestamp: toLongString(version.creationTimestamp),
    currentStage: version.currentStage,
    description: version.description ?? '',
    lastUpdatedTimestamp: toLongString(version.lastUpdatedTimestamp),
    name: version.name,
    runId: version.runId,
    source: version.source,
    status: version.status,
    version: version.version,
  }
}

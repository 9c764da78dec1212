import type { ComparedRun, RunComparison } from '../client/compare-runs.js'
import type { DatasetInput } from '../entities/dataset.js'
import type { Experiment } from '../entities/experiment.js'
import type { Run } from '../entities/run.js'

const INDENT = 2
// JSON.stringify leaves these as they are.
const CONTROL = /[\x7f-\x9f\u2028\u2029]/g

/**
 * A value as JSON. What JSON has no number for is a text, as in protobuf's JSON and so in MLflow's REST protocol:
 * "NaN", "Infinity", "-Infinity". Control characters are escaped, those past ASCII too: a terminal would obey them.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value, nonFiniteToText, INDENT).replace(
    CONTROL,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A list as JSON in pieces, so that a long one never is one text. */
export async function* listToJson(
  items: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncGenerator<string, void, undefined> {
  let before = '[\n'
  for await (const item of items) {
    yield `${before}${indented(toJson(item))}`
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

/** A run as MLflow's `Run.to_dictionary()` gives it. */
export function runToDictionary({ info, data, inputs }: Run): unknown {
  return {
    info: {
      artifact_uri: info.artifactUri,
      end_time: info.endTime,
      experiment_id: info.experimentId,
      lifecycle_stage: info.lifecycleStage,
      run_id: info.runId,
      run_name: info.runName,
      start_time: info.startTime,
      status: info.status,
      user_id: info.userId,
    },
    data: { metrics: data.metrics, params: data.params, tags: data.tags },
    inputs: { model_inputs: [], dataset_inputs: inputs.datasetInputs.map(datasetToDictionary) },
    outputs: { model_outputs: [] },
  }
}

/** An experiment under MLflow's names. */
export function experimentToDictionary(experiment: Experiment): unknown {
  return {
    artifact_location: experiment.artifactLocation,
    creation_time: experiment.creationTime,
    experiment_id: experiment.experimentId,
    last_update_time: experiment.lastUpdateTime,
    lifecycle_stage: experiment.lifecycleStage,
    name: experiment.name,
    tags: experiment.tags,
  }
}

/** A comparison under MLflow's names. */
export function comparisonToDictionary(comparison: RunComparison): unknown {
  const { runs, params, metrics, tags } = comparison
  return { runs: runs.map(comparedToDictionary), params, metrics, tags }
}

function comparedToDictionary(run: ComparedRun): unknown {
  return {
    artifact_uri: run.artifactUri,
    end_time: run.endTime,
    experiment_id: run.experimentId,
    run_id: run.runId,
    run_name: run.runName,
    start_time: run.startTime,
    status: run.status,
    user_id: run.userId,
  }
}

function datasetToDictionary({ dataset, tags }: DatasetInput): unknown {
  return {
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      schema: dataset.schema,
      profile: dataset.profile,
    },
    tags,
  }
}

function indented(json: string): string {
  const space = ' '.repeat(INDENT)
  return space + json.replaceAll('\n', `\n${space}`)
}

function nonFiniteToText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

import type { Run } from '../../entities/run.js'
import type { Store } from '../../store/store.js'
import { readFields } from '../read-fields.js'
import { runSearch, toRunQuery } from '../run-search.js'
import { text } from '../schema.js'
import type { GraphqlObject } from './graphql-value.js'
import { experimentToGraphql, runToGraphql } from './run-to-graphql.js'

/** The input of an operation, before its types are looked at. */
export type GraphqlInput = Readonly<Record<string, unknown>>

/** One of the questions that MLflow's pages ask by GraphQL: always with these names, so that no text need be parsed. */
export interface Operation {
  /** The variable that has its input. */
  readonly variable: string
  /** The field of `data` that has its answer. */
  readonly field: string
  /** The answer in full, whichever of its fields were asked for. Throws TrackletError. */
  answer(store: Store, input: GraphqlInput): Promise<GraphqlObject>
}

/** By the name of the operation. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [
    'MlflowGetExperimentQuery',
    { variable: 'input', field: 'mlflowGetExperiment', answer: getExperiment },
  ],
  ['GetRun', { variable: 'data', field: 'mlflowGetRun', answer: getRun }],
  ['SearchRuns', { variable: 'data', field: 'mlflowSearchRuns', answer: searchRuns }],
])

async function getExperiment(store: Store, input: GraphqlInput): Promise<GraphqlObject> {
  // MLflow's pages take the first experiment where none is named, and so does its server.
  const { experiment_id: id = '' } = readFields({ experiment_id: text }, input)
  const experiment = await store.getExperiment(id === '' ? '0' : id)
  return {
    __typename: 'MlflowGetExperimentResponse',
    apiError: null,
    experiment: experimentToGraphql(experiment),
  }
}

async function getRun(store: Store, input: GraphqlInput): Promise<GraphqlObject> {
  const { run_id: id, run_uuid: uuid } = readFields({ run_id: text, run_uuid: text }, input)
  const [run] = await withRelated(store, [await store.getRun(id || uuid || '')])
  return { __typename: 'MlflowGetRunResponse', apiError: null, run: run ?? null }
}

async function searchRuns(store: Store, input: GraphqlInput): Promise<GraphqlObject> {
  const query = toRunQuery(readFields(runSearch, input))
  const { items, nextPageToken } = await store.searchRuns(query)
  return {
    __typename: 'MlflowSearchRunsResponse',
    apiError: null,
    nextPageToken: nextPageToken ?? '',
    runs: await withRelated(store, items),
  }
}

/** Runs with their experiments and the versions of models that they made. */
async function withRelated(store: Store, runs: readonly Run[]): Promise<GraphqlObject[]> {
  const ids = [...new Set(runs.map(({ info }) => info.experimentId))]
  const experiments = new Map(
    await Promise.all(ids.map(async (id) => [id, await store.getExperiment(id)] as const)),
  )
  const all: GraphqlObject[] = []
  for (const run of runs) {
    const { runId, experimentId } = run.info
    const { items } = await store.searchModelVersions({ filter: `run_id='${runId}'` })
    const experiment = experiments.get(experimentId) ?? (await store.getExperiment(experimentId))
    all.push(runToGraphql(run, experiment, items))
  }
  return all
}

import type { KeyValue } from '../../entities/log-batch.js'
import {
  LOGGED_MODEL_STATUSES,
  type LoggedModel,
  type LoggedModelStatus,
} from '../../entities/logged-model.js'
import { invalidValue, wrongType } from '../../entities/invalid.js'
import type { PagedList } from '../../entities/paged-list.js'
import { validateList, validateRequired, validateSafeInteger } from '../../entities/validate.js'
import type {
  CreateLoggedModel,
  LoggedModelQuery,
  LoggedModelStore,
} from '../../store/logged-model-store.js'
import { modelStatusToName } from '../logged-model-to-json.js'
import type { ApiCall, Connection } from './connection.js'
import { notOnServers } from './not-on-servers.js'
import { fromPairs, listOf, messageOf, tokenOf } from './wire.js'
import { toLoggedModel } from './wire-logged-models.js'

/** Params that go with one request, as MLflow's own client has it. */
const PARAMS_AT_ONCE = 100

/** MLflow's logged models, spoken to over its REST protocol (mlflow/protos/service.proto). */
export function remoteLoggedModels(server: Connection): LoggedModelStore {
  const model = async (call: ApiCall): Promise<LoggedModel> =>
    toLoggedModel(messageOf((await server.call(call))['model']))
  const done = async (call: ApiCall): Promise<void> => void (await server.call(call))
  return {
    createLoggedModel: (given) => createLoggedModel(server, given),
    getLoggedModel: (modelId) => getLoggedModel(server, modelId),
    finalizeLoggedModel: async (modelId, status) =>
      model({
        ...PATCH,
        path: pathOf(modelId),
        json: { model_id: modelId, status: modelStatusToName(validateModelStatus(status)) },
      }),
    deleteLoggedModel: async (modelId) =>
      done({ method: 'DELETE', path: pathOf(modelId), json: { model_id: modelId } }),
    purgeLoggedModel: () => notOnServers('purge'),
    searchLoggedModels: (query) => searchLoggedModels(server, query),
    setLoggedModelTags: async (modelId, tags) =>
      done({
        ...PATCH,
        path: `${pathOf(modelId)}/tags`,
        json: { tags: fromPairs(validateList(tags, 'tags')) },
      }),
    // Not repeated: a tag that is gone is an error.
    deleteLoggedModelTag: async (modelId, key) =>
      done({
        method: 'DELETE',
        path: `${pathOf(modelId)}/tags/${segment(key, 'tag_key')}`,
      }),
    logLoggedModelParams: async (modelId, params) =>
      logParams(server, modelId, validateList(params, 'params')),
    async logOutputs(runId, models) {
      const outputs = validateList(models, 'models').map(({ modelId, step }) => ({
        model_id: validateRequired(modelId, 'model_id'),
        step: validateSafeInteger(step, 'step'),
      }))
      const json = { run_id: validateRequired(runId, 'run_id'), models: outputs }
      await server.write(runId, { path: 'runs/outputs', json })
    },
  }
}

/** Doing it twice is as good as once. */
const PATCH = { method: 'PATCH', repeat: true } as const

async function createLoggedModel(
  server: Connection,
  given: CreateLoggedModel,
): Promise<LoggedModel> {
  const { experimentId, name, sourceRunId, modelType, params = [], tags = [] } = given
  const json = {
    experiment_id: validateRequired(experimentId, 'experiment_id'),
    params: fromPairs(params.slice(0, PARAMS_AT_ONCE)),
    tags: fromPairs(tags),
    ...(name && { name }),
    ...(sourceRunId && { source_run_id: sourceRunId }),
    ...(modelType && { model_type: modelType }),
  }
  const answer = await server.call({ path: 'logged-models', json })
  const model = toLoggedModel(messageOf(answer['model']))
  if (params.length <= PARAMS_AT_ONCE) return model
  const rest = params.slice(PARAMS_AT_ONCE)
  await logParams(server, model.modelId, rest)
  return { ...model, params: { ...model.params, ...Object.fromEntries(rest) } }
}

async function logParams(
  server: Connection,
  modelId: string,
  params: readonly KeyValue[],
): Promise<void> {
  const path = `${pathOf(modelId)}/params`
  for (let from = 0; from < params.length; from += PARAMS_AT_ONCE) {
    const some = fromPairs(params.slice(from, from + PARAMS_AT_ONCE))
    await server.call({ path, json: { model_id: modelId, params: some } })
  }
}

async function searchLoggedModels(
  server: Connection,
  query: LoggedModelQuery,
): Promise<PagedList<LoggedModel>> {
  const { experimentIds, filter, datasets = [], orderBy = [], maxResults = 0, pageToken } = query
  const json = {
    experiment_ids: validateList(experimentIds, 'experiment_ids'),
    datasets: datasets.map(datasetOf),
    order_by: orderBy.map(({ fieldName, ascending = true, ...dataset }) => ({
      field_name: fieldName,
      ascending,
      ...datasetOf(dataset),
    })),
    // Told always: without it a server's pages are shorter than the port says.
    max_results: validateSafeInteger(maxResults, 'max_results'),
    ...(filter && { filter }),
    ...(pageToken && { page_token: pageToken }),
  }
  const answer = await server.call({ path: 'logged-models/search', json, repeat: true })
  return { items: listOf(answer['models']).map(toLoggedModel), nextPageToken: tokenOf(answer) }
}

function datasetOf(dataset: { datasetName?: string; datasetDigest?: string }): object {
  const { datasetName, datasetDigest } = dataset
  return {
    ...(datasetName && { dataset_name: datasetName }),
    ...(datasetDigest && { dataset_digest: datasetDigest }),
  }
}

/** The path of a logged model below MLflow's API; INVALID_PARAMETER_VALUE for an id that no path can hold. */
export function pathOf(modelId: string): string {
  return `logged-models/${segment(modelId, 'model_id')}`
}

/** What is sent as a part of a path: `.` and `..` would make another path of it. */
function segment(text: string, parameter: string): string {
  const given = validateRequired(text, parameter)
  if (given === '.' || given === '..')
    throw invalidValue(parameter, given, "The protocol's paths cannot hold it.")
  return encodeURIComponent(given)
}

/** A logged model with all that was written before. */
export async function getLoggedModel(server: Connection, modelId: string): Promise<LoggedModel> {
  const answer = await server.call({ method: 'GET', path: pathOf(modelId) })
  return toLoggedModel(messageOf(answer['model']))
}

function validateModelStatus(status: unknown): LoggedModelStatus {
  const known = LOGGED_MODEL_STATUSES.find((name) => name === status)
  if (known === undefined) throw wrongType('status', status)
  return known
}

import { invalid } from '../../entities/invalid.js'
import { TrackletError } from '../../errors.js'
import { downloadResponse } from '../artifact-download.js'
import { safeDirectory, safeFile } from '../artifact-place.js'
import { fileInfoToJson } from '../entities-to-json.js'
import { defined, toCount, toPairs } from '../field-values.js'
import {
  loggedModelArtifactUri,
  loggedModelToJson,
  MODEL_STATUSES,
  nameToModelStatus,
} from '../logged-model-to-json.js'
import { route } from '../route.js'
import type { Route, RouteContext } from '../route.js'
import { bool, choice, int64, keyValue, lenient, list, message, required, text } from '../schema.js'

/** A page of a search that does not say how long it may be; MLflow's client always says it. */
const PAGE = 50
/** What MLflow takes 0 for. */
const PAGE_FOR_ZERO = 100

const ONE = 'logged-models/:model_id'

const searchRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'logged-models/search',
    needs: {
      experiment_ids: required(list(text)),
      filter: text,
      datasets: list(message({ dataset_name: text, dataset_digest: text })),
      max_results: int64,
      order_by: list(
        message({ field_name: text, ascending: bool, dataset_name: text, dataset_digest: text }),
      ),
      page_token: text,
    },
    async answer(store, fields) {
      const { items, nextPageToken } = await store.searchLoggedModels({
        experimentIds: fields.experiment_ids,
        datasets: fields.datasets.map(({ dataset_name: name = '', dataset_digest: digest }) => ({
          datasetName: name,
          ...defined({ datasetDigest: digest || undefined }),
        })),
        orderBy: fields.order_by.map((order) => ({
          fieldName: order.field_name ?? '',
          ...defined({
            ascending: order.ascending,
            datasetName: order.dataset_name || undefined,
            datasetDigest: order.dataset_digest || undefined,
          }),
        })),
        maxResults: (toCount(fields.max_results) ?? PAGE) || PAGE_FOR_ZERO,
        ...defined({
          filter: fields.filter || undefined,
          pageToken: fields.page_token || undefined,
        }),
      })
      return { models: items.map(loggedModelToJson), next_page_token: nextPageToken }
    },
  }),
]

const modelRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'logged-models',
    needs: {
      experiment_id: required(text),
      name: text,
      model_type: text,
      source_run_id: text,
      params: list(keyValue),
      tags: list(keyValue),
    },
    async answer(store, fields) {
      const model = await store.createLoggedModel({
        experimentId: fields.experiment_id,
        params: toPairs(fields.params),
        tags: toPairs(fields.tags),
        ...defined({
          name: fields.name || undefined,
          // MLflow's server stores empty texts, which `!=` in a search then finds.
          modelType: fields.model_type ?? '',
          sourceRunId: fields.source_run_id ?? '',
        }),
      })
      return { model: loggedModelToJson(model) }
    },
  }),
  route({
    methods: ['GET'],
    path: ONE,
    needs: {},
    async answer(store, _, context) {
      return { model: loggedModelToJson(await store.getLoggedModel(modelOf(context))) }
    },
  }),
  route({
    methods: ['PATCH'],
    path: ONE,
    needs: { model_id: required(text), status: lenient(required(choice(MODEL_STATUSES))) },
    async answer(store, fields, context) {
      const status = nameToModelStatus(fields.status)
      const model = await store.finalizeLoggedModel(sameModel(context, fields.model_id), status)
      return { model: loggedModelToJson(model) }
    },
  }),
  route({
    methods: ['DELETE'],
    path: ONE,
    needs: {},
    async answer(store, _, context) {
      await store.deleteLoggedModel(modelOf(context))
      return {}
    },
  }),
]

const pairRoutes: readonly Route[] = [
  route({
    methods: ['PATCH'],
    path: `${ONE}/tags`,
    needs: { tags: list(keyValue) },
    async answer(store, { tags }, context) {
      await store.setLoggedModelTags(modelOf(context), toPairs(tags))
      return {}
    },
  }),
  route({
    methods: ['DELETE'],
    path: `${ONE}/tags/:key`,
    needs: {},
    async answer(store, _, context) {
      await store.deleteLoggedModelTag(modelOf(context), context.params['key'] ?? '')
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: `${ONE}/params`,
    needs: { model_id: required(text), params: list(keyValue) },
    async answer(store, fields, context) {
      const modelId = sameModel(context, fields.model_id)
      await store.logLoggedModelParams(modelId, toPairs(fields.params))
      return {}
    },
  }),
]

const fileRoutes: readonly Route[] = [
  route({
    methods: ['GET'],
    path: `${ONE}/artifacts/directories`,
    needs: { artifact_directory_path: text, page_token: text },
    async answer(store, { artifact_directory_path: path = '' }, context) {
      const directory = safeDirectory(path)
      const model = await store.getLoggedModel(modelOf(context))
      const files = await store.listArtifacts(model.modelId, directory)
      return {
        root_uri: loggedModelArtifactUri(model),
        files: files.map((file) => fileInfoToJson(file, file.path)),
      }
    },
  }),
  route({
    methods: ['GET'],
    path: `${ONE}/artifacts/files`,
    ajaxOnly: true,
    needs: { artifact_file_path: text },
    async answer(store, { artifact_file_path: path = '' }, context) {
      if (path === '')
        throw new TrackletError(
          'BAD_REQUEST',
          'Request must include the "artifact_file_path" query parameter.',
        )
      const file = safeFile(path)
      const { modelId } = await store.getLoggedModel(modelOf(context))
      return downloadResponse(store, { runId: modelId, path: file }, context.request)
    },
  }),
]

/** MLflow 3's logged models: themselves, their tags and params, their files. */
export const loggedModelRoutes: readonly Route[] = [
  // Before those whose paths hold an id, which 'search' would be taken for.
  ...searchRoutes,
  ...modelRoutes,
  ...pairRoutes,
  ...fileRoutes,
]

function modelOf({ params }: RouteContext): string {
  return params['model_id'] ?? ''
}

/** Two routes want the model's id in the body again: which of two is meant would be open. */
function sameModel(context: RouteContext, given: string): string {
  const modelId = modelOf(context)
  if (given === modelId) return modelId
  throw invalid(
    `The request names two models: '${modelId}' in its path, '${given}' in its body. Give one of them in both places.`,
  )
}

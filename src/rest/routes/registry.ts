import type { Int64 } from '../../entities/int64.js'
import { invalid, wrongType } from '../../entities/invalid.js'
import { MODEL_PAGES, VERSION_PAGES } from '../../search/page-token.js'
import type { PageRule } from '../../search/page-token.js'
import type { RegistryQuery } from '../../store/model-registry-store.js'
import { defined, toCount, toPairs } from '../field-values.js'
import { modelDownloadUri } from '../model-location.js'
import { modelVersionToJson, registeredModelToJson } from '../registry-to-json.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { bool, int64, keyValue, list, required, text } from '../schema.js'

const name = required(text)
const version = required(text)
const tag = { key: required(text), value: text }
const search = { filter: text, max_results: int64, order_by: list(text), page_token: text }

const modelRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'registered-models/create',
    needs: { name, tags: list(keyValue), description: text },
    async answer(store, fields) {
      const options = defined({ description: fields.description, tags: toPairs(fields.tags) })
      const model = await store.createRegisteredModel(fields.name, options)
      return { registered_model: registeredModelToJson(model) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'registered-models/get',
    needs: { name },
    async answer(store, fields) {
      const model = await store.getRegisteredModel(fields.name)
      return { registered_model: registeredModelToJson(model) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'registered-models/search',
    needs: search,
    async answer(store, fields) {
      const found = await store.searchRegisteredModels(toQuery(fields, MODEL_PAGES))
      return {
        registered_models: found.items.map(registeredModelToJson),
        next_page_token: found.nextPageToken,
      }
    },
  }),
  route({
    methods: ['POST'],
    path: 'registered-models/rename',
    needs: { name, new_name: required(text) },
    async answer(store, fields) {
      const model = await store.renameRegisteredModel(fields.name, fields.new_name)
      return { registered_model: registeredModelToJson(model) }
    },
  }),
  route({
    methods: ['PATCH'],
    path: 'registered-models/update',
    needs: { name, description: text },
    async answer(store, { name: model, description = null }) {
      const updated = await store.updateRegisteredModel(model, description)
      return { registered_model: registeredModelToJson(updated) }
    },
  }),
  route({
    methods: ['DELETE'],
    path: 'registered-models/delete',
    needs: { name },
    async answer(store, fields) {
      await store.deleteRegisteredModel(fields.name)
      return {}
    },
  }),
  route({
    methods: ['POST', 'GET'],
    path: 'registered-models/get-latest-versions',
    needs: { name, stages: list(text) },
    async answer(store, fields) {
      const versions = await store.getLatestVersions(fields.name, fields.stages)
      return { model_versions: versions.map(modelVersionToJson) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'registered-models/set-tag',
    needs: { name, ...tag },
    async answer(store, { name: model, key, value = '' }) {
      await store.setRegisteredModelTag(model, key, value)
      return {}
    },
  }),
  route({
    methods: ['DELETE'],
    path: 'registered-models/delete-tag',
    needs: { name, key: required(text) },
    async answer(store, fields) {
      await store.deleteRegisteredModelTag(fields.name, fields.key)
      return {}
    },
  }),
]

const aliasRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'registered-models/alias',
    needs: { name, alias: required(text), version },
    async answer(store, fields) {
      await store.setRegisteredModelAlias(fields.name, fields.alias, fields.version)
      return {}
    },
  }),
  route({
    methods: ['DELETE'],
    path: 'registered-models/alias',
    needs: { name, alias: required(text) },
    async answer(store, fields) {
      await store.deleteRegisteredModelAlias(fields.name, fields.alias)
      return {}
    },
  }),
  route({
    methods: ['GET'],
    path: 'registered-models/alias',
    needs: { name, alias: required(text) },
    async answer(store, fields) {
      const found = await store.getModelVersionByAlias(fields.name, fields.alias)
      return { model_version: modelVersionToJson(found) }
    },
  }),
]

const versionRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'model-versions/create',
    needs: {
      name,
      source: required(text),
      run_id: text,
      tags: list(keyValue),
      run_link: text,
      description: text,
      model_id: text,
    },
    async answer(store, fields) {
      const made = await store.createModelVersion(fields.name, {
        source: fields.source,
        // The protocol cannot tell an absent text from an empty one here.
        description: fields.description ?? '',
        tags: toPairs(fields.tags),
        ...defined({ runId: fields.run_id, runLink: fields.run_link, modelId: fields.model_id }),
      })
      return { model_version: modelVersionToJson(made) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'model-versions/get',
    needs: { name, version },
    async answer(store, fields) {
      const found = await store.getModelVersion(fields.name, fields.version)
      return { model_version: modelVersionToJson(found) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'model-versions/search',
    needs: search,
    async answer(store, fields) {
      const found = await store.searchModelVersions(toQuery(fields, VERSION_PAGES))
      return {
        model_versions: found.items.map(modelVersionToJson),
        next_page_token: found.nextPageToken,
      }
    },
  }),
  route({
    methods: ['PATCH'],
    path: 'model-versions/update',
    needs: { name, version, description: text },
    async answer(store, { name: model, version: number, description = null }) {
      const updated = await store.updateModelVersion(model, number, description)
      return { model_version: modelVersionToJson(updated) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'model-versions/transition-stage',
    needs: { name, version, stage: required(text), archive_existing_versions: bool },
    async answer(
      store,
      { name: model, version: number, stage, archive_existing_versions: archive },
    ) {
      const options = { archiveExistingVersions: archive ?? false }
      const moved = await store.transitionModelVersionStage(model, number, stage, options)
      return { model_version: modelVersionToJson(moved) }
    },
  }),
  route({
    methods: ['DELETE'],
    path: 'model-versions/delete',
    needs: { name, version },
    async answer(store, fields) {
      await store.deleteModelVersion(fields.name, fields.version)
      return {}
    },
  }),
  route({
    methods: ['GET'],
    path: 'model-versions/get-download-uri',
    // The one route whose fields MLflow leaves to the registry to miss.
    needs: { name: text, version: text },
    async answer(store, { name: model = '', version: number = '' }) {
      if (model === '') throw invalid("Missing value for required parameter 'name'.")
      if (number === '') throw invalid("Parameter 'version' must be an integer, got ''.")
      return { artifact_uri: await modelDownloadUri(store, model, number) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'model-versions/set-tag',
    needs: { name, version, ...tag },
    async answer(store, { name: model, version: number, key, value = '' }) {
      await store.setModelVersionTag(model, number, key, value)
      return {}
    },
  }),
  route({
    methods: ['DELETE'],
    path: 'model-versions/delete-tag',
    needs: { name, version, key: required(text) },
    async answer(store, fields) {
      await store.deleteModelVersionTag(fields.name, fields.version, fields.key)
      return {}
    },
  }),
]

/** `registered-models/*` and `model-versions/*`. */
export const registryRoutes: readonly Route[] = [...modelRoutes, ...aliasRoutes, ...versionRoutes]

interface SearchFields {
  readonly filter: string | undefined
  readonly max_results: Int64 | undefined
  readonly order_by: readonly string[]
  readonly page_token: string | undefined
}

function toQuery(fields: SearchFields, { max }: PageRule): RegistryQuery {
  const maxResults = toCount(fields.max_results)
  // MLflow complains about the text of the query.
  if (maxResults !== undefined && maxResults > max)
    throw wrongType('max_results', String(maxResults))
  return {
    orderBy: fields.order_by,
    ...defined({ filter: fields.filter, maxResults, pageToken: fields.page_token }),
  }
}

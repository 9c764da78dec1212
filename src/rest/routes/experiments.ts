import { invalid } from '../../entities/invalid.js'
import { TrackletError } from '../../errors.js'
import { experimentToJson } from '../entities-to-json.js'
import { VIEW_TYPES, defined, toCount, toPairs } from '../field-values.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { choice, int64, keyValue, lenient, list, required, text } from '../schema.js'

/** `experiments/*`, but for the datasets in them. */
export const experimentRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'experiments/create',
    needs: { name: required(text), artifact_location: text, tags: list(keyValue) },
    async answer(store, { name, artifact_location: location, tags }) {
      const options = { ...(location ? { artifactLocation: location } : {}), tags: toPairs(tags) }
      return { experiment_id: await store.createExperiment(name, options) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'experiments/get',
    needs: { experiment_id: required(text) },
    async answer(store, { experiment_id: id }) {
      return { experiment: experimentToJson(await store.getExperiment(id)) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'experiments/get-by-name',
    needs: { experiment_name: required(text) },
    async answer(store, { experiment_name: name }) {
      const found = await store.getExperimentByName(name)
      if (found !== null) return { experiment: experimentToJson(found) }
      throw new TrackletError(
        'RESOURCE_DOES_NOT_EXIST',
        `Could not find experiment with name '${name}'`,
      )
    },
  }),
  route({
    methods: ['POST', 'GET'],
    path: 'experiments/search',
    needs: {
      view_type: lenient(choice(VIEW_TYPES)),
      max_results: int64,
      order_by: list(text),
      filter: text,
      page_token: text,
    },
    async answer(store, fields) {
      const { items, nextPageToken } = await store.searchExperiments({
        // MLflow reads an absent number as 0, and then refuses it.
        maxResults: toCount(fields.max_results) ?? 0,
        orderBy: fields.order_by,
        ...defined({
          viewType: fields.view_type,
          filter: fields.filter,
          pageToken: fields.page_token,
        }),
      })
      return { experiments: items.map(experimentToJson), next_page_token: nextPageToken }
    },
  }),
  route({
    methods: ['POST'],
    path: 'experiments/delete',
    needs: { experiment_id: required(text) },
    async answer(store, { experiment_id: id }) {
      await store.deleteExperiment(id)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'experiments/restore',
    needs: { experiment_id: required(text) },
    async answer(store, { experiment_id: id }) {
      await store.restoreExperiment(id)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'experiments/update',
    needs: { experiment_id: required(text), new_name: required(text) },
    async answer(store, { experiment_id: id, new_name: name }) {
      // As an INVALID_STATE it would be a 500, which clients send again and again.
      if ((await store.getExperiment(id)).lifecycleStage === 'deleted')
        throw invalid('Cannot rename a non-active experiment.')
      await store.renameExperiment(id, name)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'experiments/set-experiment-tag',
    needs: { experiment_id: required(text), key: required(text), value: text },
    async answer(store, { experiment_id: id, key, value = '' }) {
      await store.setExperimentTag(id, key, value)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'experiments/delete-experiment-tag',
    needs: { experiment_id: required(text), key: required(text) },
    async answer(store, { experiment_id: id, key }) {
      await store.deleteExperimentTag(id, key)
      return {}
    },
  }),
]

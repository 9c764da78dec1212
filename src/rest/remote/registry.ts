import type { ModelVersion, RegisteredModel } from '../../entities/registered-model.js'
import { validateList, validateRequired } from '../../entities/validate.js'
import type { ModelRegistryStore, RegistryQuery } from '../../store/model-registry-store.js'
import type { ApiCall, Connection } from './connection.js'
import { fromPairs, listOf, messageOf, textOf, tokenOf } from './wire.js'
import { toModelVersion, toRegisteredModel } from './wire-registry.js'

/** MLflow's model registry, spoken to over its REST protocol (mlflow/protos/model_registry.proto). */
export function remoteRegistry(server: Connection): ModelRegistryStore {
  return { ...models(server), ...versions(server) }
}

type Models = Extract<keyof ModelRegistryStore, `${string}RegisteredModel${string}`>

function models(server: Connection): Pick<ModelRegistryStore, Models> {
  const { answer, done } = callers(server)
  const model = async (call: ApiCall): Promise<RegisteredModel> =>
    toRegisteredModel(messageOf((await answer('registered-models', call))['registered_model']))
  const change = (call: ApiCall): Promise<void> => done('registered-models', call)
  return {
    createRegisteredModel: (name, { description, tags = [] } = {}) =>
      model({ path: 'create', json: { name, tags: fromPairs(tags), ...described(description) } }),
    getRegisteredModel: async (name) =>
      model({ method: 'GET', path: 'get', query: { name: validateRequired(name, 'name') } }),
    async searchRegisteredModels(query = {}) {
      const call = { method: 'GET', path: 'search', query: toQuery(query) } as const
      const found = await answer('registered-models', call)
      const items = listOf(found['registered_models']).map(toRegisteredModel)
      return { items, nextPageToken: tokenOf(found) }
    },
    renameRegisteredModel: (name, newName) =>
      model({ path: 'rename', json: { name, new_name: newName } }),
    updateRegisteredModel: (name, description) =>
      model({ ...PATCH, path: 'update', json: { name, ...described(description) } }),
    deleteRegisteredModel: (name) => change({ method: 'DELETE', path: 'delete', json: { name } }),
    setRegisteredModelTag: (name, key, value) =>
      change({ path: 'set-tag', json: { name, key, value }, repeat: true }),
    deleteRegisteredModelTag: (name, key) =>
      change({ ...DELETE, path: 'delete-tag', json: { name, key } }),
    setRegisteredModelAlias: (name, alias, version) =>
      change({ path: 'alias', json: { name, alias, version: String(version) }, repeat: true }),
    deleteRegisteredModelAlias: (name, alias) =>
      change({ ...DELETE, path: 'alias', json: { name, alias } }),
  }
}

type Versions = Exclude<keyof ModelRegistryStore, Models>

function versions(server: Connection): Pick<ModelRegistryStore, Versions> {
  const { answer, done } = callers(server)
  const version = async (call: ApiCall, under = 'model-versions'): Promise<ModelVersion> =>
    toModelVersion(messageOf((await answer(under, call))['model_version']))
  const change = (call: ApiCall): Promise<void> => done('model-versions', call)
  return {
    createModelVersion: (name, given) =>
      version({
        path: 'create',
        json: {
          name,
          source: given.source,
          tags: fromPairs(given.tags ?? []),
          ...described(given.description),
          ...(given.runId && { run_id: given.runId }),
          ...(given.runLink && { run_link: given.runLink }),
          ...(given.modelId && { model_id: given.modelId }),
        },
      }),
    getModelVersion: async (name, number) =>
      version({ method: 'GET', path: 'get', query: { name, version: String(number) } }),
    getModelVersionByAlias: async (name, alias) =>
      version({ method: 'GET', path: 'alias', query: { name, alias } }, 'registered-models'),
    async getLatestVersions(name, stages = []) {
      const json = { name, stages: validateList(stages, 'stages') }
      const call = { path: 'get-latest-versions', json, repeat: true }
      return listOf((await answer('registered-models', call))['model_versions']).map(toModelVersion)
    },
    async searchModelVersions(query = {}) {
      const call = { method: 'GET', path: 'search', query: toQuery(query) } as const
      const found = await answer('model-versions', call)
      const items = listOf(found['model_versions']).map(toModelVersion)
      return { items, nextPageToken: tokenOf(found) }
    },
    updateModelVersion: (name, number, description) =>
      version({
        ...PATCH,
        path: 'update',
        json: { ...named(name, number), ...described(description) },
      }),
    transitionModelVersionStage: (name, number, stage, { archiveExistingVersions = false } = {}) =>
      version({
        path: 'transition-stage',
        json: { ...named(name, number), stage, archive_existing_versions: archiveExistingVersions },
        repeat: true,
      }),
    deleteModelVersion: (name, number) =>
      change({ method: 'DELETE', path: 'delete', json: named(name, number) }),
    async getModelVersionDownloadUri(name, number) {
      const call = { method: 'GET', path: 'get-download-uri', query: named(name, number) } as const
      return textOf((await answer('model-versions', call))['artifact_uri'])
    },
    setModelVersionTag: (name, number, key, value) =>
      change({ path: 'set-tag', json: { ...named(name, number), key, value }, repeat: true }),
    deleteModelVersionTag: (name, number, key) =>
      change({ ...DELETE, path: 'delete-tag', json: { ...named(name, number), key } }),
  }
}

/** Doing these twice is as good as once. */
const PATCH = { method: 'PATCH', repeat: true } as const
const DELETE = { method: 'DELETE', repeat: true } as const

function callers(server: Connection) {
  const answer = (under: string, call: ApiCall) =>
    server.call({ ...call, path: `${under}/${call.path}` })
  const done = async (under: string, call: ApiCall): Promise<void> =>
    void (await answer(under, call))
  return { answer, done }
}

function named(name: string, version: string | number): { name: string; version: string } {
  return { name, version: String(version) }
}

/** An absent description clears the one that is there. */
function described(description: string | null | undefined): object {
  return description === undefined || description === null ? {} : { description }
}

function toQuery({ filter, orderBy, maxResults, pageToken }: RegistryQuery) {
  return {
    filter: filter || undefined,
    order_by: validateList(orderBy, 'order_by'),
    max_results: maxResults,
    page_token: pageToken || undefined,
  }
}

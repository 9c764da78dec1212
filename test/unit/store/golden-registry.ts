import type { ModelVersion, RegisteredModel } from '../../../src/entities/registered-model.js'
import { missing } from '../../../src/entities/invalid.js'
import type { CreateModelVersion } from '../../../src/store/model-registry-store.js'
import type { Harness } from './catalog/harness.js'

// The model registry's part of golden-rest.ts.

type Fields = Readonly<Record<string, unknown>>
type Handler = (store: Harness, fields: Fields) => unknown

/** How the recorded calls of the model registry are answered. */
export const REGISTRY_HANDLERS: Readonly<Record<string, Handler>> = {
  'registered-models/create': (store, { name, description, tags }) =>
    modelAnswer(
      store.do(({ registry }) =>
        registry.planCreateModel(name as string, {
          description: (description ?? null) as string | null,
          tags: pairs(tags),
        }),
      ),
    ),
  'registered-models/get': ({ catalog }, { name }) =>
    modelAnswer(catalog.registry.getModel(name as string)),
  'registered-models/update': (store, { name, description = '' }) =>
    modelAnswer(store.do((c) => c.registry.planUpdateModel(name as string, description as string))),
  'registered-models/rename': (store, { name, new_name: newName }) =>
    modelAnswer(store.do((c) => c.registry.planRenameModel(name as string, newName as string))),
  'registered-models/delete': (store, { name }) =>
    nothing(store.do((c) => c.registry.planDeleteModel(name as string))),
  'registered-models/set-tag': (store, { name, key, value = '' }) =>
    nothing(
      store.do((c) => c.registry.planSetModelTag(name as string, key as string, value as string)),
    ),
  'registered-models/delete-tag': (store, { name, key }) =>
    nothing(store.do((c) => c.registry.planDeleteModelTag(name as string, key as string))),
  'registered-models/get-latest-versions': ({ catalog }, { name, stages }) => ({
    model_versions: catalog.registry
      .getLatestVersions(name as string, stages as string[] | undefined)
      .map(versionToJson),
  }),
  // POST, DELETE and GET of one path.
  'registered-models/alias': aliasCall,

  'model-versions/create': (store, fields) => {
    if (!fields.source) throw missing('source')
    const version: CreateModelVersion = {
      source: fields.source as string,
      description: (fields.description ?? '') as string,
      tags: pairs(fields.tags),
      ...(fields.run_id === undefined ? {} : { runId: fields.run_id as string }),
    }
    return versionAnswer(
      store.do((c) => c.registry.planCreateVersion(fields.name as string, version)),
    )
  },
  'model-versions/get': ({ catalog }, { name, version }) =>
    versionAnswer(catalog.registry.getVersion(name as string, version as string)),
  'model-versions/get-download-uri': ({ catalog }, { name, version }) => ({
    artifact_uri: catalog.registry.getDownloadUri(name as string, version as string),
  }),
  'model-versions/update': (store, { name, version, description = '' }) =>
    versionAnswer(
      store.do((c) =>
        c.registry.planUpdateVersion(name as string, version as string, description as string),
      ),
    ),
  'model-versions/transition-stage': (store, fields) =>
    versionAnswer(
      store.do((c) =>
        c.registry.planSetStage(
          fields.name as string,
          fields.version as string,
          fields.stage as string,
          { archiveExistingVersions: fields.archive_existing_versions as boolean },
        ),
      ),
    ),
  'model-versions/delete': (store, { name, version }) =>
    nothing(store.do((c) => c.registry.planDeleteVersion(name as string, version as string))),
}

function aliasCall(store: Harness, { name, alias, version, $method }: Fields): unknown {
  const [model, text] = [name as string, alias as string]
  if ($method === 'GET') return versionAnswer(store.catalog.registry.getVersionByAlias(model, text))
  if ($method === 'DELETE') return nothing(store.do((c) => c.registry.planDeleteAlias(model, text)))
  return nothing(store.do((c) => c.registry.planSetAlias(model, text, version as string)))
}

function modelAnswer(model: RegisteredModel): Fields {
  const aliases = Object.entries(model.aliases).map(([alias, version]) => ({ alias, version }))
  const lists = {
    latest_versions: model.latestVersions.map(versionToJson),
    tags: tagsToJson(model.tags),
    aliases,
  }
  const shown = Object.entries(lists).filter(([, list]) => list.length > 0)
  return {
    registered_model: {
      name: model.name,
      creation_timestamp: model.creationTimestamp,
      last_updated_timestamp: model.lastUpdatedTimestamp,
      ...(model.description === null ? {} : { description: model.description }),
      ...Object.fromEntries(shown),
    },
  }
}

function versionAnswer(version: ModelVersion): Fields {
  return { model_version: versionToJson(version) }
}

function versionToJson(version: ModelVersion): Fields {
  const tags = tagsToJson(version.tags)
  return {
    name: version.name,
    version: version.version,
    creation_timestamp: version.creationTimestamp,
    last_updated_timestamp: version.lastUpdatedTimestamp,
    current_stage: version.currentStage,
    description: version.description,
    source: version.source,
    run_id: version.runId,
    status: version.status,
    run_link: version.runLink,
    ...(tags.length > 0 ? { tags } : {}),
    ...(version.aliases.length > 0 ? { aliases: version.aliases } : {}),
  }
}

function pairs(list: unknown): [string, string][] {
  const tags = (list ?? []) as readonly { key: string; value?: string }[]
  return tags.map(({ key, value = '' }) => [key, value])
}

function tagsToJson(tags: Readonly<Record<string, string>>): Fields[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}

function nothing(_: void): Fields {
  return {}
}

import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { ModelVersion, RegisteredModel } from '../entities/registered-model.js'
import { toTrackletError, TrackletError } from '../errors.js'
import { locationToPlace, type PlacesStore } from '../models/model-files.js'
import type { ModelVersions } from '../store/export-store.js'
import type { Store } from '../store/store.js'
import type { ZipEntry } from '../zip/zip-writer.js'
import { textFile } from './artifact-files.js'
import type { ExportTally } from './export-report.js'
import { modelArtifacts, ROOT, runArtifacts } from './layout.js'
import { allPages } from './pages.js'
import { nameProblem } from './run-files.js'
import { toYaml } from './yaml.js'

/** What writing the registry takes. */
export interface RegistryExport {
  readonly store: Store
  /** Where the mlruns folder will be found. */
  readonly root: string
  readonly tally: ExportTally
  /** Which versions are in it. */
  readonly has: (version: ModelVersion) => boolean
  /** Whether models without any such version are in it. */
  readonly all: boolean
}

const MODELS_A_PAGE = 100
/** The stage of a version that was deleted: its number is used. */
const DELETED = 'Deleted_Internal'
/** MLflow gives prompts only where they are asked for. */
const KINDS = ['', `tags.\`${MLFLOW_TAGS.isPrompt}\` = 'true'`]

/** The files of all registered models and prompts, by name. */
export async function* registryFiles(
  task: RegistryExport,
): AsyncGenerator<ZipEntry, void, undefined> {
  for (const filter of KINDS) {
    const query = { filter, orderBy: ['name ASC'], maxResults: MODELS_A_PAGE }
    const models = allPages(
      (page) => task.store.searchRegisteredModels({ ...query, ...page }),
      ({ name }) => name,
    )
    for await (const model of models) yield* modelEntries(task, model)
  }
}

async function* modelEntries(
  task: RegistryExport,
  model: RegisteredModel,
): AsyncGenerator<ZipEntry, void, undefined> {
  const { store, tally } = task
  const { name } = model
  const problem = modelProblem(name)
  if (problem !== null) return tally.skip(name, 'registered models', name, problem)
  const found = await store.getModelVersions(name)
  const versions = found.versions.filter(task.has)
  if (versions.length === 0 && !task.all) return
  const folder = `${ROOT}/models/${name}/`
  const aliases = aliasesOf(model, versions)
  tally.registeredModels += 1
  yield { path: folder }
  yield textFile(`${folder}meta.yaml`, modelMeta(model, aliases))
  for (const key of tally.fileKeys(name, 'tags', Object.keys(model.tags)))
    yield textFile(`${folder}tags/${key}`, model.tags[key] ?? '')
  for (const alias of tally.fileKeys(name, 'aliases', Object.keys(aliases)))
    yield textFile(`${folder}aliases/${alias}`, aliases[alias] ?? '')
  for (const version of versions) yield* versionEntries(task, version, folder)
  yield* usedNumber(model, found, versions, folder)
}

/** What MLflow's file store refuses as a model's name, beside what it always does. */
function modelProblem(name: string): string | null {
  return name.includes('%')
    ? "MLflow's file store takes no '%' in a model's name"
    : nameProblem(name)
}

function aliasesOf(
  { aliases }: RegisteredModel,
  versions: readonly ModelVersion[],
): Record<string, string> {
  const numbers = new Set(versions.map(({ version }) => version))
  return Object.fromEntries(Object.entries(aliases).filter(([, version]) => numbers.has(version)))
}

function modelMeta(model: RegisteredModel, aliases: Readonly<Record<string, string>>): string {
  return toYaml({
    aliases,
    creation_timestamp: model.creationTimestamp,
    deployment_job_id: null,
    deployment_job_state: null,
    description: model.description,
    last_updated_timestamp: model.lastUpdatedTimestamp,
    name: model.name,
  })
}

async function* versionEntries(
  task: RegistryExport,
  version: ModelVersion,
  folder: string,
): AsyncGenerator<ZipEntry, void, undefined> {
  const { name, version: number, tags } = version
  const own = `${folder}version-${number}/`
  task.tally.modelVersions += 1
  yield { path: own }
  yield textFile(`${own}meta.yaml`, versionMeta(version, await placesOf(task, version)))
  for (const key of task.tally.fileKeys(`${name}/${number}`, 'tags', Object.keys(tags)))
    yield textFile(`${own}tags/${key}`, tags[key] ?? '')
}

/** Where a version's files are. */
interface Places {
  readonly source: string
  readonly location: string
}

function versionMeta(
  version: Omit<ModelVersion, 'currentStage'> & { readonly currentStage: string },
  { source, location }: Places,
): string {
  return toYaml({
    creation_timestamp: version.creationTimestamp,
    current_stage: version.currentStage,
    deployment_job_state: null,
    description: version.description,
    last_updated_timestamp: version.lastUpdatedTimestamp,
    model_id: version.modelId || null,
    name: version.name,
    run_id: version.runId || null,
    run_link: version.runLink || null,
    source,
    status: version.status,
    status_message: null,
    storage_location: location,
    user_id: null,
    version: Number(version.version),
  })
}

/** MLflow gives the next version the number after the highest folder: that of a deleted one stays, as there. */
function* usedNumber(
  model: RegisteredModel,
  { lastVersion }: ModelVersions,
  versions: readonly ModelVersion[],
  folder: string,
): Generator<ZipEntry, void, undefined> {
  if (lastVersion <= Math.max(0, ...versions.slice(-1).map(({ version }) => Number(version))))
    return
  const path = `${folder}version-${lastVersion}/`
  const meta = versionMeta(
    {
      ...model,
      version: String(lastVersion),
      currentStage: DELETED,
      description: null,
      source: '',
      runId: '',
      runLink: '',
      status: 'READY',
      tags: {},
      aliases: [],
      modelId: '',
    },
    { source: '', location: '' },
  )
  yield { path }
  yield textFile(`${path}meta.yaml`, meta)
}

async function placesOf(task: RegistryExport, version: ModelVersion): Promise<Places> {
  const uri = await task.store.getModelVersionDownloadUri(version.name, version.version)
  const { source } = version
  const own = /^(?:runs|models):/i.test(source)
    ? source
    : await exportedPlace(task, source, version)
  return { source: own ?? source, location: (await exportedPlace(task, uri, version)) ?? uri }
}

/** Where a file of the store will be found; null for a place elsewhere. */
async function exportedPlace(
  { store, root }: RegistryExport,
  uri: string,
  version: ModelVersion,
): Promise<string | null> {
  try {
    const places = withDeletedModels(store)
    const place = await locationToPlace(places, uri, version)
    return place && (await ownerPlace(places, place.runId, root)) + pathBelow(place.path, root)
  } catch (error) {
    if (error instanceof TrackletError && ELSEWHERE.includes(error.errorCode)) return null
    throw error
  }
}

/** What looking for a place says where there is none such in the store. */
const ELSEWHERE = ['INVALID_PARAMETER_VALUE', 'RESOURCE_DOES_NOT_EXIST', 'ENDPOINT_NOT_FOUND']

/** A logged model may have been deleted since its version was made. */
function withDeletedModels(store: Store): PlacesStore {
  return {
    getRun: (id) => store.getRun(id),
    getLoggedModel: (id) =>
      store.getLoggedModel(id).catch((error: unknown) => {
        if (toTrackletError(error).errorCode !== 'RESOURCE_DOES_NOT_EXIST') throw error
        return store.getDeletedLoggedModel(id)
      }),
    searchLoggedModels: (query) => store.searchLoggedModels(query),
  }
}

async function ownerPlace(store: PlacesStore, id: string, root: string): Promise<string> {
  try {
    return modelArtifacts(await store.getLoggedModel(id), root)
  } catch (error) {
    if (error instanceof TrackletError && ELSEWHERE.includes(error.errorCode))
      return runArtifacts((await store.getRun(id)).info, root)
    throw error
  }
}

/** Paths in URIs are coded, and those of a file system are not. */
function pathBelow(path: string, root: string): string {
  if (path === '') return ''
  const isUri = /^[a-z][a-z0-9+.-]+:/i.test(root)
  const names = path.split('/').map((name) => (isUri ? encodeURIComponent(name) : name))
  return `/${names.join('/')}`
}

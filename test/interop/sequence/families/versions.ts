import { chance, pick } from '../../../helpers/random-runs.js'
import type { Draft, FieldMap, RouteSpec, Value } from '../call.js'
import type { Family } from '../family.js'
import { someKey, somePairs, someText } from '../values.js'
import type { KnownModel, KnownRun, World } from '../world.js'

const WHICH = ['name', 'version']
const CREATE: RouteSpec = {
  method: 'POST',
  path: 'model-versions/create',
  required: ['name', 'source'],
}
const GET: RouteSpec = { method: 'GET', path: 'model-versions/get', required: WHICH, reads: true }
const UPDATE: RouteSpec = { method: 'PATCH', path: 'model-versions/update', required: WHICH }
const STAGE: RouteSpec = {
  method: 'POST',
  path: 'model-versions/transition-stage',
  required: [...WHICH, 'stage'],
}
const DELETE: RouteSpec = { method: 'DELETE', path: 'model-versions/delete', required: WHICH }
const URI: RouteSpec = { ...GET, path: 'model-versions/get-download-uri' }
const SET_TAG: RouteSpec = {
  method: 'POST',
  path: 'model-versions/set-tag',
  required: [...WHICH, 'key'],
}
const DELETE_TAG: RouteSpec = { ...SET_TAG, method: 'DELETE', path: 'model-versions/delete-tag' }

const STAGES = ['None', 'Staging', 'Production', 'Archived', 'production', 'STAGING', 'Best', ' ']
const SOURCES = [
  ...['s3://bucket/path', 'gs://b/p', 'dbfs:/x', 's3://b', 's3://b/../x', 's3://b/%2e%2e/x'],
  ...['http://x/y', 'https://x/y', '/etc/passwd', 'file:///etc/passwd', 'relative/path', 's3:/'],
  ...['models:/nope/1', 'models:/', 'models:/a/b/c', 'runs:/', 'mlflow-artifacts:/0/x/artifacts/m'],
  ...['ftp://x/y', 's3://b/p?x=../y', 's3://b/p#f', 'wasbs://c@h/p', '', ' ', 'hdfs://h/p', 'é'],
]

/** Versions of models: their life, stages and tags. */
export const versionMakers: Family['makers'] = [
  [9, createVersion],
  [3, (world) => withVersion(world, (model) => of(GET, world, model))],
  [3, update],
  [5, transition],
  [2, deleteVersion],
  [3, (world) => withVersion(world, (model) => of(URI, world, model))],
  [3, setTag],
  [2, deleteTag],
]

/** Mostly a model that has versions. */
function withVersion(world: World, make: (model: KnownModel) => Draft): Draft | null {
  const rich = world.models.filter(({ versions }) => versions.size > 0)
  const model =
    rich.length > 0 && chance(world.random, 0.85) ? pick(world.random, rich) : world.model()
  return model === null ? null : make(model)
}

function of(route: RouteSpec, world: World, model: KnownModel, fields: FieldMap = {}): Draft {
  const name = world.modelName(model)
  const version = world.version(model)
  return { route, fields: { name, version, ...fields }, about: [`model ${name}`] }
}

function createVersion(world: World): Draft | null {
  const model = world.model()
  if (model === null) return null
  const { random } = world
  const name = world.modelName(model)
  const fields = {
    name,
    ...someSource(world),
    tags: chance(random, 0.4) ? somePairs(random) : undefined,
    run_link: pick(random, [undefined, undefined, '', 'https://x/y']),
    description: pick(random, [undefined, '', someText(random)]),
  }
  return {
    route: CREATE,
    fields,
    about: [`model ${name}`],
    learn(_, body) {
      const { version } = (body as { model_version: { version: string } }).model_version
      model.highest = Math.max(model.highest, Number(version))
      model.versions.add(Number(version))
    },
  }
}

function someSource(world: World): { source: string; run_id?: Value } {
  const { random } = world
  const run = world.run()
  if (run !== null && chance(random, 0.45)) return runSource(world, run)
  if (chance(random, 0.35)) return { source: modelSource(world) }
  if (chance(random, 0.45)) return { source: 's3://bucket/path/model' }
  return {
    source: pick(random, SOURCES),
    ...(run !== null && chance(random, 0.3) && { run_id: run.id }),
  }
}

function runSource({ random }: World, run: KnownRun): { source: string; run_id?: Value } {
  const place = `${run.experiment.id}/${run.id}/artifacts`
  const source = pick(random, [
    `runs:/${run.id}/model`,
    `runs:/${run.id}`,
    `mlflow-artifacts:/${place}/model`,
    `mlflow-artifacts:/${place}`,
    `mlflow-artifacts:/${place}/../x`,
    `mlflow-artifacts:/${place}x`,
  ])
  return chance(random, 0.12) ? { source } : { source, run_id: run.id }
}

function modelSource(world: World): string {
  const { random } = world
  const model = world.model()
  if (model === null) return 'models:/nope/1'
  const { name, aliases } = model
  const alias = aliases.size > 0 ? pick(random, [...aliases]) : 'none'
  const suffixes = [`/${world.version(model)}`, '/latest', '/Production', `@${alias}`, '/Staging']
  return `models:/${name}${pick(random, suffixes)}`
}

function update(world: World): Draft | null {
  const description = pick(world.random, [undefined, '', someText(world.random)])
  return withVersion(world, (model) => of(UPDATE, world, model, { description }))
}

function transition(world: World): Draft | null {
  const { random } = world
  const stage = pick(random, STAGES)
  const archive_existing_versions = pick(random, [undefined, true, false])
  return withVersion(world, (model) =>
    of(STAGE, world, model, { stage, archive_existing_versions }),
  )
}

function deleteVersion(world: World): Draft | null {
  return withVersion(world, (model) => {
    const draft = of(DELETE, world, model)
    return { ...draft, learn: () => void model.versions.delete(Number(draft.fields['version'])) }
  })
}

function setTag(world: World): Draft | null {
  const fields = { key: someKey(world.random), value: someText(world.random) }
  return withVersion(world, (model) => of(SET_TAG, world, model, fields))
}

function deleteTag(world: World): Draft | null {
  const fields = { key: someKey(world.random) }
  return withVersion(world, (model) => of(DELETE_TAG, world, model, fields))
}

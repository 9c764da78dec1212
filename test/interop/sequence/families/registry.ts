import { chance, pick } from '../../../helpers/random-runs.js'
import type { Draft, FieldMap, RouteSpec, Value } from '../call.js'
import type { Family } from '../family.js'
import { someKey, somePairs, someText } from '../values.js'
import type { KnownModel, World } from '../world.js'
import { searchModels, searchVersions, readRegistry } from './registry-search.js'
import { versionMakers } from './versions.js'

const NAME = ['name']
const CREATE: RouteSpec = { method: 'POST', path: 'registered-models/create', required: NAME }
const GET: RouteSpec = {
  method: 'GET',
  path: 'registered-models/get',
  required: NAME,
  reads: true,
}
const RENAME: RouteSpec = {
  method: 'POST',
  path: 'registered-models/rename',
  required: ['name', 'new_name'],
}
const UPDATE: RouteSpec = { method: 'PATCH', path: 'registered-models/update', required: NAME }
const DELETE: RouteSpec = { method: 'DELETE', path: 'registered-models/delete', required: NAME }
const LATEST: RouteSpec = {
  method: 'POST',
  path: 'registered-models/get-latest-versions',
  required: NAME,
  reads: true,
  methods: ['GET', 'POST'],
}
const SET_TAG: RouteSpec = {
  method: 'POST',
  path: 'registered-models/set-tag',
  required: ['name', 'key'],
}
const DELETE_TAG: RouteSpec = { ...SET_TAG, method: 'DELETE', path: 'registered-models/delete-tag' }
const ALIAS = { path: 'registered-models/alias', methods: ['GET', 'POST', 'DELETE'] }
const SET_ALIAS: RouteSpec = { ...ALIAS, method: 'POST', required: ['name', 'alias', 'version'] }
const DROP_ALIAS: RouteSpec = { ...ALIAS, method: 'DELETE', required: ['name', 'alias'] }
const GET_ALIAS: RouteSpec = { ...DROP_ALIAS, method: 'GET', reads: true }

const NAMES = ['net', 'Net', 'мир', 'Ünï % cödé.v1', 'a b', '😀', "it's"]
const BAD_NAMES = ['a/b', 'a:b', ' ', '..', '.', 'a/../b', '', 'x'.repeat(300)]
const ALIASES = ['champion', 'Champion', 'a-b', 'v10x', 'prod_1']
const ODD_ALIASES = ['latest', 'LATEST', 'v2', 'V3', 'a b', 'é', 'a.b', 'x'.repeat(256), 'none']

/** The registry: models, their versions, stages, aliases and tags. */
export const registry: Family = {
  name: 'registry',
  weight: 34,
  makers: [
    [5, createModel],
    [3, (world) => withModel(world, (model) => of(GET, world, model))],
    [2, rename],
    [2, update],
    [1, deleteModel],
    [4, getLatest],
    [3, setTag],
    [2, deleteTag],
    [4, setAlias],
    [2, dropAlias],
    [3, getAlias],
    [5, searchModels],
    [6, searchVersions],
    ...versionMakers,
  ],
  readAll: readRegistry,
}

function withModel(world: World, make: (model: KnownModel) => Draft): Draft | null {
  const model = world.model()
  return model === null ? null : make(model)
}

function of(route: RouteSpec, world: World, model: KnownModel, fields: FieldMap = {}): Draft {
  const name = world.modelName(model)
  return { route, fields: { name, ...fields }, about: [`model ${name}`] }
}

function someName(world: World): string {
  const { random, models } = world
  if (chance(random, 0.1)) return pick(random, BAD_NAMES)
  if (models.length > 0 && chance(random, 0.1)) return pick(random, models).name
  return `${pick(random, NAMES)} ${world.next()}`
}

function createModel(world: World): Draft {
  const { random } = world
  const prompt: Value = { key: 'mlflow.prompt.is_prompt', value: pick(random, ['true', 'false']) }
  const tags = chance(random, 0.1) ? [prompt] : chance(random, 0.5) ? somePairs(random) : undefined
  const description = chance(random, 0.5) ? someText(random) : undefined
  const name = someName(world)
  return {
    route: CREATE,
    fields: { name, tags, description },
    about: [`model ${name}`],
    learn(fields) {
      const sets = {
        versions: new Set<number>(),
        aliases: new Set<string>(),
        tags: new Set<string>(),
      }
      world.models.push({ name: String(fields['name']), highest: 0, ...sets })
    },
  }
}

function rename(world: World): Draft | null {
  return withModel(world, (model) => {
    const name = someName(world)
    return {
      ...of(RENAME, world, model, { new_name: name }),
      about: [`model ${model.name}`, `model ${name}`],
      learn: () => void (model.name = name),
    }
  })
}

function update(world: World): Draft | null {
  const description = pick(world.random, [undefined, '', someText(world.random)])
  return withModel(world, (model) => of(UPDATE, world, model, { description }))
}

function deleteModel(world: World): Draft | null {
  return withModel(world, (model) => ({
    ...of(DELETE, world, model),
    learn: () => void world.models.splice(world.models.indexOf(model), 1),
  }))
}

function getLatest(world: World): Draft | null {
  const { random } = world
  const stages = pick<Value | undefined>(random, [
    undefined,
    [],
    ['Production'],
    ['staging', 'None'],
    ['None', 'none'],
    ['Archived', 'Production'],
    ['Best'],
  ])
  const route = chance(random, 0.5) ? LATEST : { ...LATEST, method: 'GET' }
  return withModel(world, (model) => of(route, world, model, { stages }))
}

function setTag(world: World): Draft | null {
  const { random } = world
  return withModel(world, (model) => {
    const key = someKey(random)
    const value = chance(random, 0.03)
      ? 'v'.repeat(pick(random, [100_000, 100_001]))
      : someText(random)
    return { ...of(SET_TAG, world, model, { key, value }), learn: () => void model.tags.add(key) }
  })
}

function deleteTag(world: World): Draft | null {
  const { random } = world
  return withModel(world, (model) => {
    const key =
      model.tags.size > 0 && chance(random, 0.6) ? pick(random, [...model.tags]) : someKey(random)
    return { ...of(DELETE_TAG, world, model, { key }), learn: () => void model.tags.delete(key) }
  })
}

function someAlias({ random }: World, model: KnownModel | null): string {
  if (chance(random, 0.15)) return pick(random, ODD_ALIASES)
  if (model !== null && model.aliases.size > 0) return pick(random, [...model.aliases])
  return pick(random, ALIASES)
}

function setAlias(world: World): Draft | null {
  return withModel(world, (model) => {
    const alias = someAlias(world, chance(world.random, 0.5) ? model : null)
    return {
      ...of(SET_ALIAS, world, model, { alias, version: world.version(model) }),
      learn: () => void model.aliases.add(alias),
    }
  })
}

function dropAlias(world: World): Draft | null {
  return withModel(world, (model) => {
    const alias = someAlias(world, model)
    const learn = (): void => void model.aliases.delete(alias)
    return { ...of(DROP_ALIAS, world, model, { alias }), learn }
  })
}

function getAlias(world: World): Draft | null {
  return withModel(world, (model) =>
    of(GET_ALIAS, world, model, { alias: someAlias(world, model) }),
  )
}

import { chance, pick } from '../../../helpers/random-runs.js'
import {
  mutate,
  randomExperimentFilter,
  randomExperimentOrder,
} from '../../../helpers/random-search.js'
import type { Draft, FieldMap, RouteSpec } from '../call.js'
import type { Family } from '../family.js'
import { someKey, somePageSize, somePairs, someText, someToken } from '../values.js'
import type { KnownExperiment, World } from '../world.js'

const ID = ['experiment_id']
const CREATE: RouteSpec = { method: 'POST', path: 'experiments/create', required: ['name'] }
const GET: RouteSpec = { method: 'GET', path: 'experiments/get', required: ID, reads: true }
const BY_NAME: RouteSpec = {
  method: 'GET',
  path: 'experiments/get-by-name',
  required: ['experiment_name'],
  reads: true,
}
const SEARCH: RouteSpec = {
  method: 'POST',
  path: 'experiments/search',
  reads: true,
  methods: ['GET', 'POST'],
}
const DELETE: RouteSpec = { method: 'POST', path: 'experiments/delete', required: ID }
const RESTORE: RouteSpec = { method: 'POST', path: 'experiments/restore', required: ID }
const UPDATE: RouteSpec = {
  method: 'POST',
  path: 'experiments/update',
  required: [...ID, 'new_name'],
}
const SET_TAG: RouteSpec = {
  method: 'POST',
  path: 'experiments/set-experiment-tag',
  required: [...ID, 'key'],
}
const DELETE_TAG: RouteSpec = {
  method: 'POST',
  path: 'experiments/delete-experiment-tag',
  required: [...ID, 'key'],
}

const NAMES = ['Exp', 'exp', 'мир', 'a_b%', 'É', '   ', 'a/b', ':', '😀', "it's", 'x'.repeat(496)]
const BAD_LOCATIONS = [
  ...['runs:/abc', 's3://b/p#f', 'http://x/y', 'https://x/y', 'ftp://x/y', 's3://b/p?a=../b'],
  ...['x'.repeat(2049), 'hdfs://h/p', 'sftp://h/p', 'mlflow-artifacts:/p#f'],
]

/** Experiments: their life, their tags, their searches. */
export const experiments: Family = {
  name: 'experiments',
  weight: 16,
  makers: [
    [5, createExperiment],
    [3, (world) => of(GET, world.experimentId())],
    [2, getByName],
    [5, searchExperiments],
    [2, deleteExperiment],
    [4, restoreExperiment],
    [3, renameExperiment],
    [4, setTag],
    [3, deleteTag],
  ],
  readAll: () => [
    { route: SEARCH, fields: { max_results: 50_000, view_type: 'ALL' }, about: [] },
    { route: SEARCH, fields: { max_results: 50_000 }, about: [] },
  ],
}

/** The experiment in which the servers may go apart. */
export function createQuarantine(world: World): Draft {
  const name = 'quarantine'
  return {
    route: CREATE,
    fields: { name },
    about: [],
    learn(_, body) {
      world.quarantine = known(body, name)
      world.experiments.push(world.quarantine)
    },
  }
}

function of(route: RouteSpec, id: string, fields: FieldMap = {}): Draft {
  return { route, fields: { experiment_id: id, ...fields }, about: [`experiment ${id}`] }
}

function known(body: unknown, name: string, location = ''): KnownExperiment {
  const { experiment_id: id } = body as { experiment_id: string }
  return { id, name, stage: 'active', remote: location.startsWith('s3:'), tags: new Set() }
}

function createExperiment(world: World): Draft | null {
  const { random } = world
  if (world.experiments.length > 12 && chance(random, 0.7)) return null
  const name = someName(world)
  const location = chance(random, 0.08)
    ? pick(random, BAD_LOCATIONS)
    : chance(random, 0.06)
      ? 's3://bucket/path'
      : undefined
  const tags = chance(random, 0.5) ? somePairs(random) : undefined
  return {
    route: CREATE,
    fields: { name, artifact_location: location, tags },
    about: [`name ${name}`],
    learn(fields, body) {
      world.experiments.push(
        known(body, String(fields['name']), String(fields['artifact_location'])),
      )
    },
  }
}

function someName(world: World): string {
  const { random } = world
  if (chance(random, 0.12)) return world.experiment().name
  if (chance(random, 0.05)) return 'y'.repeat(pick(random, [500, 501]))
  return `${pick(random, NAMES)} ${world.next()}`
}

function getByName(world: World): Draft {
  const { random } = world
  const { id, name } = world.experiment()
  const asked = chance(random, 0.25) ? pick(random, [name.toUpperCase(), `${name} `, 'no']) : name
  return { route: BY_NAME, fields: { experiment_name: asked }, about: [`experiment ${id}`] }
}

function searchExperiments(world: World): Draft {
  const { random } = world
  const ids = world.experiments.map(({ id }) => id)
  const filter = chance(random, 0.3) ? undefined : randomExperimentFilter(random, ids)
  const order = randomExperimentOrder(random)
  const fields = {
    max_results: somePageSize(random, 50_000) ?? 1000,
    filter: filter !== undefined && chance(random, 0.2) ? mutate(random, filter) : filter,
    order_by: order.length === 0 ? undefined : order,
    view_type: pick(random, [undefined, 'ACTIVE_ONLY', 'ALL', 'DELETED_ONLY', 'BOGUS']),
    page_token: someToken(random),
  }
  const method = chance(random, 0.3) ? 'GET' : 'POST'
  return { route: { ...SEARCH, method }, fields, about: [] }
}

function deleteExperiment(world: World): Draft | null {
  const { experiments } = world
  if (experiments.filter(({ stage }) => stage === 'active').length < 3) return null
  const id = world.experimentId()
  return { ...of(DELETE, id), learn: () => setStage(world, id, 'deleted') }
}

function restoreExperiment(world: World): Draft | null {
  const deleted = world.experiments.filter(({ stage }) => stage === 'deleted')
  const gone = deleted.length > 0 && chance(world.random, 0.85)
  const id = gone ? pick(world.random, deleted).id : world.experimentId()
  return { ...of(RESTORE, id), learn: () => setStage(world, id, 'active') }
}

function setStage(world: World, id: string, stage: 'active' | 'deleted'): void {
  for (const one of world.experiments) if (one.id === id) one.stage = stage
  for (const run of world.runs) if (run.experiment.id === id) run.stage = stage
}

function renameExperiment(world: World): Draft {
  const id = world.experimentId()
  return {
    ...of(UPDATE, id, { new_name: someName(world) }),
    learn(fields) {
      for (const one of world.experiments) if (one.id === id) one.name = String(fields['new_name'])
    },
  }
}

function setTag(world: World): Draft {
  const { random } = world
  const one = world.experiment()
  const id = chance(random, 0.05) ? world.experimentId() : one.id
  const value = chance(random, 0.05) ? 'v'.repeat(pick(random, [20_000, 20_001])) : someText(random)
  return {
    ...of(SET_TAG, id, { key: someKey(random), value }),
    learn: (fields) => void one.tags.add(String(fields['key'])),
  }
}

function deleteTag(world: World): Draft {
  const { random } = world
  const one = world.experiment()
  const there = one.tags.size > 0 && chance(random, 0.7)
  const key = there ? pick(random, [...one.tags]) : someKey(random)
  return {
    ...of(DELETE_TAG, one.id, { key }),
    learn: () => void one.tags.delete(key),
  }
}

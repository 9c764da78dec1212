import { chance, pick, several } from '../../../helpers/random-runs.js'
import { mutate } from '../../../helpers/random-search.js'
import type { Draft, FieldMap, RouteSpec, Value } from '../call.js'
import type { Family } from '../family.js'
import { distinct, someKey, someNumber, somePairs, someText } from '../values.js'
import type { KnownItem, World } from '../world.js'

const ROOT = 'logged-models'
const CREATE: RouteSpec = { method: 'POST', path: ROOT, required: ['experiment_id'] }
const SEARCH: RouteSpec = {
  method: 'POST',
  path: `${ROOT}/search`,
  required: ['experiment_ids'],
  reads: true,
  methods: ['GET', 'PATCH', 'DELETE'],
}
const METHODS = ['GET', 'PATCH', 'DELETE']

const NAMES = ['model', 'Model', 'мир', 'a b', '😀', 'x_1-2']
const BAD_NAMES = ['bad.name', 'a/b', 'a:b', '100%', 'say "so"', "it's", ' ']
const STATUSES = ['LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED', 'LOGGED_MODEL_PENDING', 2, 3]
const UNKNOWN = [`m-${'0'.repeat(32)}`, 'm-none', 'none']
const ATTRIBUTES = ['name', 'model_id', 'model_type', 'status', 'source_run_id']
const ORDERS = ['name', 'creation_timestamp', 'creation_time', 'last_updated_timestamp', 'status']

/** MLflow 3's logged models: their life, tags, params, files and searches; what runs say of them. */
export const loggedModels: Family = {
  name: 'logged models',
  weight: 18,
  makers: [
    [6, create],
    [4, (world) => withModel(world, (model) => of('GET', world, model), 0.2)],
    [3, finalize],
    [1, remove],
    [4, setTags],
    [2, deleteTag],
    [3, logParams],
    [6, search],
    [2, listFiles],
    [3, logMetric],
    [2, logInputs],
    [3, logOutputs],
  ],
  readAll: (world) => [
    ...world.loggedModels.map((model) => of('GET', world, model, '', {}, model.id)),
    ...world.experiments.map(({ id }) => ({
      route: SEARCH,
      fields: { experiment_ids: [id], max_results: 1000 },
      about: [],
    })),
  ],
}

function withModel(
  world: World,
  make: (model: KnownItem) => Draft | null,
  deleted = 0,
): Draft | null {
  // What is written to a deleted model is taken there and refused here.
  const active = world.loggedModels.filter(({ stage }) => stage === 'active')
  const among = chance(world.random, deleted) ? world.loggedModels : active
  return among.length === 0 ? null : make(pick(world.random, among.slice(-8)))
}

function of(
  method: string,
  world: World,
  model: KnownItem,
  below = '',
  fields: FieldMap = {},
  id = chance(world.random, 0.04) ? pick(world.random, UNKNOWN) : model.id,
): Draft {
  const path = `${ROOT}/${id}${below}`
  const reads = method === 'GET'
  const methods = below === '' ? METHODS : [method]
  return { route: { method, path, methods, reads, required: [] }, fields, about: [id] }
}

function create(world: World): Draft {
  const { random } = world
  const symbol = world.symbol('m')
  const experiment = world.experiment()
  const run = world.run()
  return {
    route: CREATE,
    fields: {
      experiment_id: chance(random, 0.05) ? world.experimentId() : experiment.id,
      name: chance(random, 0.1) ? pick(random, BAD_NAMES) : pick(random, NAMES),
      model_type: pick(random, [undefined, '', 'agent', 'Agent']),
      source_run_id: run === null || chance(random, 0.5) ? undefined : run.id,
      params: chance(random, 0.4) ? distinct(somePairs(random, 4, 0)) : undefined,
      tags: chance(random, 0.4) ? distinct(somePairs(random, 4, 0)) : undefined,
    },
    about: [symbol],
    binds: { symbol, path: ['model', 'info', 'model_id'] },
    learn: () =>
      void world.loggedModels.push({ id: symbol, experiment, stage: 'active', tags: new Set() }),
  }
}

function finalize(world: World): Draft | null {
  const status = pick<Value>(world.random, STATUSES)
  return withModel(world, (model) => again(of('PATCH', world, model, '', { status })))
}

/** These routes want the id in the body again. */
function again(draft: Draft): Draft {
  const [id = ''] = draft.about
  const route = { ...draft.route, required: ['model_id'] }
  return { ...draft, route, fields: { model_id: id, ...draft.fields } }
}

function remove(world: World): Draft | null {
  return withModel(world, (model) => {
    const draft = of('DELETE', world, model)
    return { ...draft, learn: () => void (model.stage = 'deleted') }
  })
}

function setTags(world: World): Draft | null {
  const tags = distinct(somePairs(world.random, 4, 0)) as { key: string }[]
  return withModel(world, (model) => ({
    ...of('PATCH', world, model, '/tags', { tags: tags as readonly Value[] }),
    learn: () => tags.forEach(({ key }) => model.tags.add(key)),
  }))
}

function deleteTag(world: World): Draft | null {
  return withModel(world, (model) => {
    const keys = [...model.tags].filter((key) => /^\w+$/.test(key)).concat('none')
    const key = pick(world.random, keys)
    return {
      ...of('DELETE', world, model, `/tags/${key}`),
      learn: () => void model.tags.delete(key),
    }
  })
}

function logParams(world: World): Draft | null {
  const params = distinct(somePairs(world.random, 4, 0))
  return withModel(world, (model) => again(of('POST', world, model, '/params', { params })))
}

function listFiles(world: World): Draft | null {
  const fields = {
    artifact_directory_path: pick(world.random, [undefined, '', 'dir', '../x', '/etc']),
  }
  return withModel(world, (model) => of('GET', world, model, '/artifacts/directories', fields))
}

function search(world: World): Draft {
  const { random } = world
  const ids = [...new Set([world.experiment().id, world.experiment().id])]
  const filter = chance(random, 0.3) ? undefined : someFilter(world)
  const order = several(random, 3, () => someOrder(world))
  return {
    route: SEARCH,
    fields: {
      experiment_ids: chance(random, 0.05) ? [] : ids,
      filter: filter !== undefined && chance(random, 0.12) ? mutate(random, filter) : filter,
      order_by: order.length === 0 ? undefined : order,
      max_results: pick(random, [undefined, 1, 2, 10, 1000]),
      datasets: chance(random, 0.1)
        ? [{ dataset_name: 'cifar', dataset_digest: 'aaa' }]
        : undefined,
    },
    about: [],
  }
}

function someFilter(world: World): string {
  const { random } = world
  const one = (): string => {
    if (chance(random, 0.3))
      return `metrics.acc ${pick(random, ['>', '<=', '='])} ${pick(random, ['0', '0.5', '3'])}`
    if (chance(random, 0.3))
      return `params.lr = '${someText(random)
        .replace(/['\\\n"]/g, '')
        .slice(0, 9)}'`
    if (chance(random, 0.3))
      return `tags.\`${someKey(random, 0)}\` ${pick(random, ['=', '!=', 'LIKE'])} 'a%'`
    const value = pick(random, ['model', 'm%', 'READY', 'agent', world.run()?.id ?? 'x'])
    return `${pick(random, ATTRIBUTES)} ${pick(random, ['=', '!=', 'LIKE', 'ILIKE'])} '${value}'`
  }
  return [one(), ...several(random, 2, one)].join(' AND ')
}

function someOrder({ random }: World): Value {
  const field = chance(random, 0.25) ? 'metrics.acc' : pick(random, ORDERS)
  const known = chance(random, 0.08) ? 'nope' : field
  return chance(random, 0.5)
    ? { field_name: known }
    : { field_name: known, ascending: chance(random, 0.5) }
}

function logMetric(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  return withModel(world, ({ id }) => ({
    route: {
      method: 'POST',
      path: 'runs/log-metric',
      required: ['run_id', 'key', 'value', 'timestamp'],
    },
    fields: {
      run_id: run.id,
      key: pick(world.random, ['acc', 'loss']),
      value: someNumber(world.random),
      timestamp: 1_700_000_000_000 + world.next(),
      step: Math.floor(world.random() * 4),
      model_id: id,
      ...(chance(world.random, 0.3) && { dataset_name: 'cifar', dataset_digest: 'aaa' }),
    },
    about: [run.id, id],
    learn: (fields) => void run.metrics.add(String(fields['key'])),
  }))
}

function logInputs(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  return withModel(world, ({ id }) => ({
    route: { method: 'POST', path: 'runs/log-inputs', required: ['run_id'] },
    fields: { run_id: run.id, models: [{ model_id: id }] },
    about: [run.id, id],
  }))
}

function logOutputs(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  const step = pick(world.random, [undefined, 0, 1, 7])
  return withModel(world, ({ id }) => ({
    route: { method: 'POST', path: 'runs/outputs', required: ['run_id', 'models'] },
    fields: { run_id: run.id, models: [{ model_id: id, step }] },
    about: [run.id, id],
  }))
}

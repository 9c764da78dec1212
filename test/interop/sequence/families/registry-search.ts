import { chance, pick, several, type Random } from '../../../helpers/random-runs.js'
import { mutate } from '../../../helpers/random-search.js'
import type { Draft, RouteSpec } from '../call.js'
import { someKey, somePageSize, someText, someToken } from '../values.js'
import type { World } from '../world.js'

const MODELS: RouteSpec = { method: 'GET', path: 'registered-models/search', reads: true }
const VERSIONS: RouteSpec = { method: 'GET', path: 'model-versions/search', reads: true }
const GET: RouteSpec = { method: 'GET', path: 'registered-models/get', reads: true }

const MODEL_ORDERS = [
  'name',
  'name DESC',
  'timestamp',
  'last_updated_timestamp desc',
  'timestamp ASC',
]
const VERSION_ORDERS = [
  ...['name', 'version_number DESC', 'creation_timestamp', 'last_updated_timestamp', 'name DESC'],
]
const BAD_ORDERS = ['nope', 'name name', 'name DESC ASC', 'run_id', '', 'aliases', 'version']

/** A search of registered models. */
export function searchModels(world: World): Draft {
  const { random } = world
  const { name } = world.model() ?? { name: 'none' }
  const filter = someFilter(random, () =>
    pick(random, [
      `name = ${quoted(name)}`,
      `name LIKE '${pick(random, ['%', 'net%', '%1%', 'N_t%'])}'`,
      `name ILIKE '${pick(random, ['NET%', '%МИР%', '%'])}'`,
      `name != ${quoted(name)}`,
      tagComparison(random),
      "tags.`mlflow.prompt.is_prompt` != 'true'",
      "tag.`mlflow.prompt.is_prompt` = 'true'",
    ]),
  )
  const fields = { filter, ...somePage(random, 1_000, MODEL_ORDERS) }
  return { route: MODELS, fields, about: [`model ${name}`] }
}

/** A search of model versions. */
export function searchVersions(world: World): Draft {
  const { random } = world
  const { name } = world.model() ?? { name: 'none' }
  const { id } = world.run() ?? { id: 'none' }
  const filter = someFilter(random, () =>
    pick(random, [
      `name = ${quoted(name)}`,
      `name LIKE '${pick(random, ['%', 'net%', '%1%'])}'`,
      `run_id = '${id}'`,
      `run_id IN ('${id}', 'x')`,
      `source_path = '${pick(random, ['s3://bucket/path/model', 'x'])}'`,
      `source_path LIKE 's3%'`,
      `version_number ${pick(random, ['=', '>', '<=', '!='])} ${pick(random, ['1', '2', "'1'", '1.5'])}`,
      tagComparison(random),
    ]),
  )
  const fields = { filter, ...somePage(random, 200_000, VERSION_ORDERS) }
  return { route: VERSIONS, fields, about: [`model ${name}`] }
}

/** All of the registry, model by model. */
export function readRegistry(world: World): Draft[] {
  return [
    { route: MODELS, fields: { max_results: 1_000 }, about: [] },
    { route: VERSIONS, fields: { max_results: 200_000 }, about: [] },
    ...world.models.map(({ name }) => ({ route: GET, fields: { name }, about: [`model ${name}`] })),
  ]
}

function someFilter(random: Random, comparison: () => string): string | undefined {
  if (chance(random, 0.15)) return undefined
  const filter = [comparison(), ...several(random, 2, comparison)].join(' AND ')
  return chance(random, 0.2) ? mutate(random, filter) : filter
}

function tagComparison(random: Random): string {
  const comparator = pick(random, ['=', '!=', 'LIKE', 'ILIKE'])
  return `tags.\`${someKey(random, 0)}\` ${comparator} ${quoted(someText(random).slice(0, 50))}`
}

function somePage(random: Random, most: number, orders: readonly string[]) {
  const clause = (): string => pick(random, chance(random, 0.12) ? BAD_ORDERS : orders)
  const order = several(random, 3, clause)
  return {
    max_results: somePageSize(random, most),
    order_by: order.length === 0 ? undefined : order,
    page_token: someToken(random),
  }
}

function quoted(text: string): string {
  return text.includes("'") ? `"${text.replaceAll('"', '')}"` : `'${text}'`
}

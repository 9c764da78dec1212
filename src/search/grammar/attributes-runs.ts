import type { Comparison, SearchEntity } from './ast.js'
import {
  attributeTerm,
  cutAtDot,
  invalidAttribute,
  isUnfit,
  LIST_COMPARATORS,
  notOneOf,
  NULL_COMPARATORS,
  NUMBER_COMPARATORS,
  readNumber,
  readQuoted,
  readTextOrList,
  TEXT_COMPARATORS,
  typeOf,
  withoutBackQuotes,
  withoutQuotes,
} from './attributes-common.js'
import type { Operand, SearchRules, Target, Value, ValueType } from './rules.js'
import { readLiteralList } from './literal-list.js'
import { pythonSet, type Fail } from './refusals.js'

// After mlflow/utils/search_utils.py, SearchUtils, and the comparators' checks of the SQL store.

const ENTITIES: Readonly<Record<string, SearchEntity>> = {
  metric: 'metric',
  metrics: 'metric',
  parameter: 'param',
  parameters: 'param',
  param: 'param',
  params: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  dataset: 'dataset',
  datasets: 'dataset',
}
const ALIASES: Readonly<Record<string, string>> = {
  created: 'start_time',
  Created: 'start_time',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
}
const ORDER_KEYS = [
  'run_id',
  'run_name',
  'status',
  'user_id',
  'artifact_uri',
  'start_time',
  'end_time',
  'created',
  'Created',
] as const
const KEYS = [...ORDER_KEYS, 'run name', 'Run name', 'Run Name'] as const
const NUMBERS: Readonly<Record<string, ValueType>> = {
  start_time: 'number',
  end_time: 'number',
  created: 'number',
  Created: 'number',
}
const DATASET_KEYS = ['name', 'digest', 'context'] as const
const NAMES: Readonly<Partial<Record<SearchEntity, string>>> = { param: 'parameter' }
const WITH_NULL = [...TEXT_COMPARATORS, ...NULL_COMPARATORS]

/** The words of a search over runs. */
export const RUN_RULES: SearchRules = {
  quotesLeftovers: true,
  hasSeries: true,
  identify: (text, fail) => identifyRun(text, KEYS, fail),
  valueType: (target) => typeOf(target, NUMBERS),
  readValue,
  checkNull: ({ entity, key }, fail) => {
    if (entity !== 'param' && entity !== 'tag')
      fail(
        `IS NULL / IS NOT NULL is only supported for tags and params, not for '${entity}' '${key}'`,
      )
  },
  canonical,
  complaint,
  identifyOrder: (text, fail) => {
    const target = identifyRun(text, ORDER_KEYS, fail)
    return target.entity === 'dataset'
      ? fail("Invalid identifier type 'dataset'")
      : canonical(target)
  },
  refusesDuplicates: true,
  defaultOrder: [],
  ties: [attributeTerm('start_time', false), attributeTerm('run_id', true)],
}

function identifyRun(text: string, keys: readonly string[], fail: Fail): Target {
  const cut = cutAtDot(text)
  const name = withoutBackQuotes(cut.entity ?? 'attribute')
  const key = withoutQuotes(cut.key)
  const entity = Object.hasOwn(ENTITIES, name) ? ENTITIES[name]! : null
  if (entity === null)
    return fail(
      `Invalid entity type '${name}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']`,
    )
  if (entity === 'attribute' && !keys.includes(key)) return invalidAttribute(key, keys, fail)
  if (entity === 'dataset' && !(DATASET_KEYS as readonly string[]).includes(key))
    return fail(
      `Invalid dataset key '${key}' specified. Valid keys are '${pythonSet(DATASET_KEYS)}'`,
    )
  return { entity, key }
}

function canonical(target: Target): Target {
  if (target.entity !== 'attribute' || !Object.hasOwn(ALIASES, target.key)) return target
  return { entity: 'attribute', key: ALIASES[target.key]! }
}

function readValue(
  { entity, key }: Target,
  _comparator: string,
  operand: Operand,
  fail: Fail,
): Value {
  switch (entity) {
    case 'metric':
      if (operand.kind === 'number') return readNumber(key, operand, fail)
      return fail(`Expected numeric value type for metric. Found ${operand.text}`)
    case 'dataset':
      if (operand.kind === 'list') return readLiteralList(operand.text, fail)
      return readTextOrList(key, operand, [], 'for dataset attributes', fail)
    case 'attribute':
      if (Object.hasOwn(NUMBERS, key)) return readNumber(key, operand, fail)
      return readTextOrList(key, operand, ['run_id'], 'for attributes', fail)
    default:
      return readQuoted(NAMES[entity] ?? entity, operand, fail)
  }
}

function complaint(comparison: Comparison): string | null {
  const { entity, key, comparator } = comparison
  const isNumber = entity === 'metric' || (entity === 'attribute' && Object.hasOwn(NUMBERS, key))
  const isKeyed = entity === 'param' || entity === 'tag'
  const valid = isNumber ? NUMBER_COMPARATORS : isKeyed ? WITH_NULL : LIST_COMPARATORS
  if (!isUnfit(comparison, valid)) return null
  // MLflow lists the comparators of texts for attributes that are numbers.
  const named = entity === 'attribute' ? LIST_COMPARATORS : valid
  const isClosed = entity === 'param' || (entity === 'attribute' && !isNumber)
  return notOneOf(comparator, named, isClosed ? "'" : '')
}

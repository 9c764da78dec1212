import { pythonFloat, pythonRepr } from '../../entities/python-text.js'
import type { Comparison, OrderTerm } from './ast.js'
import {
  attributeTerm,
  identifyPlain,
  isUnfit,
  LIST_COMPARATORS,
  NUMBER_COMPARATORS,
  readQuoted,
  readText,
  readTextOrList,
  TEXT_COMPARATORS,
  typeOf,
} from './attributes-common.js'
import type { Operand, SearchRules, Target, Value, ValueType } from './rules.js'
import { integerOf, isWhole, numberOf } from './numbers.js'
import { pythonSet, type Fail } from './refusals.js'

// After mlflow/utils/search_utils.py, SearchModelUtils and SearchModelVersionUtils, and the registry's SQL store.

const WANTED = 'or a list of quoted string values for attributes'
const MODEL_KEYS = ['name'] as const
const MODEL_ORDER_KEYS: Readonly<Record<string, string>> = {
  name: 'name',
  timestamp: 'last_updated_timestamp',
  last_updated_timestamp: 'last_updated_timestamp',
}
const VERSION_KEYS = ['name', 'version_number', 'run_id', 'source_path'] as const
const VERSION_ORDER_KEYS = [
  'name',
  'version_number',
  'creation_timestamp',
  'last_updated_timestamp',
] as const
const VERSION_NUMBERS = ['version_number', 'creation_timestamp', 'last_updated_timestamp'] as const
const NUMBERS: Readonly<Record<string, ValueType>> = { version_number: 'integer' }

/** The words of a search over registered models. */
export const MODEL_RULES: SearchRules = {
  quotesLeftovers: false,
  identify: (text, fail) => identifyPlain(text, MODEL_KEYS, false, fail),
  valueType: () => 'text',
  readValue: ({ entity, key }, _comparator, operand, fail) =>
    entity === 'tag'
      ? readQuoted('tag', operand, fail)
      : readTextOrList(key, operand, ['name'], WANTED, fail),
  checkNull,
  canonical: (target) => target,
  complaint: (comparison) => registryComplaint(comparison, LIST_COMPARATORS, 'attribute'),
  identifyOrder: (text, fail) => {
    if (!Object.hasOwn(MODEL_ORDER_KEYS, text))
      return fail(
        `Invalid order by key '${text}' specified. Valid keys are '${pythonSet(['name', 'timestamp'])}'`,
      )
    return { entity: 'attribute', key: MODEL_ORDER_KEYS[text]! }
  },
  refusesDuplicates: true,
  defaultOrder: [],
  ties: [attributeTerm('name', true)],
}

const VERSION_TIES: readonly OrderTerm[] = [
  attributeTerm('name', true),
  attributeTerm('version_number', false),
]

/** The words of a search over model versions. */
export const VERSION_RULES: SearchRules = {
  quotesLeftovers: false,
  identify: (text, fail) => identifyPlain(text, VERSION_KEYS, false, fail),
  valueType: (target) => typeOf(target, NUMBERS),
  readValue: readVersionValue,
  checkNull,
  canonical: (target) => target,
  complaint: (comparison) =>
    comparison.key === 'version_number' && comparison.entity === 'attribute'
      ? registryComplaint(comparison, NUMBER_COMPARATORS, 'attribute version_number')
      : registryComplaint(comparison, LIST_COMPARATORS, 'attribute'),
  identifyOrder: (text, fail) => {
    // MLflow looks at a tag's key as if it were an attribute's.
    const { key } = identifyPlain(text, VERSION_ORDER_KEYS, true, fail)
    if ((VERSION_ORDER_KEYS as readonly string[]).includes(key)) return { entity: 'attribute', key }
    return fail(
      `Invalid order by key '${key}' specified. Valid keys are ${pythonSet(VERSION_ORDER_KEYS)}`,
    )
  },
  refusesDuplicates: true,
  defaultOrder: [attributeTerm('last_updated_timestamp', false)],
  ties: VERSION_TIES,
}

function checkNull(_target: Target, fail: Fail): void {
  fail('IS NULL / IS NOT NULL is not supported in a search of the model registry')
}

function readVersionValue(
  { entity, key }: Target,
  _comparator: string,
  operand: Operand,
  fail: Fail,
): Value {
  if (entity === 'tag') return readQuoted('tag', operand, fail)
  if (key === 'version_number') return readVersionNumber(operand, fail)
  if (operand.kind === 'number')
    return fail(
      `Only the '${pythonSet(VERSION_NUMBERS)}' attributes support comparison with numeric values.`,
    )
  return readTextOrList(key, operand, ['name', 'run_id'], WANTED, fail)
}

/** A whole number, in quotes too. */
function readVersionNumber(operand: Operand, fail: Fail): Value {
  const wrong = (shown: string) => `Invalid value for numeric attribute 'version_number': ${shown}`
  if (operand.kind === 'number')
    return isWhole(operand.text)
      ? numberOf(operand.text)
      : fail(wrong(pythonFloat(numberOf(operand.text))))
  const text = readText(operand, fail)
  if (text === null)
    return readTextOrList('version_number', operand, ['name', 'run_id'], WANTED, fail)
  return integerOf(text) ?? fail(wrong(pythonRepr(text)))
}

function registryComplaint(
  comparison: Comparison,
  valid: readonly string[],
  what: string,
): string | null {
  const { entity, comparator } = comparison
  if (!isUnfit(comparison, entity === 'tag' ? TEXT_COMPARATORS : valid)) return null
  return `Invalid comparator for ${entity === 'tag' ? 'tag' : what}: ${comparator}`
}

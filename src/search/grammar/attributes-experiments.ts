import { pythonFloat } from '../../entities/python-text.js'
import type { Comparison } from './ast.js'
import {
  attributeTerm,
  identifyPlain,
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
} from './attributes-common.js'
import type { Operand, SearchRules, Target, Value, ValueType } from './rules.js'
import { integerText, isWhole, numberOf } from './numbers.js'
import type { Fail } from './refusals.js'

// After mlflow/utils/search_utils.py, SearchExperimentsUtils, and the SQL store's checks.

const KEYS = ['name', 'experiment_id', 'creation_time', 'last_update_time'] as const
const NUMBERS: Readonly<Record<string, ValueType>> = {
  creation_time: 'integer',
  last_update_time: 'integer',
}

/** The words of a search over experiments. */
export const EXPERIMENT_RULES: SearchRules = {
  quotesLeftovers: false,
  keepsComparatorCase: true,
  identify: (text, fail) => identifyPlain(text, KEYS, true, fail),
  valueType: (target) => typeOf(target, NUMBERS),
  readValue,
  readItem,
  checkNull: ({ entity, key }, fail) => {
    if (entity !== 'tag')
      fail(`IS NULL / IS NOT NULL is only supported for tags, not for attribute '${key}'`)
  },
  canonical: (target) => target,
  complaint,
  identifyOrder: (text, fail) => {
    const target = identifyPlain(text, KEYS, true, fail)
    return target.entity === 'attribute' ? target : fail('Invalid order_by entity: tag')
  },
  refusesDuplicates: false,
  defaultOrder: [attributeTerm('creation_time', false), attributeTerm('experiment_id', true)],
  ties: [attributeTerm('experiment_id', false)],
}

function readValue(
  { entity, key }: Target,
  _comparator: string,
  operand: Operand,
  fail: Fail,
): Value {
  if (entity === 'tag') return readQuoted('tag', operand, fail)
  if (!Object.hasOwn(NUMBERS, key)) return readName({ entity, key }, operand, fail)
  const { kind, text } = operand
  if (kind === 'number' && !isWhole(text))
    return fail(`Invalid value for numeric attribute '${key}': '${pythonFloat(numberOf(text))}'`)
  return readNumber(key, operand, fail)
}

function readName(target: Target, operand: Operand, fail: Fail): Value {
  const value = readTextOrList(target.key, operand, ['experiment_id'], 'for attributes', fail)
  return typeof value === 'string'
    ? readItem(target, value)
    : (value as readonly string[]).map((text) => readItem(target, text))
}

/** An experiment's id is a number to MLflow: `'007'` is `'7'`. */
function readItem({ entity, key }: Target, text: string): string {
  const isId = entity === 'attribute' && key === 'experiment_id'
  return (isId ? integerText(text) : null) ?? text
}

function complaint(comparison: Comparison): string | null {
  const { entity, key, comparator } = comparison
  if (entity === 'tag')
    return isUnfit(comparison, [...TEXT_COMPARATORS, ...NULL_COMPARATORS])
      ? `Invalid comparator for tag: ${comparator}`
      : null
  if (key === 'experiment_id') return experimentIdComplaint(comparison)
  const isNumber = Object.hasOwn(NUMBERS, key)
  return isUnfit(comparison, isNumber ? NUMBER_COMPARATORS : LIST_COMPARATORS)
    ? notOneOf(comparator, LIST_COMPARATORS, isNumber ? '' : "'")
    : null
}

/** An experiment's id is compared as a number, so nothing else can be asked of it. */
function experimentIdComplaint(comparison: Comparison): string | null {
  const { comparator, value } = comparison
  if (isUnfit(comparison, ['=', '!='])) return `Invalid comparator for experiment_id: ${comparator}`
  for (const id of Array.isArray(value) ? (value as readonly unknown[]) : [value])
    if (integerText(String(id)) === null)
      return `Invalid experiment ID '${String(id)}'. Experiment ID must be a valid integer.`
  return null
}

import type { Comparison, SearchEntity } from './ast.js'
import {
  attributeTerm,
  cutAtDot,
  invalidAttribute,
  notOneOf,
  NULL_COMPARATORS,
  NUMBER_COMPARATORS,
  readQuoted,
  readText,
  TEXT_COMPARATORS,
  typeOf,
  withoutBackQuotes,
  withoutQuotes,
} from './attributes-common.js'
import type { Operand, SearchRules, Target, Value, ValueType } from './rules.js'
import { readLiteralList } from './literal-list.js'
import { integerOf, numberOf } from './numbers.js'
import { pythonSet, type Fail } from './refusals.js'
import {
  assessmentComplaint,
  countsComplaint,
  issueComplaint,
  spanComplaint,
} from './trace-complaints.js'

// After mlflow/utils/search_utils.py, SearchTraceUtils, and the SQL store's checks.

const ENTITIES: Readonly<Record<string, SearchEntity>> = {
  tag: 'tag',
  tags: 'tag',
  request_metadata: 'metadata',
  metadata: 'metadata',
  attribute: 'attribute',
  attributes: 'attribute',
  trace: 'attribute',
  span: 'span',
  feedback: 'feedback',
  expectation: 'expectation',
  issue: 'issue',
}
const NUMBERS: Readonly<Record<string, ValueType>> = {
  timestamp: 'number',
  timestamp_ms: 'number',
  execution_time: 'number',
  execution_time_ms: 'number',
  end_time: 'number',
  end_time_ms: 'number',
}
const LIST_KEYS = ['name', 'status', 'request_id', 'run_id', 'client_request_id'] as const
const KEYS = [...LIST_KEYS, ...Object.keys(NUMBERS), 'prompt', 'text']
const ORDER_KEYS = [
  'experiment_id',
  ...Object.keys(NUMBERS),
  'status',
  'request_id',
  'name',
  'run_id',
]
/** Keys that stand for others, whatever entity they are written with. */
const RENAMED: Readonly<Record<string, { entity?: SearchEntity; key: string }>> = {
  name: { entity: 'tag', key: 'mlflow.traceName' },
  prompt: { entity: 'tag', key: 'mlflow.linkedPrompts' },
  run_id: { entity: 'metadata', key: 'mlflow.sourceRun' },
  text: { entity: 'span', key: 'content' },
  timestamp: { key: 'timestamp_ms' },
  execution_time: { key: 'execution_time_ms' },
  end_time: { key: 'end_time_ms' },
}
const WITH_NULL = [...TEXT_COMPARATORS, 'RLIKE', ...NULL_COMPARATORS]
const ATTRIBUTE_COMPARATORS = ['=', '!=', 'IN', 'NOT IN', 'LIKE', 'ILIKE', 'RLIKE']

/** The words of a search over traces. */
export const TRACE_RULES: SearchRules = {
  quotesLeftovers: true,
  takesTimestamps: true,
  identify: (text, fail) => identifyTrace(text, KEYS, fail),
  valueType: (target) => typeOf(target, NUMBERS),
  readValue,
  checkNull: () => undefined,
  canonical,
  complaint,
  identifyOrder: (text, fail) => {
    const target = canonical(identifyTrace(text, ORDER_KEYS, fail))
    const isOrdered = ['attribute', 'tag', 'metadata'].includes(target.entity)
    return isOrdered ? target : fail(`Invalid identifier type '${target.entity}'`)
  },
  refusesDuplicates: true,
  defaultOrder: [],
  ties: [attributeTerm('timestamp_ms', false), attributeTerm('request_id', true)],
}

function identifyTrace(text: string, keys: readonly string[], fail: Fail): Target {
  const cut = cutAtDot(text)
  const name = withoutBackQuotes(cut.entity ?? 'attribute')
  if (!Object.hasOwn(ENTITIES, name))
    return fail(
      `Invalid entity type '${name}'. Valid values are ${pythonSet(Object.keys(ENTITIES))}`,
    )
  const target = { entity: ENTITIES[name]!, key: withoutQuotes(cut.key) }
  if (target.entity === 'attribute' && !keys.includes(target.key))
    return invalidAttribute(target.key, keys, fail)
  return target
}

function canonical(target: Target): Target {
  const key = target.key.toLowerCase()
  if (target.entity === 'span' || !Object.hasOwn(RENAMED, key)) return target
  return { ...target, ...RENAMED[key]! }
}

function readValue(target: Target, comparator: string, operand: Operand, fail: Fail): Value {
  const { entity } = target
  if (entity === 'attribute') return readAttribute(target.key, operand, fail)
  if (entity === 'feedback' || entity === 'expectation')
    return readAssessment(entity, comparator, operand, fail)
  if (entity === 'metadata') return readQuoted('request_metadata', operand, fail)
  const isList = operand.kind === 'list' && entity !== 'issue'
  const value = isList ? readLiteralList(operand.text, fail) : readQuoted(entity, operand, fail)
  // MLflow judges the comparators of spans at once, and as they are written.
  const wrong = entity === 'span' ? spanComplaint(target.key, comparator) : null
  return wrong === null ? value : fail(wrong)
}

function readAttribute(key: string, operand: Operand, fail: Fail): Value {
  const { kind, text } = operand
  const isNumber = Object.hasOwn(NUMBERS, key)
  const quoted = readText(operand, fail)
  if (quoted !== null) return isNumber ? readQuotedNumber(key, quoted, fail) : quoted
  if (kind === 'list') {
    if ((LIST_KEYS as readonly string[]).includes(key)) return readLiteralList(text, fail)
    return fail(
      `Only attributes in ${pythonSet(LIST_KEYS)} supports comparison with a list of quoted string values.`,
    )
  }
  if (kind !== 'number')
    return fail(
      `Expected a quoted string value or a list of quoted string values for attributes. Got value ${text}`,
    )
  if (isNumber) return numberOf(text)
  return fail(
    `Only the '${pythonSet(Object.keys(NUMBERS))}' attributes support comparison with numeric values.`,
  )
}

/** MLflow leaves it to its database to compare a number with a text; only texts of whole numbers mean something there. */
function readQuotedNumber(key: string, text: string, fail: Fail): number {
  return (
    integerOf(text) ??
    fail(`Expected numeric value type for numeric attribute: ${key}. Found '${text}'`)
  )
}

function readAssessment(entity: string, comparator: string, operand: Operand, fail: Fail): Value {
  const isOrdered = ['>', '>=', '<', '<='].includes(comparator)
  if (isOrdered)
    return operand.kind === 'number'
      ? numberOf(operand.text)
      : fail(
          `Expected a numeric value for ${entity} when using comparator '${comparator}'. Got value ${operand.text}`,
        )
  return readQuoted(entity, operand, fail)
}

function complaint(comparison: Comparison): string | null {
  const { entity, key, comparator } = comparison
  switch (entity) {
    case 'issue':
      return issueComplaint(key, comparator)
    case 'span':
      return spanComplaint(key, comparator)
    case 'feedback':
    case 'expectation':
      return assessmentComplaint(key, comparator)
    case 'attribute': {
      const isNumber = Object.hasOwn(NUMBERS, key)
      const valid: readonly string[] = isNumber ? NUMBER_COMPARATORS : ATTRIBUTE_COMPARATORS
      if (isFit(comparison, valid)) return null
      return notOneOf(comparator, ATTRIBUTE_COMPARATORS, isNumber ? '' : "'")
    }
    default:
      return keyedComplaint(comparison)
  }
}

function keyedComplaint(comparison: Comparison): string | null {
  const { entity, key, comparator, value } = comparison
  if (!isFit(comparison, WITH_NULL))
    return notOneOf(comparator, WITH_NULL, entity === 'tag' ? '' : "'")
  if (entity === 'metadata') return countsComplaint(key, comparator)
  if (entity !== 'tag' || key !== 'mlflow.linkedPrompts') return null
  if (comparator !== '=')
    return `Invalid comparator '${comparator}' for prompts filter. Only '=' is supported with format: prompt = "name/version"`
  return typeof value === 'string' && value.split('/').length === 2
    ? null
    : `Invalid prompts filter value '${String(value)}'. Expected format: prompt = "name/version"`
}

/** A list goes with IN and NOT IN alone. */
function isFit({ comparator, value }: Comparison, valid: readonly string[]): boolean {
  const takesList = comparator === 'IN' || comparator === 'NOT IN'
  return valid.includes(comparator) && takesList === Array.isArray(value)
}

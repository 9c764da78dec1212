import { pythonRepr } from '../../entities/python-text.js'
import type { Comparison, SearchEntity } from './ast.js'
import { attributeTerm, invalidAttribute, LIST_COMPARATORS, typeOf } from './attributes-common.js'
import type { Operand, SearchRules, Target, Value, ValueType } from './rules.js'
import { readLiteralList } from './literal-list.js'
import { numberOf } from './numbers.js'
import { shown, type Fail } from './refusals.js'

// After mlflow/utils/search_logged_model_utils.py, which reads filters in its own way.

const ENTITIES: Readonly<Record<string, SearchEntity>> = {
  attributes: 'attribute',
  metrics: 'metric',
  params: 'param',
  tags: 'tag',
}
const PREFIXES: Readonly<Partial<Record<SearchEntity, string>>> = {
  attribute: 'attributes',
  metric: 'metrics',
  param: 'params',
  tag: 'tags',
}
const ALIASES: Readonly<Record<string, string>> = { creation_time: 'creation_timestamp' }
const NUMBERS: Readonly<Record<string, ValueType>> = {
  creation_time: 'number',
  creation_timestamp: 'number',
  last_updated_timestamp: 'number',
}
const KEYS = ['name', 'model_id', 'model_type', 'status', 'source_run_id', ...Object.keys(NUMBERS)]
const QUALIFIED = /^([a-z]+)\.([^\n]+)$/
const FLOAT = /^[+-]?(?:inf(?:inity)?|nan|\p{Nd}+(?:_\p{Nd}+)*)$/iu

/** The words of a search over logged models. Its order comes as objects over the wire; here as `key [ASC|DESC]` too. */
export const LOGGED_MODEL_RULES: SearchRules = {
  quotesLeftovers: false,
  notOneStatement: (text) => invalidFilter(text, 'Expected a single SQL expression.'),
  leftovers: (text) =>
    invalidFilter(
      text,
      "Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').",
    ),
  takesAnyLeft: true,
  identify,
  valueType: (target) => typeOf(target, NUMBERS),
  readValue,
  checkNull: (_target, fail) => fail('Invalid comparison. Expected a comparison with 3 tokens.'),
  canonical,
  complaint,
  identifyOrder,
  refusesDuplicates: false,
  defaultOrder: [],
  ties: [attributeTerm('creation_timestamp', false), attributeTerm('model_id', true)],
}

function invalidFilter(text: string, reason: string): string {
  return `Invalid filter string: ${shown(pythonRepr(text))}. ${reason}`
}

function identify(text: string, fail: Fail): Target {
  const match = QUALIFIED.exec(text)
  const [name, key] = [match?.[1] ?? 'attributes', match?.[2] ?? text]
  if (!Object.hasOwn(ENTITIES, name))
    return fail(
      `Invalid entity type: '${name}'. Expected one of ['attributes', 'metrics', 'params', 'tags'].`,
    )
  const target = { entity: ENTITIES[name]!, key: key.replace(/^`+/, '').replace(/`+$/, '') }
  if (target.entity === 'attribute' && !KEYS.includes(target.key))
    return invalidAttribute(target.key, KEYS, fail)
  return target
}

function identifyOrder(text: string, fail: Fail): Target {
  const dot = text.indexOf('.')
  if (dot >= 0)
    return text.slice(0, dot) === 'metrics'
      ? { entity: 'metric', key: text.slice(dot + 1) }
      : fail(
          `Invalid order by field name: ${text.slice(0, dot)}, only \`metrics.<name>\` is allowed.`,
        )
  if (!KEYS.includes(text)) return fail(`Invalid order by field name: ${text}.`)
  return canonical({ entity: 'attribute', key: text })
}

function canonical(target: Target): Target {
  if (target.entity !== 'attribute' || !Object.hasOwn(ALIASES, target.key)) return target
  return { entity: 'attribute', key: ALIASES[target.key]! }
}

/** Texts need no quotes, and only single ones are taken away. */
function readValue(target: Target, comparator: string, operand: Operand, fail: Fail): Value {
  const { kind, text } = operand
  const wrong = complaintAbout(target, comparator.toUpperCase(), kind === 'list')
  if (wrong !== null) return fail(wrong)
  if (typeOf(target, NUMBERS) === 'number') {
    if (kind === 'number') return numberOf(text)
    return FLOAT.test(text)
      ? floatOf(text)
      : fail(`could not convert string to float: ${pythonRepr(text)}`)
  }
  return kind === 'list' ? readLiteralList(text, fail) : text.replace(/^'+/, '').replace(/'+$/, '')
}

function floatOf(text: string): number {
  if (/nan/i.test(text)) return NaN
  if (/inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return numberOf(text.replaceAll('_', ''))
}

function complaint({ entity, key, comparator, value }: Comparison): string | null {
  return complaintAbout({ entity, key }, comparator, Array.isArray(value))
}

function complaintAbout(target: Target, comparator: string, isList: boolean): string | null {
  const isNumber = typeOf(target, NUMBERS) === 'number'
  const valid = isNumber ? ['<', '<=', '>', '>=', '=', '!='] : LIST_COMPARATORS
  if (isList ? isListComparator(comparator) : (valid as readonly string[]).includes(comparator))
    return null
  const expected = valid.map((one) => `'${one}'`).join(', ')
  const name = `${PREFIXES[target.entity] ?? target.entity}.${target.key}`
  return `Invalid comparison operator for ${name}: ${pythonRepr(comparator)}. Expected one of (${expected}).`
}

function isListComparator(comparator: string): boolean {
  return comparator === 'IN' || comparator === 'NOT IN'
}

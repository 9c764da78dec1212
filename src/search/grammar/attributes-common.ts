import type { Comparison, OrderTerm } from './ast.js'
import type { Operand, Target, Value, ValueType } from './rules.js'
import { readLiteralList } from './literal-list.js'
import { numberOf } from './numbers.js'
import { pythonSet, type Fail } from './refusals.js'

/** The comparators of numbers. */
export const NUMBER_COMPARATORS = ['=', '!=', '>', '>=', '<', '<='] as const
/** The comparators of params and tags. */
export const TEXT_COMPARATORS = ['=', '!=', 'LIKE', 'ILIKE'] as const
/** The comparators of attributes that are texts. */
export const LIST_COMPARATORS = [...TEXT_COMPARATORS, 'IN', 'NOT IN'] as const
/** The comparators that ask for absence. */
export const NULL_COMPARATORS = ['IS NULL', 'IS NOT NULL'] as const

const NOT_QUOTED =
  'Parameter value is either not quoted or unidentified quote types used for string value'
const ENTITIES_OF_REGISTRY = ['attribute', 'tag', 'tags']

/** An order's term over an attribute. */
export function attributeTerm(key: string, ascending: boolean): OrderTerm {
  return { entity: 'attribute', key, ascending }
}

/** `entity.key` cut at its first dot; the entity is null where there is no dot. */
export function cutAtDot(text: string): { readonly entity: string | null; readonly key: string } {
  const dot = text.indexOf('.')
  return dot < 0
    ? { entity: null, key: text }
    : { entity: text.slice(0, dot), key: text.slice(dot + 1) }
}

/** A text without the back quotes around it, if it has them. */
export function withoutBackQuotes(text: string): string {
  return isQuoted(text, '`') ? text.slice(1, -1) : text
}

/** A key without the quotes of any kind around it, if it has them. */
export function withoutQuotes(text: string): string {
  const bare = isQuoted(text, "'") || isQuoted(text, '"') ? text.slice(1, -1) : text
  return withoutBackQuotes(bare)
}

/** Resolves a name among experiments, registered models and versions: `attribute.x`, `tags.x` or a bare attribute. */
export function identifyPlain(
  text: string,
  attributes: readonly string[],
  quotedAttributes: boolean,
  fail: Fail,
): Target {
  const { entity, key } = cutAtDot(text)
  if (entity !== null && !ENTITIES_OF_REGISTRY.includes(entity))
    return fail(
      `Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`,
    )
  const bare = withoutQuotes(key)
  if (entity === 'tag' || entity === 'tags') return { entity: 'tag', key: bare }
  const written = quotedAttributes ? bare : key
  if (!attributes.includes(written)) return invalidAttribute(written, attributes, fail)
  return { entity: 'attribute', key: bare }
}

/** MLflow's words for an attribute that there is not. */
export function invalidAttribute(key: string, valid: readonly string[], fail: Fail): never {
  return fail(`Invalid attribute key '${key}' specified. Valid keys are '${pythonSet(valid)}'`)
}

/** A quoted text without its quotes; nothing inside is unescaped. Null for what is no text and no identifier. */
export function readText({ kind, text }: Operand, fail: Fail): string | null {
  if (kind !== 'string' && kind !== 'identifier') return null
  if (isQuoted(text, "'") || isQuoted(text, '"')) return text.slice(1, -1)
  return fail(`${NOT_QUOTED} ${text}. Use either single or double quotes.`)
}

/** A quoted text as the value of a param, a tag or the like. */
export function readQuoted(entity: string, operand: Operand, fail: Fail): string {
  return (
    readText(operand, fail) ??
    fail(
      `Expected a quoted string value for ${entity} (e.g. 'my-value'). Got value ${operand.text}`,
    )
  )
}

/** A list as the value of an attribute; only some take one. */
function readList(
  key: string,
  operand: Operand,
  keys: readonly string[],
  fail: Fail,
): readonly string[] {
  if (!keys.includes(key))
    return fail(
      `Only [${keys.map((one) => `'${one}'`).join(', ')}] attributes support comparison with a list of quoted string values.`,
    )
  return readLiteralList(operand.text, fail)
}

/** A number as the value of an attribute. */
export function readNumber(key: string, { kind, text }: Operand, fail: Fail): Value {
  if (kind === 'number') return numberOf(text)
  return fail(`Expected numeric value type for numeric attribute: ${key}. Found ${text}`)
}

/** A text, or where `listKeys` has the key a list, as the value of an attribute. */
export function readTextOrList(
  key: string,
  operand: Operand,
  listKeys: readonly string[],
  wanted: string,
  fail: Fail,
): Value {
  const text = readText(operand, fail)
  if (text !== null) return text
  if (operand.kind === 'list') return readList(key, operand, listKeys, fail)
  return fail(`Expected a quoted string value ${wanted}. Got value ${operand.text}`)
}

/**
 * Whether a comparator is none of `valid`. A list was judged when it was read: it goes with IN and NOT IN, whether
 * MLflow's grammar or the extended one made it, and with nothing else.
 */
export function isUnfit({ comparator, value }: Comparison, valid: readonly string[]): boolean {
  if (Array.isArray(value)) return comparator !== 'IN' && comparator !== 'NOT IN'
  return !valid.includes(comparator)
}

/** MLflow's words for a wrong comparator; some of its messages lack the last quote. */
export function notOneOf(comparator: string, valid: readonly string[], end: "'" | ''): string {
  return `Invalid comparator '${comparator}' not one of '${pythonSet(valid)}${end}`
}

/** The type of an attribute, where all else is text but metrics. */
export function typeOf(
  { entity, key }: Target,
  numbers: Readonly<Record<string, ValueType>>,
): ValueType {
  if (entity === 'metric') return 'number'
  return entity === 'attribute' && Object.hasOwn(numbers, key) ? numbers[key]! : 'text'
}

function isQuoted(text: string, quote: string): boolean {
  return text.length >= 2 && text.startsWith(quote) && text.endsWith(quote)
}

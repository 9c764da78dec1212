import { TrackletError } from '../../errors.js'
import type { Comparator, Comparison, Filter, SeriesFunction, Span } from './ast.js'
import type { Operand, SearchRules, Target } from './rules.js'
import { ExtendedTokens } from './extended-tokens.js'
import { readLiteralList } from './literal-list.js'
import { parsePlain } from './plain.js'
import { failIn } from './refusals.js'
import type { Token } from './tokenizer.js'

const MAX_DEPTH = 200
const FUNCTIONS: readonly string[] = ['first', 'last', 'min', 'max', 'mean', 'count']

/**
 * Reads a filter by the extended grammar: what MLflow takes means what it means there; beyond that there are OR, NOT (the
 * plain complement), parentheses, IN and NOT IN on numbers, params, tags and all attributes, NOT LIKE and NOT ILIKE (which,
 * like `!=`, what has no value does not meet), and functions of a metric's series. AND binds tighter than OR.
 */
export function parseExtended(text: string, rules: SearchRules): Filter {
  return tryPlain(text, rules) ?? new ExtendedParser(text, rules).parse()
}

/** What MLflow makes of a filter, comparators too; null where it refuses it. */
function tryPlain(text: string, rules: SearchRules): Filter | null {
  try {
    const filter = parsePlain(text, rules)
    const items = filter.kind === 'and' ? filter.items : []
    return items.every((item) => rules.complaint(item as Comparison) === null) ? filter : null
  } catch (error) {
    if (error instanceof TrackletError) return null
    throw error
  }
}

/** The left side of a comparison. */
interface Subject {
  readonly target: Target
  readonly of: SeriesFunction | null
  readonly start: number
}

/** A recursive descent: or, and, not, comparison. */
class ExtendedParser {
  readonly #tokens: ExtendedTokens
  readonly #rules: SearchRules
  #depth = 0

  constructor(text: string, rules: SearchRules) {
    this.#tokens = new ExtendedTokens(text)
    this.#rules = rules
  }

  parse(): Filter {
    const filter = this.#or()
    return this.#tokens.peek() === undefined ? filter : this.#tokens.refuse('AND or OR')
  }

  #or(): Filter {
    const items = [this.#and()]
    while (this.#tokens.takeWord('OR') !== null) items.push(this.#and())
    return items.length === 1 ? items[0]! : { kind: 'or', items }
  }

  /** Comparisons side by side go together without AND too; more of it is harmless. */
  #and(): Filter {
    const items: Filter[] = []
    for (;;) {
      while (this.#tokens.takeWord('AND') !== null);
      if (items.length > 0 && this.#tokens.endsConjunction()) break
      items.push(this.#not())
    }
    return items.length === 1 ? items[0]! : { kind: 'and', items }
  }

  #not(): Filter {
    const token = this.#tokens.peek()
    const isNot = this.#tokens.takeWord('NOT') !== null
    if (!isNot && this.#tokens.takeSign('(') === null) return this.#comparison()
    if (++this.#depth > MAX_DEPTH)
      failIn(token!)(`The filter is nested deeper than ${MAX_DEPTH} levels: make it flatter.`)
    const item = isNot ? this.#not() : this.#or()
    if (!isNot && this.#tokens.takeSign(')') === null) this.#tokens.refuse("')'")
    this.#depth--
    return isNot ? { kind: 'not', item } : item
  }

  #comparison(): Filter {
    const subject = this.#subject()
    const { comparator, isNegated, token } = this.#tokens.comparator()
    if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') {
      const at = { start: subject.start, end: this.#tokens.end }
      this.#rules.checkNull(subject.target, failIn(at))
      return this.#node(subject, comparator, null)
    }
    const isMember = comparator === 'IN' || comparator === 'NOT IN'
    const value = isMember
      ? this.#list(subject.target, comparator)
      : this.#value(subject.target, comparator)
    const node = this.#node(subject, comparator, value)
    if (!isNegated) return node
    const complaint = this.#rules.complaint(node)
    if (complaint !== null) failIn(token)(complaint)
    const present: Comparison = { ...node, comparator: 'LIKE', value: '%' }
    return { kind: 'and', items: [present, { kind: 'not', item: node }] }
  }

  #node(
    { target, of, start }: Subject,
    comparator: string,
    value: Comparison['value'],
  ): Comparison {
    const { entity, key } = this.#rules.canonical(target)
    const at: Span = { start, end: this.#tokens.end }
    const node = {
      kind: 'comparison',
      entity,
      key,
      comparator: comparator as Comparator,
      value,
      at,
    } as const
    return of === null ? node : { ...node, of }
  }

  #subject(): Subject {
    const name = this.#tokens.functionName()
    if (name === null) return { ...this.#path(), of: null }
    const { start, end } = name
    const word = this.#tokens.textOf(name).toLowerCase()
    const fail = failIn({ start, end })
    if (!FUNCTIONS.includes(word) || this.#rules.hasSeries !== true)
      return fail(
        `There is no function '${word}' here. Those of a run's metric are ${FUNCTIONS.join(', ')}.`,
      )
    this.#tokens.takeSign('(')
    const { target } = this.#path()
    if (target.entity !== 'metric')
      return fail(`The function ${word} is for metrics, as in ${word}(metrics.loss).`)
    const points = this.#tokens.takeSign(',') === null ? null : this.#points()
    if (this.#tokens.takeSign(')') === null) this.#tokens.refuse("')'")
    return { target, of: { name: word as SeriesFunction['name'], points }, start }
  }

  /** Over how many of the last points a function is. */
  #points(): number {
    const token = this.#tokens.takeType('integer') ?? this.#tokens.refuse('a number of points')
    const points = Number(this.#tokens.textOf(token))
    if (Number.isSafeInteger(points) && points > 0) return points
    return failIn(token)(
      'A function is over the last points of a metric: give how many, 1 or more.',
    )
  }

  #path(): { readonly target: Target; readonly start: number } {
    const at = this.#tokens.path()
    return { target: this.#rules.identify(this.#tokens.textOf(at), failIn(at)), start: at.start }
  }

  #value(target: Target, comparator: string): NonNullable<Comparison['value']> {
    const at = this.#tokens.value()
    return this.#rules.readValue(target, comparator, this.#operand(at), failIn(at))
  }

  #operand({ kind, start, end }: Span & { readonly kind: Operand['kind'] }): Operand {
    return { kind, text: this.#tokens.textOf({ start, end }) }
  }

  #list(target: Target, comparator: string): NonNullable<Comparison['value']> {
    const { start, end, items } = this.#tokens.list()
    const fail = failIn({ start, end })
    const source = this.#tokens.textOf({ start, end })
    if (this.#rules.valueType(target) === 'text')
      return readLiteralList(source, fail).map(
        (item) => this.#rules.readItem?.(target, item) ?? item,
      )
    if (items.length === 0) return fail('A list of numbers is expected, such as (1, 2.5).')
    return items.map((item) => this.#number(target, comparator, item))
  }

  #number(target: Target, comparator: string, token: Token): number {
    const fail = failIn(token)
    const isNumber = token.type === 'integer' || token.type === 'float'
    const operand = {
      kind: isNumber ? 'number' : 'other',
      text: this.#tokens.textOf(token),
    } as const
    const value = this.#rules.readValue(target, isNumber ? '=' : comparator, operand, fail)
    return typeof value === 'number'
      ? value
      : fail('A list of numbers is expected, such as (1, 2.5).')
  }
}

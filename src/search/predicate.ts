import type { Comparison, Filter, OrderTerm } from './grammar/ast.js'
import { compareCodePoints } from './code-points.js'
import { RegexBudget } from './regex/regex.js'
import { numberTest, textTest } from './value-tests.js'

/** What a thing has for a comparison or a term: null for nothing; of a list, as of datasets, any may meet a comparison. */
export type Read = number | string | null | readonly (number | string)[]

/** Asks one thing for its values. */
export type ReadValue = (comparison: Comparison) => Read

/**
 * A filter made ready for many things; its regular expressions share a budget. INVALID_PARAMETER_VALUE for bad ones. What a
 * thing does not have meets IS NULL alone.
 */
export function compileFilter(
  filter: Filter,
  budget = new RegexBudget(),
): (read: ReadValue) => boolean {
  if (filter.kind === 'comparison') return compileComparison(filter, budget)
  if (filter.kind === 'not') {
    const item = compileFilter(filter.item, budget)
    return (read) => !item(read)
  }
  const items = filter.items.map((item) => compileFilter(item, budget))
  return filter.kind === 'and'
    ? (read) => items.every((item) => item(read))
    : (read) => items.some((item) => item(read))
}

function compileComparison(
  comparison: Comparison,
  budget: RegexBudget,
): (read: ReadValue) => boolean {
  const { comparator } = comparison
  if (comparator === 'IS NULL') return (read) => read(comparison) === null
  if (comparator === 'IS NOT NULL') return (read) => read(comparison) !== null
  const test = valueTest(comparison, budget)
  return (read) => {
    const value = read(comparison)
    if (value === null) return false
    return typeof value === 'object' ? value.some(test) : test(value)
  }
}

/** Values of another type than the comparison's meet nothing. */
function valueTest(
  comparison: Comparison,
  budget: RegexBudget,
): (value: number | string) => boolean {
  const [sample] = [comparison.value].flat()
  if (typeof sample === 'number') {
    const test = numberTest(comparison)
    return (value) => typeof value === 'number' && test(value)
  }
  const test = textTest(comparison, budget)
  return (value) => typeof value === 'string' && test(value)
}

/** A thing's value for a term; of a list the first counts. */
export type ReadTerm<T> = (item: T, term: OrderTerm) => Read

/**
 * Compares by terms: numbers and texts in the term's direction, texts by code point, then NaN, then what is missing, in
 * both directions. 0 where they are equal in all terms.
 */
export function compareByOrder<T>(
  terms: readonly OrderTerm[],
  read: ReadTerm<T>,
): (a: T, b: T) => number {
  return (a, b) => {
    for (const term of terms) {
      const [x, y] = [single(read(a, term)), single(read(b, term))]
      const difference = grade(x) - grade(y) || (term.ascending ? compare(x, y) : compare(y, x))
      if (difference !== 0) return difference
    }
    return 0
  }
}

type Single = number | string | null

function single(value: Read): Single {
  return value !== null && typeof value === 'object' ? (value[0] ?? null) : value
}

function grade(value: Single): number {
  return value === null ? 2 : Number.isNaN(value) ? 1 : 0
}

function compare(a: Single, b: Single): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b)
  // A field has values of one type.
  return 0
}

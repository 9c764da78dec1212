import type { Comparison } from './grammar/ast.js'
import { compileLike } from './like.js'
import { compileRegex, RegexBudget } from './regex/regex.js'

/** The largest double: MLflow's SQL store keeps infinities as it, and searches see them so. */
export const CLAMP = Number.MAX_VALUE

/** An infinity as MLflow's SQL store has it; other values as they are. */
export function clamped(value: number): number {
  return value > CLAMP ? CLAMP : value < -CLAMP ? -CLAMP : value
}

/** Whether a number meets a comparison on numbers. NaN meets `!=` alone. */
export function numberTest({ comparator, value }: Comparison): (number: number) => boolean {
  const wanted = value as number
  switch (comparator) {
    case '=':
      return (number) => number === wanted
    case '!=':
      return (number) => number !== wanted
    case '>':
      return (number) => number > wanted
    case '>=':
      return (number) => number >= wanted
    case '<':
      return (number) => number < wanted
    case '<=':
      return (number) => number <= wanted
    default:
      return memberTest(comparator, new Set(value as readonly number[]))
  }
}

/** Whether a text meets a comparison on texts; `budget` is what RLIKE may use. */
export function textTest(
  { comparator, value }: Comparison,
  budget = new RegexBudget(),
): (text: string) => boolean {
  switch (comparator) {
    case '=':
      return (text) => text === value
    case '!=':
      return (text) => text !== value
    case 'LIKE':
      return compileLike(value as string, { ignoreCase: 'no' })
    case 'ILIKE':
      return compileLike(value as string, { ignoreCase: 'ascii' })
    case 'RLIKE':
      return compileRegex(value as string, budget)
    default:
      return memberTest(comparator, new Set(value as readonly string[]))
  }
}

function memberTest<T>(comparator: string, members: ReadonlySet<T>): (value: T) => boolean {
  return comparator === 'IN' ? (value) => members.has(value) : (value) => !members.has(value)
}

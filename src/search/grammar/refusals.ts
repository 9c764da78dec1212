import { TrackletError } from '../../errors.js'
import type { Span } from './ast.js'

const LONGEST = 10_000

/** Throws a refusal of the text that is being read. */
export type Fail = (message: string) => never

/** The refusals of a filter's characters. */
export function failIn(at: Span): Fail {
  return (message) => {
    throw refusal(message, 'filter', 0, at)
  }
}

/** The refusals of one clause of an order. */
export function failInClause(index: number, at: Span): Fail {
  return (message) => {
    throw refusal(message, 'order_by', index, at)
  }
}

/** A text as a message shows it: cut when it is very long. */
export function shown(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
}

/** A set of names as a message shows it: Python's, in the order given. */
export function pythonSet(names: readonly string[]): string {
  return `{${names.map((name) => `'${name}'`).join(', ')}}`
}

function refusal(
  message: string,
  text: 'filter' | 'order_by',
  index: number,
  { start, end }: Span,
): TrackletError {
  return new TrackletError('INVALID_PARAMETER_VALUE', message, { at: { text, index, start, end } })
}

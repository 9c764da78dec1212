import type { Comparison, OrderTerm, SearchEntity } from './ast.js'
import type { Fail } from './refusals.js'

/** What a comparison or a term looks at. */
export interface Target {
  readonly entity: SearchEntity
  /** As written, without quotes; messages have it so. */
  readonly key: string
}

/** What stands to the right of a comparator. */
export interface Operand {
  /** `other` is what no rule takes. */
  readonly kind: 'string' | 'number' | 'identifier' | 'list' | 'other'
  /** As written. */
  readonly text: string
}

/** A value of a comparison. */
export type Value = Exclude<Comparison['value'], null>

/** What kind of value an attribute or an entity has. */
export type ValueType = 'text' | 'number' | 'integer'

/** The words of searches over one kind of thing, and MLflow's rules and complaints about them. */
export interface SearchRules {
  /** Whether the complaint about leftover tokens has each in quotes. */
  readonly quotesLeftovers: boolean
  /** The complaint about a filter that is no single statement, where it is not the usual one. */
  readonly notOneStatement?: (text: string) => string
  /** The complaint about leftover tokens, where it is not the usual one. */
  readonly leftovers?: (text: string) => string
  /** The left side of a comparison may be something else than an identifier. */
  readonly takesAnyLeft?: boolean
  /** What `timestamp` and `timestamp_ms`, types of SQL, may be compared as. */
  readonly takesTimestamps?: boolean
  /** Functions of a metric's series may be asked for, in the extended grammar. */
  readonly hasSeries?: boolean
  /** Comparators count as written, not in upper case. */
  readonly keepsComparatorCase?: boolean
  /** Resolves the left side of a comparison. */
  readonly identify: (text: string, fail: Fail) => Target
  /** The type of what a target has, for the extended grammar. */
  readonly valueType: (target: Target) => ValueType
  /** A comparison's right side as a value. */
  readonly readValue: (target: Target, comparator: string, operand: Operand, fail: Fail) => Value
  /** A text of a list as `readValue` would have it, where that is not the text itself. */
  readonly readItem?: (target: Target, text: string) => string
  /** Complains where IS NULL is no question to ask of a target. */
  readonly checkNull: (target: Target, fail: Fail) => void
  /** The name under which the thing is known: `created` is `start_time`. */
  readonly canonical: (target: Target) => Target
  /** MLflow's complaint about a comparison whose comparator does not go with what it compares; null for none. */
  readonly complaint: (comparison: Comparison) => string | null
  /** Resolves a key of an order, canonical already. */
  readonly identifyOrder: (text: string, fail: Fail) => Target
  /** Whether an order may not name a key twice. */
  readonly refusesDuplicates: boolean
  /** The order where none is asked for. */
  readonly defaultOrder: readonly OrderTerm[]
  /** What decides between equals, after the terms; those already among them are left out. */
  readonly ties: readonly OrderTerm[]
}

import type { Int64 } from '../../entities/int64.js'

/** What a GraphQL answer holds: JSON, with null for what is absent. */
export type GraphqlValue =
  string | number | boolean | null | readonly GraphqlValue[] | GraphqlObject

/** An object of MLflow's schema, by the name of its type. */
export interface GraphqlObject {
  readonly __typename: string
  readonly [field: string]: GraphqlValue
}

/** MLflow's scalar LongString: a 64-bit integer as text, which JavaScript reads exactly; absent is 0. */
export function toLongString(value: Int64 | null | undefined): string {
  return String(value ?? 0)
}

/** MLflow's Float: null for NaN, the greatest doubles for the infinities, as its SQL store has them. */
export function toFloat(value: number): number | null {
  if (Number.isNaN(value)) return null
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}

/** A record as a list of `{key, value}` of a type. */
export function toPairList(
  type: string,
  record: Readonly<Record<string, string>>,
): readonly GraphqlObject[] {
  return Object.entries(record).map(([key, value]) => ({ __typename: type, key, value }))
}

import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { pythonFloat } from '../../../src/entities/python-text.js'
import { TrackletError } from '../../../src/errors.js'
import type { Comparison, Filter } from '../../../src/search/grammar/ast.js'

// Helpers of the tests that read texts of searches.

/** A row of `search-parse-golden.json`: what the real library made of a text. */
export interface ParseRow {
  readonly rules: string
  readonly filter: string
  readonly clause: string
  readonly ok?: readonly (readonly unknown[])[]
  readonly err?: string | null
}

const GOLDEN = new URL('../../fixtures/search-parse-golden.json', import.meta.url)

/** What MLflow's own parser makes of filters and of clauses of orders. */
export const PARSE_GOLDEN = JSON.parse(readFileSync(GOLDEN, 'utf8')) as {
  readonly filters: readonly ParseRow[]
  readonly orders: readonly ParseRow[]
}

/** A message without what Python prints in any order. */
export function withoutSets(message: string): string {
  return message.replace(/\{'[^}]*\}?/g, '{}')
}

/** The refusal that `read` throws. */
export function refusalOf(read: () => unknown): TrackletError {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(TrackletError)
    expect(error).toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    return error as TrackletError
  }
  throw new Error('This was to be refused.')
}

/** What a conjunction of comparisons says, as the golden file has it. */
export function comparisonsOf(filter: Filter): unknown[][] {
  if (filter.kind !== 'and') throw new Error('A conjunction was expected.')
  return (filter.items as readonly Comparison[]).map(({ entity, key, comparator, value }) => [
    entity,
    key,
    comparator,
    typeof value === 'number' ? pythonFloat(value) : value,
  ])
}

/** A filter without the places of its comparisons. */
export function withoutPlaces(filter: Filter): unknown {
  return JSON.parse(
    JSON.stringify(filter, (name, value: unknown) => (name === 'at' ? undefined : value)),
  )
}

import { invalid, invalidValue } from '../entities/invalid.js'

/** What `findSimilarRuns` takes. */
export interface SimilarRunsQuery {
  readonly runId: string
  /** Columns to compare: `params.<key>` (numeric text) and `metrics.<key>`. By default all that the run has a number in. */
  readonly by?: readonly string[]
  /** How many neighbours; 10 by default. */
  readonly k?: number
  /** Where to look; the run's own experiment by default. Active runs only. */
  readonly experimentIds?: readonly string[]
}

/** A neighbour of a run. */
export interface SimilarRun {
  readonly runId: string
  /** Euclidean, over standardised columns; what one of the two lacks is left out and the rest scaled up. */
  readonly distance: number
}

const DEFAULT_NEIGHBOURS = 10
const MAX_NEIGHBOURS = 50_000
const COLUMN = /^(params|metrics)\.(.+)$/su

/** A column that runs are compared by. */
export interface SimilarColumn {
  readonly entity: 'param' | 'metric'
  readonly key: string
}

/** A query with everything checked and filled in that needs no state. */
export interface CheckedSimilarRuns {
  readonly runId: string
  /** Null for all that the run has a number in. Each column once. */
  readonly by: readonly SimilarColumn[] | null
  readonly k: number
  /** Null for the run's own experiment. */
  readonly experimentIds: readonly string[] | null
}

/** Checks what `findSimilarRuns` takes. INVALID_PARAMETER_VALUE where it is not of this form. */
export function checkSimilarRuns(query: SimilarRunsQuery): CheckedSimilarRuns {
  const { runId, by = null, k = DEFAULT_NEIGHBOURS, experimentIds = null } = query
  if (typeof runId !== 'string' || runId === '')
    throw invalidValue('runId', runId, 'give the id of a run.')
  if (!Number.isInteger(k) || k < 1 || k > MAX_NEIGHBOURS)
    throw invalidValue('k', k, `it must be an integer from 1 to ${MAX_NEIGHBOURS}.`)
  if (experimentIds !== null) checkTexts('experimentIds', experimentIds)
  return { runId, by: by === null ? null : toColumns(by), k, experimentIds }
}

function toColumns(by: readonly string[]): SimilarColumn[] {
  checkTexts('by', by)
  if (by.length === 0)
    throw invalid('There is nothing to compare by: name a column, or leave out `by`.')
  return [...new Set(by)].map(toColumn)
}

function toColumn(name: string): SimilarColumn {
  const [, kind, key] = COLUMN.exec(name) ?? []
  if (key === undefined)
    throw invalidValue('by', name, "name columns as 'params.<key>' or 'metrics.<key>'.")
  return { entity: kind === 'params' ? 'param' : 'metric', key }
}

function checkTexts(parameter: string, list: unknown): void {
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'string'))
    throw invalidValue(parameter, list, 'give an array of texts.')
}

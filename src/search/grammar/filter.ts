import { wrongType } from '../../entities/invalid.js'
import type { Filter, SearchSyntax } from './ast.js'
import type { SearchRules } from './rules.js'
import { parseExtended } from './extended.js'
import { parsePlain } from './plain.js'
import { failIn } from './refusals.js'

const EVERYTHING: Filter = { kind: 'and', items: [] }

/**
 * Reads a filter as MLflow 3.17 does, or by the extended grammar, which takes all of that and more. Shapes, entities, keys
 * and types of values are checked here; comparators by `checkComparators`, which MLflow asks later. No filter means
 * everything. INVALID_PARAMETER_VALUE, with MLflow's words and `at`, for what it refuses.
 */
export function parseFilter(
  text: string | null | undefined,
  rules: SearchRules,
  syntax: SearchSyntax = 'mlflow',
): Filter {
  if (text === null || text === undefined || text === '') return EVERYTHING
  if (typeof text !== 'string') throw wrongType('filter', text)
  return syntax === 'extended' ? parseExtended(text, rules) : parsePlain(text, rules)
}

/** Refuses comparators that do not go with what they compare: INVALID_PARAMETER_VALUE, in MLflow's words. */
export function checkComparators(filter: Filter, rules: SearchRules): void {
  if (filter.kind === 'not') checkComparators(filter.item, rules)
  else if (filter.kind !== 'comparison')
    for (const item of filter.items) checkComparators(item, rules)
  else {
    const complaint = rules.complaint(filter)
    if (complaint !== null) failIn(filter.at)(complaint)
  }
}

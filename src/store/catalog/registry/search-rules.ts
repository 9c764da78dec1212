import { MLFLOW_TAGS } from '../../../entities/mlflow-tags.js'
import type { Comparison, Filter, OrderTerm } from '../../../search/grammar/ast.js'
import type { SearchRules } from '../../../search/grammar/rules.js'

/** A filter without what it says of prompts, and whether it leaves them out. */
export interface PromptFilter {
  readonly filter: Filter
  readonly hidesPrompts: boolean
}

/**
 * MLflow's special tag: prompts are left out unless the filter asks for them, by `= 'true'` or `!= 'false'`; where it
 * does not, what it says of that tag is dropped (SqlAlchemyStore._update_query_to_exclude_prompts).
 */
export function splitPrompts(filter: Filter): PromptFilter {
  const items = filter.kind === 'and' ? filter.items : [filter]
  const first = items.find(isAboutPrompts)
  if (first !== undefined && asksForPrompts(first)) return { filter, hidesPrompts: false }
  const rest = items.filter((item) => !isAboutPrompts(item))
  return { filter: { kind: 'and', items: rest }, hidesPrompts: true }
}

/** The whole order of a search: what is asked for, or the default, then what decides between equals. */
export function fullOrder(terms: readonly OrderTerm[], rules: SearchRules): OrderTerm[] {
  const asked = terms.length > 0 ? terms : rules.defaultOrder
  const left = rules.ties.filter(({ key }) => !asked.some((term) => term.key === key))
  return [...asked, ...left]
}

function isAboutPrompts(item: Filter): item is Comparison {
  return item.kind === 'comparison' && item.entity === 'tag' && item.key === MLFLOW_TAGS.isPrompt
}

function asksForPrompts({ comparator, value }: Comparison): boolean {
  const wanted = String(value).toLowerCase()
  return (comparator === '=' && wanted === 'true') || (comparator === '!=' && wanted === 'false')
}

import type { Experiment } from '../../entities/experiment.js'
import type { ViewType } from '../../entities/lifecycle.js'
import type { PagedList } from '../../entities/paged-list.js'
import { validateViewType } from '../../entities/validate.js'
import type { Comparison, OrderTerm } from '../../search/grammar/ast.js'
import { EXPERIMENT_RULES } from '../../search/grammar/attributes.js'
import { checkComparators, parseFilter } from '../../search/grammar/filter.js'
import { parseOrderBy } from '../../search/grammar/order-by.js'
import {
  EXPERIMENT_PAGES,
  nextPageToken,
  pageSize,
  pageTokenToOffset,
} from '../../search/page-token.js'
import { compareByOrder, compileFilter } from '../../search/predicate.js'
import type { ExperimentQuery } from '../tracking-store.js'
import { allExperiments } from './experiment-reader.js'
import type { CatalogState } from './state.js'

/** One page of the experiments that a query finds. Complaints come in MLflow's order. */
export function searchExperiments(
  state: CatalogState,
  query: ExperimentQuery = {},
): PagedList<Experiment> {
  const limit = pageSize(query.maxResults, EXPERIMENT_PAGES)
  const filter = parseFilter(query.filter, EXPERIMENT_RULES)
  checkComparators(filter, EXPERIMENT_RULES)
  const terms = parseOrderBy(query.orderBy, EXPERIMENT_RULES)
  const offset = pageTokenToOffset(query.pageToken)
  const view = validateViewType(query.viewType)
  const meets = compileFilter(filter)
  const found = allExperiments(state)
    .filter((experiment) => isShown(experiment, view))
    .filter((experiment) => meets((comparison) => readValue(experiment, comparison)))
    .sort(order(terms))
  return {
    items: found.slice(offset, offset + limit),
    nextPageToken: nextPageToken({ offset, limit }, found.length > offset + limit),
  }
}

function isShown({ lifecycleStage }: Experiment, view: ViewType): boolean {
  return view === 'ALL' || (lifecycleStage === 'active') === (view === 'ACTIVE_ONLY')
}

function readValue(experiment: Experiment, { entity, key }: Comparison): string | number | null {
  return entity === 'tag' ? ownTag(experiment, key) : readAttribute(experiment, key)
}

function ownTag({ tags }: Experiment, key: string): string | null {
  return Object.hasOwn(tags, key) ? tags[key]! : null
}

function readAttribute(experiment: Experiment, key: string): string | number | null {
  switch (key) {
    case 'name':
      return experiment.name
    case 'creation_time':
      return experiment.creationTime
    case 'last_update_time':
      return experiment.lastUpdateTime
    default:
      return experiment.experimentId
  }
}

/** Newest first unless ordered; ties by id, which MLflow turns around where an order is given. */
function order(terms: readonly OrderTerm[]): (a: Experiment, b: Experiment) => number {
  if (terms.length === 0)
    return (a, b) => (b.creationTime ?? 0) - (a.creationTime ?? 0) || compareIds(a, b)
  const byTerms = compareByOrder<Experiment>(terms, (experiment, { key }) =>
    key === 'experiment_id' ? Number(experiment.experimentId) : readAttribute(experiment, key),
  )
  return (a, b) => byTerms(a, b) || compareIds(b, a)
}

/** Ids are numbers as text. */
function compareIds(a: Experiment, b: Experiment): number {
  return Number(a.experimentId) - Number(b.experimentId)
}

import type { ViewType } from '../entities/lifecycle.js'
import { invalid } from '../entities/invalid.js'
import type { SearchSyntax } from '../search/grammar/ast.js'
import type { RunQuery } from '../store/tracking-store.js'
import { checkKnown } from './known-options.js'
import { RunList } from './run-list.js'
import type { Session } from './session.js'

/** Which runs a search finds: of the given experiments, of all, else of the active one. */
export interface SearchRuns {
  readonly experimentIds?: readonly string[]
  readonly experimentNames?: readonly string[]
  /** Look in all active experiments. */
  readonly searchAllExperiments?: boolean
  /** MLflow's filter, such as `metrics.loss < 0.1 and params.model = 'cnn'`. */
  readonly filter?: string
  /** Such as `['metrics.loss ASC']`; then, and by default, newest start first, then by run id. */
  readonly orderBy?: readonly string[]
  /** `ACTIVE_ONLY` by default. */
  readonly viewType?: ViewType
  /** `extended` adds OR, NOT, parentheses, IN everywhere and functions of a metric's history to the filter. */
  readonly syntax?: SearchSyntax
  /** Runs on a page: 1 to 50,000; 1,000 by default. */
  readonly maxResults?: number
}

/** The options that say which runs are meant, and in which order. */
export const SEARCH_OPTIONS = [
  'experimentIds',
  'experimentNames',
  'searchAllExperiments',
  'filter',
  'orderBy',
  'viewType',
  'syntax',
]

/** Searches runs, lazily. INVALID_PARAMETER_VALUE for options that it does not know. */
export function searchRuns(session: Session, options: SearchRuns = {}): RunList {
  checkKnown('searchRuns', options, [...SEARCH_OPTIONS, 'maxResults'])
  const experiments = experimentsOf(session, options)
  const { maxResults } = options
  return new RunList(async (pageToken) => {
    const found = await session.store.searchRuns({
      experimentIds: await experiments(),
      ...queryOf(options),
      ...(maxResults === undefined ? {} : { maxResults }),
      ...(pageToken === undefined ? {} : { pageToken }),
    })
    return { runs: found.items, nextPageToken: found.nextPageToken }
  })
}

/** What a store is asked, but for the experiments and the page. */
export function queryOf({
  filter,
  orderBy,
  viewType,
  syntax,
}: SearchRuns): Omit<RunQuery, 'experimentIds'> {
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(orderBy === undefined ? {} : { orderBy }),
    ...(viewType === undefined ? {} : { viewType }),
    ...(syntax === undefined ? {} : { syntax }),
  }
}

/** Finds out, when it is called, which experiments are meant; the options are checked at once. */
export function experimentsOf(
  session: Session,
  { experimentIds, experimentNames, searchAllExperiments = false }: SearchRuns,
): () => Promise<readonly string[]> {
  session.assertOpen()
  const ways = [experimentIds, experimentNames, searchAllExperiments || undefined]
  if (ways.filter((way) => way !== undefined).length > 1)
    throw invalid(
      'Only one of experimentIds, experimentNames and searchAllExperiments can be used.',
    )
  checkList(experimentIds, 'experimentIds')
  checkList(experimentNames, 'experimentNames')
  const active = session.experimentId
  if (searchAllExperiments) return () => allExperiments(session)
  if (experimentNames !== undefined) return () => namedExperiments(session, experimentNames)
  return async () => experimentIds ?? [active]
}

function checkList(list: unknown, name: string): void {
  if (list === undefined) return
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'string'))
    throw invalid(`Invalid value for parameter '${name}' supplied: give an array of texts.`)
}

async function namedExperiments(
  { store }: Session,
  names: readonly string[],
): Promise<readonly string[]> {
  const found = await Promise.all(names.map((name) => store.getExperimentByName(name)))
  return found.flatMap((experiment) => (experiment === null ? [] : [experiment.experimentId]))
}

async function allExperiments({ store }: Session): Promise<readonly string[]> {
  const ids: string[] = []
  let pageToken: string | null = null
  do {
    const query: { pageToken?: string } = pageToken === null ? {} : { pageToken }
    const page = await store.searchExperiments({ maxResults: 50_000, ...query })
    for (const { experimentId } of page.items) ids.push(experimentId)
    pageToken = page.nextPageToken
  } while (pageToken !== null)
  return ids
}

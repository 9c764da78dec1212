import type { ViewType } from '../entities/lifecycle.js'
import type { Run } from '../entities/run.js'
import { invalid } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import { RunList } from './run-list.js'
import type { Session } from './session.js'

/** Which runs a search lists: those of the given experiments, else of the active one. Newest first. */
export interface SearchRuns {
  readonly experimentIds?: readonly string[]
  readonly experimentNames?: readonly string[]
  /** `ACTIVE_ONLY` by default. */
  readonly viewType?: ViewType
  /** Runs on a page: 1 to 50,000; 1,000 by default. */
  readonly maxResults?: number
}

const KNOWN = new Set(['experimentIds', 'experimentNames', 'viewType', 'maxResults'])

/**
 * Lists runs, lazily; `keep` drops those that are not wanted.
 * NOT_IMPLEMENTED for filters and orders, INVALID_PARAMETER_VALUE for options that it does not know.
 */
export function searchRuns(
  session: Session,
  options: SearchRuns = {},
  keep: (run: Run) => boolean = () => true,
): RunList {
  checkOptions(options)
  session.assertOpen()
  const { viewType = 'ACTIVE_ONLY', maxResults } = options
  const active = session.experimentId
  return new RunList(async (pageToken) => {
    const experimentIds = await experimentsOf(session, options, active)
    const found = await session.store.searchRuns({
      experimentIds,
      viewType,
      ...(maxResults === undefined ? {} : { maxResults }),
      ...(pageToken === undefined ? {} : { pageToken }),
    })
    return { runs: found.items.filter(keep), nextPageToken: found.nextPageToken }
  })
}

function checkOptions(options: SearchRuns): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || KNOWN.has(name)) continue
    if (name === 'filter' || name === 'filterString' || name === 'orderBy')
      throw new TrackletError(
        'NOT_IMPLEMENTED',
        `This version lists runs without '${name}': leave it out, and filter or sort what you read.`,
      )
    throw invalid(`searchRuns knows no option '${name}'. It takes ${[...KNOWN].join(', ')}.`)
  }
  if (options.experimentIds !== undefined && options.experimentNames !== undefined)
    throw invalid('Only experimentIds or experimentNames can be used, but not both.')
  checkList(options.experimentIds, 'experimentIds')
  checkList(options.experimentNames, 'experimentNames')
}

function checkList(list: unknown, name: string): void {
  if (list === undefined) return
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'string'))
    throw invalid(`Invalid value for parameter '${name}' supplied: give an array of texts.`)
}

async function experimentsOf(
  session: Session,
  { experimentIds, experimentNames }: SearchRuns,
  active: string,
): Promise<readonly string[]> {
  if (experimentIds !== undefined) return experimentIds
  if (experimentNames === undefined) return [active]
  const { store } = session
  const found = await Promise.all(experimentNames.map((name) => store.getExperimentByName(name)))
  return found.flatMap((experiment) => (experiment === null ? [] : [experiment.experimentId]))
}

import type { Experiment } from '../entities/experiment.js'
import { invalid } from '../entities/invalid.js'
import type { ViewType } from '../entities/lifecycle.js'
import { TrackletError } from '../errors.js'
import type { TrackingStore } from '../store/tracking-store.js'

/** What `searchExperiments` takes. */
export interface SearchExperiments {
  /** `ACTIVE_ONLY` by default. */
  readonly viewType?: ViewType
  readonly maxResults?: number
  readonly pageToken?: string
}

/** One page of experiments. */
export interface ExperimentPage {
  readonly experiments: readonly Experiment[]
  /** What the next call takes; null on the last page. */
  readonly nextPageToken: string | null
}

const KNOWN = new Set(['viewType', 'maxResults', 'pageToken'])

/** Lists experiments. NOT_IMPLEMENTED for filters and orders. */
export async function searchExperiments(
  store: TrackingStore,
  options: SearchExperiments = {},
): Promise<ExperimentPage> {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || KNOWN.has(name)) continue
    if (name === 'filter' || name === 'filterString' || name === 'orderBy')
      throw new TrackletError(
        'NOT_IMPLEMENTED',
        `This version lists experiments without '${name}': leave it out, and filter or sort what you read.`,
      )
    throw invalid(`searchExperiments knows no option '${name}'. It takes ${[...KNOWN].join(', ')}.`)
  }
  const { items, nextPageToken } = await store.searchExperiments(options)
  return { experiments: items, nextPageToken }
}

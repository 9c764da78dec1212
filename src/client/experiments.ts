import type { Experiment } from '../entities/experiment.js'
import type { ExperimentQuery, TrackingStore } from '../store/tracking-store.js'
import { checkKnown } from './known-options.js'

/** What `searchExperiments` takes: a filter such as `name LIKE 'cnn%'`, an order such as `['name ASC']`, a page. */
export type SearchExperiments = ExperimentQuery

/** One page of experiments. */
export interface ExperimentPage {
  readonly experiments: readonly Experiment[]
  /** What the next call takes; null on the last page. */
  readonly nextPageToken: string | null
}

const KNOWN = ['filter', 'orderBy', 'viewType', 'maxResults', 'pageToken']

/** Searches experiments. INVALID_PARAMETER_VALUE for options that it does not know. */
export async function searchExperiments(
  store: TrackingStore,
  options: SearchExperiments = {},
): Promise<ExperimentPage> {
  checkKnown('searchExperiments', options, KNOWN)
  const { items, nextPageToken } = await store.searchExperiments(options)
  return { experiments: items, nextPageToken }
}

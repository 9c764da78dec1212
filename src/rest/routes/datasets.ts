import { invalid } from '../../entities/invalid.js'
import { MLFLOW_TAGS } from '../../entities/mlflow-tags.js'
import type { Run } from '../../entities/run.js'
import type { Store } from '../../store/store.js'
import type { Answer } from '../answer.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { list, text } from '../schema.js'

const MOST_EXPERIMENTS = 20
const MOST_SUMMARIES = 1000
const RUNS_AT_ONCE = 1000

/** Which datasets the runs of experiments used. */
export const datasetRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'experiments/search-datasets',
    ajaxOnly: true,
    needs: { experiment_ids: list(text) },
    async answer(store, { experiment_ids: ids }) {
      if (ids.length === 0)
        throw invalid('SearchDatasets request must specify at least one experiment_id.')
      if (ids.length > MOST_EXPERIMENTS)
        throw invalid(
          `SearchDatasets request cannot specify more than ${MOST_EXPERIMENTS} experiment_ids. ` +
            `Received ${ids.length} experiment_ids.`,
        )
      return { dataset_summaries: await readSummaries(store, ids) }
    },
  }),
]

async function readSummaries(store: Store, experimentIds: readonly string[]): Promise<Answer[]> {
  const found = new Map<string, Answer>()
  let pageToken: string | null = ''
  while (pageToken !== null && found.size < MOST_SUMMARIES) {
    const page = { viewType: 'ALL', maxResults: RUNS_AT_ONCE, pageToken } as const
    const runs: Awaited<ReturnType<Store['searchRuns']>> = await store.searchRuns({
      experimentIds,
      ...page,
    })
    for (const summary of runs.items.flatMap(summaries)) found.set(JSON.stringify(summary), summary)
    pageToken = runs.nextPageToken
  }
  return [...found.values()].slice(0, MOST_SUMMARIES)
}

function summaries({ info, inputs }: Run): Answer[] {
  return inputs.datasetInputs.map(({ dataset, tags }) => ({
    experiment_id: info.experimentId,
    name: dataset.name,
    digest: dataset.digest,
    // MLflow shows no empty context.
    context: tags[MLFLOW_TAGS.datasetContext] || undefined,
  }))
}

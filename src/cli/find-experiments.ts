import type { Tracker } from '../client/tracker.js'
import type { Experiment } from '../entities/experiment.js'
import { TrackletError } from '../errors.js'
import type { ExperimentQuery } from '../store/tracking-store.js'
import type { Given } from './given.js'
import { givenView } from './options.js'
import type { Context } from './verb.js'
import { UsageError } from './usage-error.js'

const LARGEST_PAGE = 50_000

/** Experiments that a search finds, page after page. */
export async function* searchExperiments(
  { client }: Tracker,
  query: Omit<ExperimentQuery, 'pageToken' | 'maxResults'>,
  limit = Infinity,
): AsyncGenerator<Experiment, void, undefined> {
  let left = limit
  let token: string | null = null
  do {
    const page: Awaited<ReturnType<typeof client.searchExperiments>> =
      await client.searchExperiments({
        ...query,
        maxResults: Math.min(left, LARGEST_PAGE),
        ...(token === null ? {} : { pageToken: token }),
      })
    yield* page.experiments
    left -= page.experiments.length
    token = page.nextPageToken
  } while (token !== null && left > 0)
}

/**
 * The experiment of this id or name. UsageError unless exactly one of them is given, RESOURCE_DOES_NOT_EXIST where
 * there is none.
 */
export async function oneExperiment(
  tracker: Tracker,
  { id, name }: { id: string | undefined; name: string | undefined },
): Promise<Experiment> {
  if (id !== undefined) return tracker.client.getExperiment(id)
  return namedExperiment(tracker, name ?? '')
}

/**
 * The experiments whose runs are listed: those named by options, else by MLFLOW_EXPERIMENT_NAME or MLFLOW_EXPERIMENT_ID.
 * UsageError where nothing names one, RESOURCE_DOES_NOT_EXIST where one is not there.
 */
export async function givenExperiments(
  tracker: Tracker,
  context: Context,
  given: Given,
): Promise<readonly Experiment[]> {
  if (given.flag('allExperiments')) return allExperiments(tracker, given)
  const { ids, names } = chosenExperiments(context, given)
  const found = new Map<string, Experiment>()
  for (const id of ids) found.set(id, await tracker.client.getExperiment(id))
  for (const name of names) {
    const experiment = await namedExperiment(tracker, name)
    found.set(experiment.experimentId, experiment)
  }
  return [...found.values()]
}

/** Which experiments a listing of runs is about. UsageError where that is none, or some and all. */
export function chosenExperiments(
  { env }: Pick<Context, 'env'>,
  given: Given,
): { readonly ids: readonly string[]; readonly names: readonly string[] } {
  const [ids, names] = [given.texts('experimentId'), given.texts('experimentName')]
  const isNamed = ids.length + names.length > 0
  if (given.flag('allExperiments')) {
    if (isNamed) throw new UsageError('Give --all-experiments, or the experiments, not both.')
    return { ids, names }
  }
  if (isNamed) return { ids, names }
  const { MLFLOW_EXPERIMENT_NAME: name, MLFLOW_EXPERIMENT_ID: id } = env
  if (name) return { ids: [], names: [name] }
  if (id) return { ids: [id], names: [] }
  throw new UsageError(
    'Say whose runs: --experiment-name NAME, --experiment-id ID or --all-experiments; or set ' +
      'MLFLOW_EXPERIMENT_NAME or MLFLOW_EXPERIMENT_ID. `tracklet experiments list` shows what there is.',
  )
}

async function allExperiments(tracker: Tracker, given: Given): Promise<readonly Experiment[]> {
  const viewType = givenView(given) === 'ACTIVE_ONLY' ? 'ACTIVE_ONLY' : 'ALL'
  const found: Experiment[] = []
  for await (const experiment of searchExperiments(tracker, { viewType })) found.push(experiment)
  return found
}

async function namedExperiment({ client }: Tracker, name: string): Promise<Experiment> {
  const found = await client.getExperimentByName(name)
  if (found !== null) return found
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `Experiment with name '${name}' does not exist. \`tracklet experiments list --view all\` shows what there is.`,
  )
}

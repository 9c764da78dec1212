import type { LoggedModel } from '../entities/logged-model.js'
import type { Run } from '../entities/run.js'
import { TrackletError } from '../errors.js'
import type { LoggedModelStore } from '../store/logged-model-store.js'

/** What no name of a logged model has, and a filter could not hold. */
const FOREIGN = /[/:.%"']/

/**
 * The logged model of this name that a run has made; of several the one with the greatest output step, of those the
 * newest (mlflow/tracking/_model_registry/fluent.py, `_get_logged_models_from_run`). Null where there is none.
 */
export async function findRunModel(
  store: Pick<LoggedModelStore, 'searchLoggedModels'>,
  { info, outputs }: Pick<Run, 'info' | 'outputs'>,
  name: string,
): Promise<LoggedModel | null> {
  if (name === '' || FOREIGN.test(name)) return null
  const steps = new Map(outputs.modelOutputs.map(({ modelId, step }) => [modelId, step]))
  const stepOf = ({ modelId }: LoggedModel): number => steps.get(modelId) ?? -Infinity
  let found: LoggedModel | null = null
  for (const model of await modelsOf(store, info.experimentId, info.runId, name))
    if (found === null || stepOf(model) > stepOf(found)) found = model
  return found
}

/** Newest first; none where a server is too old to have any. */
async function modelsOf(
  store: Pick<LoggedModelStore, 'searchLoggedModels'>,
  experimentId: string,
  runId: string,
  name: string,
): Promise<readonly LoggedModel[]> {
  const filter = `name = '${name}' AND source_run_id = '${runId}'`
  const models: LoggedModel[] = []
  let pageToken: string | null = ''
  try {
    do {
      const query = { experimentIds: [experimentId], filter, pageToken }
      const page: Awaited<ReturnType<LoggedModelStore['searchLoggedModels']>> =
        await store.searchLoggedModels(query)
      models.push(...page.items)
      pageToken = page.nextPageToken
    } while (pageToken !== null)
  } catch (error) {
    if (!(error instanceof TrackletError) || error.errorCode !== 'ENDPOINT_NOT_FOUND') throw error
  }
  return models
}

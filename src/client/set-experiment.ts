import type { Experiment } from '../entities/experiment.js'
import { invalid } from '../entities/invalid.js'
import { validateExperimentName, validateExperimentTag } from '../entities/validate.js'
import { TrackletError } from '../errors.js'
import type { Store } from '../store/store.js'
import type { Session } from './session.js'
import { recordToPairs, type ParamValue } from './values.js'

/** Options of `setExperiment`. */
export interface SetExperiment {
  /** Set on the experiment, new or not. */
  readonly tags?: Readonly<Record<string, ParamValue>>
}

/** Makes an experiment the session's active one, creating it by name where there is none. */
export async function setExperiment(
  session: Session,
  experiment: string | { readonly experimentId: string },
  options: SetExperiment = {},
): Promise<Experiment> {
  const tags = recordToPairs(options.tags ?? {}, 'Tags')
  for (const [key, value] of tags) validateExperimentTag(key, value)
  const found = await findOrCreate(session.store, experiment)
  if (found.lifecycleStage !== 'active')
    throw invalid(
      `Cannot set a deleted experiment '${found.name}' as the active experiment. You can restore the ` +
        'experiment, or permanently delete the experiment to create a new one.',
    )
  for (const [key, value] of tags)
    await session.store.setExperimentTag(found.experimentId, key, value)
  session.experimentId = found.experimentId
  return tags.length === 0 ? found : session.store.getExperiment(found.experimentId)
}

async function findOrCreate(
  store: Store,
  experiment: string | { readonly experimentId: string },
): Promise<Experiment> {
  if (typeof experiment === 'string') return byName(store, validateExperimentName(experiment))
  const id: unknown = experiment?.experimentId
  if (typeof id === 'string') return store.getExperiment(id)
  throw invalid('Must specify exactly one of: `experiment_id` or `experiment_name`.')
}

async function byName(store: Store, name: string): Promise<Experiment> {
  const found = await store.getExperimentByName(name)
  if (found !== null) return found
  try {
    return await store.getExperiment(await store.createExperiment(name))
  } catch (error) {
    // Another tab or process may have made it meanwhile.
    const other = isTaken(error) ? await store.getExperimentByName(name) : null
    if (other === null) throw error
    return other
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof TrackletError && error.errorCode === 'RESOURCE_ALREADY_EXISTS'
}

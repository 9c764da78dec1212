import type { Tracker } from '../client/tracker.js'
import type { Experiment } from '../entities/experiment.js'
import { invalid } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import { searchExperiments } from './find-experiments.js'

/** What is to be collected. */
export interface Garbage {
  readonly runIds: readonly string[]
  readonly experimentIds: readonly string[]
  readonly loggedModelIds: readonly string[]
  /** The age in milliseconds that it must have, and how the user wrote it; absent for any. */
  readonly olderThan: { readonly ms: number; readonly text: string } | undefined
}

/** A run that is deleted for good. */
export interface DoomedRun {
  readonly runId: string
  readonly experimentId: string
}

/** A logged model that is deleted for good. */
export interface DoomedModel {
  readonly modelId: string
  readonly experimentId: string
}

/** What a collection removes. */
export interface GarbagePlan {
  /** Those of the experiments below among them. */
  readonly runs: readonly DoomedRun[]
  readonly experiments: readonly string[]
  /** Logged models of other experiments. */
  readonly loggedModels: readonly DoomedModel[]
  /** Experiments that are deleted, but have runs that are not or not long enough. */
  readonly kept: readonly string[]
}

interface KnownRun extends DoomedRun {
  /** Epoch milliseconds; null for an active one. */
  readonly deletedTime: number | null
}

/**
 * What a collection removes, checked before anything goes: what is named, which must be deleted and old enough
 * (INVALID_PARAMETER_VALUE in MLflow's words where it is not, RESOURCE_DOES_NOT_EXIST where it is not there); where nothing is named,
 * all that is deleted and old enough.
 */
export async function planGarbage(
  tracker: Tracker,
  garbage: Garbage,
  now: number,
): Promise<GarbagePlan> {
  const runs = await knownRuns(tracker).catch(refuseServers)
  const { runIds, experimentIds, loggedModelIds } = garbage
  const isAll = runIds.length + experimentIds.length + loggedModelIds.length === 0
  const isOld = (time: number | null): boolean =>
    time !== null && (garbage.olderThan === undefined || time <= now - garbage.olderThan.ms)
  const named = await namedRuns(tracker, garbage, runs, isOld)
  const experiments = isAll
    ? await deletedExperiments(tracker, isOld)
    : await namedExperiments(tracker, garbage, isOld)
  const runsOf = (id: string): KnownRun[] =>
    [...runs.values()].filter(({ experimentId }) => experimentId === id)
  const kept = experiments.filter((id) => runsOf(id).some(({ deletedTime }) => !isOld(deletedTime)))
  if (!isAll && kept.length > 0) throw busy(kept)
  const doomed = experiments.filter((id) => !kept.includes(id))
  const models = await doomedModels(tracker, garbage, isAll, isOld)
  const loggedModels = models.filter(({ experimentId }) => !doomed.includes(experimentId))
  const chosen = isAll ? [...runs.values()].filter((run) => isOld(run.deletedTime)) : named
  const doomedRuns = unique([...chosen, ...doomed.flatMap(runsOf)])
  return { runs: doomedRuns, experiments: doomed, loggedModels, kept }
}

/** All runs: deleted ones, and those of deleted experiments. */
async function knownRuns(tracker: Tracker): Promise<Map<string, KnownRun>> {
  const table = await tracker.sql(
    `SELECT r.run_uuid, CAST(r.experiment_id AS TEXT) AS experiment_id, CAST(r.deleted_time AS REAL) AS deleted_time
      FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id
      WHERE r.lifecycle_stage = 'deleted' OR e.lifecycle_stage = 'deleted' ORDER BY r.run_uuid`,
    [],
    { maxRows: Number.MAX_SAFE_INTEGER },
  )
  const cells = (name: string): readonly unknown[] => table.values(name) ?? []
  const [ids, experiments, times] = [
    cells('run_uuid'),
    cells('experiment_id'),
    cells('deleted_time'),
  ]
  return new Map(
    ids.map((id, i) => {
      const [runId, time] = [String(id), times[i]]
      const deletedTime = time === null || time === undefined ? null : Number(time)
      return [runId, { runId, experimentId: String(experiments[i]), deletedTime }]
    }),
  )
}

/** Deleted logged models that are old enough: those that are named, or all. */
async function doomedModels(
  tracker: Tracker,
  { loggedModelIds, olderThan }: Garbage,
  isAll: boolean,
  isOld: (time: number | null) => boolean,
): Promise<DoomedModel[]> {
  const table = await tracker.sql(
    `SELECT model_id, CAST(experiment_id AS TEXT) AS experiment_id,
        CAST(last_updated_timestamp_ms AS REAL) AS time FROM logged_models
      WHERE lifecycle_stage = 'deleted' ORDER BY model_id`,
    [],
    { maxRows: Number.MAX_SAFE_INTEGER },
  )
  const deleted = table.rows().map(({ model_id: id, experiment_id: experiment, time }) => {
    return { modelId: String(id), experimentId: String(experiment), time: Number(time) }
  })
  for (const id of loggedModelIds) {
    const model = deleted.find(({ modelId }) => modelId === id)
    // Told apart from a model that is not there.
    if (model === undefined) await tracker.client.getLoggedModel(id)
    if (model === undefined)
      throw invalid(
        `Logged model ${id} is not in \`deleted\` lifecycle stage. Only logged models in \`deleted\` lifecycle stage can be deleted.`,
      )
    if (!isOld(model.time))
      throw invalid(
        `Logged model ${id} is not older than the required age. Only logged models older than ${olderThan?.text ?? ''} can be deleted.`,
      )
  }
  const chosen = deleted.filter(({ modelId, time }) =>
    isAll ? isOld(time) : loggedModelIds.includes(modelId),
  )
  return chosen.map(({ modelId, experimentId }) => ({ modelId, experimentId }))
}

/** The runs of a server cannot be looked through, and nothing of it could be removed. */
function refuseServers(error: unknown): never {
  if (!(error instanceof TrackletError) || error.errorCode !== 'NOT_IMPLEMENTED') throw error
  throw new TrackletError(
    'NOT_IMPLEMENTED',
    "A server removes nothing for good over its protocol: stop it, and name its store's folder with --store.",
    { cause: error },
  )
}

async function namedRuns(
  { client }: Tracker,
  { runIds, olderThan }: Garbage,
  runs: ReadonlyMap<string, KnownRun>,
  isOld: (time: number | null) => boolean,
): Promise<KnownRun[]> {
  const named: KnownRun[] = []
  for (const runId of new Set(runIds)) {
    const run = runs.get(runId)
    // Told apart from a run that is not there.
    if (run === undefined) await client.getRun(runId)
    if (run === undefined || run.deletedTime === null)
      throw invalid(
        `Run ${runId} is not in \`deleted\` lifecycle stage. Only runs in \`deleted\` lifecycle stage can be deleted.`,
      )
    if (!isOld(run.deletedTime))
      throw invalid(
        `Run ${runId} is not older than the required age. Only runs older than ${olderThan?.text ?? ''} can be deleted.`,
      )
    named.push(run)
  }
  return named
}

async function deletedExperiments(
  tracker: Tracker,
  isOld: (time: number | null) => boolean,
): Promise<string[]> {
  const found: string[] = []
  for await (const { experimentId, lastUpdateTime } of searchExperiments(tracker, {
    viewType: 'DELETED_ONLY',
  }))
    if (isOld(lastUpdateTime)) found.push(experimentId)
  return found
}

async function namedExperiments(
  { client }: Tracker,
  { experimentIds, olderThan }: Garbage,
  isOld: (time: number | null) => boolean,
): Promise<string[]> {
  const found: Experiment[] = []
  for (const id of experimentIds) found.push(await client.getExperiment(id))
  const active = found.filter(({ lifecycleStage }) => lifecycleStage !== 'deleted')
  if (active.length > 0)
    throw invalid(
      `Experiments ${idList(active)} are not in the deleted lifecycle stage. ` +
        'Only experiments in the deleted lifecycle stage can be hard-deleted.',
    )
  const young = found.filter(({ lastUpdateTime }) => !isOld(lastUpdateTime))
  if (young.length > 0)
    throw invalid(
      `Experiments ${idList(young)} are not older than the required age. ` +
        `Only experiments older than ${olderThan?.text ?? ''} can be deleted.`,
    )
  return [...new Set(found.map(({ experimentId }) => experimentId))]
}

function idList(experiments: readonly Experiment[]): string {
  return `[${experiments.map(({ experimentId }) => `'${experimentId}'`).join(', ')}]`
}

function busy(experimentIds: readonly string[]): Error {
  return invalid(
    `The deleted experiments ${experimentIds.join(', ')} have runs that are active, or were deleted too lately: ` +
      'delete the runs, or restore the experiment, first.',
  )
}

function unique(runs: readonly DoomedRun[]): DoomedRun[] {
  return [
    ...new Map(runs.map(({ runId, experimentId }) => [runId, { runId, experimentId }])).values(),
  ]
}

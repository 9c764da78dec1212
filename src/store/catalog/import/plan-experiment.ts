import { appendToLocation } from '../../../entities/artifact-location.js'
import { canonicalExperimentId, isRandomId } from '../../../entities/ids.js'
import { invalidValue } from '../../../entities/invalid.js'
import { validateExperimentName, validateTagKey } from '../../../entities/validate.js'
import type { Plan } from '../../commands.js'
import { Draft } from '../draft.js'
import { findExperiment, findRun } from '../lookup.js'
import type { CatalogState } from '../state.js'
import type { ImportedExperiment } from '../../import-store.js'
import { alreadyExists, keyedTexts } from './keyed.js'
import { FilePlanner } from './plan-files.js'
import { planLoggedModels } from './plan-logged-model.js'
import { planRun } from './plan-run.js'
import { adoptSegments } from './plan-segments.js'
import { planTraces } from './plan-trace.js'
import type { Staged } from './staged.js'

/** What an experiment is not empty with. */
const TABLES_OF_EXPERIMENT = ['runs', 'experiment_tags', 'logged_models', 'traces'] as const

/** What an import's plan gives back: contents that the store had already, which need not be kept twice. */
export interface Imported {
  readonly files: FilePlanner
}

/**
 * Makes an experiment, or adds to one, with all that was staged for it. RESOURCE_ALREADY_EXISTS for ids and names
 * that are taken, INVALID_PARAMETER_VALUE for what no store could hold.
 */
export function planImportExperiment(
  state: CatalogState,
  experiment: ImportedExperiment,
  staged: Staged,
): Plan<Imported> {
  const draft = new Draft(state)
  const replaced = removeRuns(state, draft, experiment.replacedRuns)
  const { id, artifactLocation } = findOrCreate(state, draft, experiment)
  const files = new FilePlanner(state, draft, staged)
  const datasets = new Map<string, number>()
  const taken = new Set<string>()
  for (const run of experiment.runs) {
    refuseTakenRun(state, run.runId, replaced, taken)
    planRun(state, draft, { run, experiment: id, files, staged, datasets })
  }
  planLoggedModels(state, draft, id, experiment.loggedModels, {
    files,
    replaced: experiment.replacedLoggedModels,
  })
  planTraces(state, draft, experiment.traces, {
    experiment: id,
    artifactLocation,
    files,
    replaced: experiment.replacedTraces,
  })
  adoptSegments(draft, staged)
  if (isNew(draft) && experiment.lifecycleStage === 'deleted')
    draft.add({ t: 'deleteExperiment', id, time: experiment.lastUpdateTime ?? state.around.now() })
  return draft.plan(() => ({ files }))
}

interface Place {
  /** The experiment's internal id. */
  readonly id: number
  readonly artifactLocation: string
}

function findOrCreate(state: CatalogState, draft: Draft, experiment: ImportedExperiment): Place {
  if (!experiment.exists) {
    refuseTaken(state, experiment)
    return createExperiment(state, draft, experiment)
  }
  const { id } = findExperiment(state, experiment.experimentId)
  if (isEmpty(state, id)) {
    draft.add({ t: 'purgeExperiment', id })
    return createExperiment(state, draft, experiment)
  }
  if (experiment.setsTags) setTags(state, draft, id, experiment)
  const row = state.db.get('SELECT artifact_location FROM experiments WHERE id = ?', [id])
  return { id, artifactLocation: String(row?.[0]) }
}

function setTags(
  state: CatalogState,
  draft: Draft,
  id: number,
  { tags, lastUpdateTime }: ImportedExperiment,
): void {
  const time = lastUpdateTime ?? state.around.now()
  for (const [key, value] of keyedTexts(draft, tags, validateTagKey))
    draft.add({ t: 'setExperimentTag', id, key, value, time })
}

function isNew({ commands }: Draft): boolean {
  return commands.some(({ t }) => t === 'createExperiment')
}

function isEmpty({ db }: CatalogState, id: number): boolean {
  return TABLES_OF_EXPERIMENT.every(
    (table) => db.get(`SELECT 1 FROM ${table} WHERE experiment = ? LIMIT 1`, [id]) === undefined,
  )
}

function refuseTaken(state: CatalogState, { experimentId, name }: ImportedExperiment): void {
  const sql = 'SELECT experiment_id FROM experiments WHERE experiment_id = ? OR name = ?'
  const taken = state.db.get(sql, [canonicalExperimentId(experimentId), name])
  if (taken !== undefined)
    throw alreadyExists(`Experiment(name=${name}) already exists, with the id ${String(taken[0])}.`)
}

function createExperiment(
  state: CatalogState,
  draft: Draft,
  { experimentId, name, artifactLocation, creationTime, lastUpdateTime, tags }: ImportedExperiment,
): Place {
  const own = canonicalExperimentId(experimentId)
  const checked = validateExperimentName(name)
  const id = draft.newId('experiment')
  const location = artifactLocation ?? appendToLocation(state.artifactRoot, own)
  draft.add({
    t: 'createExperiment',
    id,
    experimentId: own,
    name: checked,
    artifactLocation: location,
    time: creationTime,
    tags: keyedTexts(draft, tags, validateTagKey),
  })
  // The name stays: what is said by it is the time.
  if (lastUpdateTime !== null && lastUpdateTime !== creationTime)
    draft.add({ t: 'renameExperiment', id, name: checked, time: lastUpdateTime })
  return { id, artifactLocation: location }
}

function removeRuns(state: CatalogState, draft: Draft, runIds: readonly string[]): Set<string> {
  for (const runId of new Set(runIds)) draft.add({ t: 'purgeRun', id: findRun(state, runId).id })
  return new Set(runIds)
}

function refuseTakenRun(
  state: CatalogState,
  runId: string,
  replaced: ReadonlySet<string>,
  taken: Set<string>,
): void {
  if (!isRandomId(runId)) throw invalidValue('run_id', runId)
  const known = state.db.get('SELECT 1 FROM runs WHERE run_id = ?', [runId]) !== undefined
  if (taken.has(runId) || (known && !replaced.has(runId)))
    throw alreadyExists(`Run with id=${runId} already exists.`)
  taken.add(runId)
}

import { appendToLocation, validateArtifactLocation } from '../../entities/artifact-location.js'
import type { Experiment } from '../../entities/experiment.js'
import { validatePairs } from '../../entities/validate-batch.js'
import {
  validateExperimentName,
  validateExperimentTag,
  validateTagKey,
} from '../../entities/validate.js'
import { TrackletError } from '../../errors.js'
import type { Plan } from '../commands.js'
import type { KeyValue } from '../../entities/log-batch.js'
import { Draft } from './draft.js'
import { findActiveExperiment, findExperiment, noExperiment } from './lookup.js'
import type { CatalogState } from './state.js'

/** What `planCreateExperiment` takes beside the name. */
export interface CreateExperimentOptions {
  readonly artifactLocation?: string
  readonly tags?: readonly KeyValue[]
}

/** The first commands of a new store: the experiment "0", Default. */
export function planInitialise(state: CatalogState, artifactRoot = state.artifactRoot): Plan<void> {
  const draft = new Draft(state)
  draft.add({
    t: 'createExperiment',
    id: 0,
    experimentId: '0',
    name: 'Default',
    artifactLocation: appendToLocation(artifactRoot, '0'),
    time: state.around.now(),
    tags: [],
  })
  return draft.plan(() => undefined)
}

/** Makes an experiment; gives its id. */
export function planCreateExperiment(
  state: CatalogState,
  name: string,
  options: CreateExperimentOptions = {},
): Plan<string> {
  const checked = validateExperimentName(name)
  const tags = validatePairs(options.tags, 'tags', validateExperimentTag)
  const location = options.artifactLocation && validateArtifactLocation(options.artifactLocation)
  if (isNameTaken(state, checked)) throw alreadyExists(checked, 'The name is taken')
  if (new Set(tags.map(([key]) => key)).size < tags.length)
    throw alreadyExists(checked, 'A tag key is given twice')
  const draft = new Draft(state)
  const id = draft.newId('experiment')
  const experimentId = freeExperimentId(state, id)
  draft.add({
    t: 'createExperiment',
    id,
    experimentId,
    name: checked,
    artifactLocation: location || appendToLocation(state.artifactRoot, experimentId),
    time: state.around.now(),
    tags: draft.keyed(tags),
  })
  return draft.plan(() => experimentId)
}

/** Gives an active experiment a new name, which must be free. */
export function planRenameExperiment(
  state: CatalogState,
  experimentId: string,
  newName: string,
): Plan<void> {
  const name = validateExperimentName(newName, 'new_name')
  const { id, deleted } = findExperiment(state, experimentId)
  if (deleted) throw new TrackletError('INVALID_STATE', 'Cannot rename a non-active experiment.')
  const owner = state.db.get('SELECT id FROM experiments WHERE name = ?', [name])
  if (owner !== undefined && owner[0] !== id)
    throw new TrackletError('BAD_REQUEST', `Experiment(name=${name}) already exists.`)
  const draft = new Draft(state)
  draft.add({ t: 'renameExperiment', id, name, time: state.around.now() })
  return draft.plan(() => undefined)
}

/** Sets a tag of an active experiment. */
export function planSetExperimentTag(
  state: CatalogState,
  experimentId: string,
  key: string,
  value: string,
): Plan<void> {
  const [name, text] = validateExperimentTag(key, value)
  const { id } = findActiveExperiment(state, experimentId)
  const draft = new Draft(state)
  const time = state.around.now()
  draft.add({ t: 'setExperimentTag', id, key: draft.key(name), value: text, time })
  return draft.plan(() => undefined)
}

/** Removes a tag of an active experiment; RESOURCE_DOES_NOT_EXIST where it has none such. */
export function planDeleteExperimentTag(
  state: CatalogState,
  experimentId: string,
  key: string,
): Plan<void> {
  const name = validateTagKey(key)
  const found = findActiveExperiment(state, experimentId)
  const keyId = state.keys.idOf(name) ?? -1
  const sql = 'SELECT 1 FROM experiment_tags WHERE experiment = ? AND key = ?'
  if (state.db.get(sql, [found.id, keyId]) === undefined)
    throw new TrackletError(
      'RESOURCE_DOES_NOT_EXIST',
      `No tag with name: ${name} in experiment with id ${found.experimentId}`,
    )
  const draft = new Draft(state)
  draft.add({ t: 'deleteExperimentTag', id: found.id, key: keyId, time: state.around.now() })
  return draft.plan(() => undefined)
}

/** Marks an active experiment and its active runs deleted. */
export function planDeleteExperiment(state: CatalogState, experimentId: string): Plan<void> {
  const found = findExperiment(state, experimentId)
  if (found.deleted) throw noExperiment(experimentId)
  const draft = new Draft(state)
  draft.add({ t: 'deleteExperiment', id: found.id, time: state.around.now() })
  return draft.plan(() => undefined)
}

/** Restores a deleted experiment and all its runs. */
export function planRestoreExperiment(state: CatalogState, experimentId: string): Plan<void> {
  const found = findExperiment(state, experimentId)
  if (!found.deleted) throw noExperiment(experimentId)
  const draft = new Draft(state)
  draft.add({ t: 'restoreExperiment', id: found.id, time: state.around.now() })
  return draft.plan(() => undefined)
}

/** Removes a deleted experiment and its runs for good. */
export function planPurgeExperiment(state: CatalogState, experimentId: string): Plan<void> {
  const found = findExperiment(state, experimentId)
  if (!found.deleted)
    throw new TrackletError(
      'INVALID_PARAMETER_VALUE',
      `The experiment ${found.experimentId} must be in the 'deleted' state. Current state is active. Delete it first.`,
    )
  const draft = new Draft(state)
  draft.add({ t: 'purgeExperiment', id: found.id })
  return draft.plan(() => undefined)
}

function isNameTaken(state: CatalogState, name: string): boolean {
  return state.db.get('SELECT 1 FROM experiments WHERE name = ?', [name]) !== undefined
}

function freeExperimentId(state: CatalogState, first: number): string {
  for (let id = first; ; id++) {
    const taken = state.db.get('SELECT 1 FROM experiments WHERE experiment_id = ?', [String(id)])
    if (taken === undefined) return String(id)
  }
}

function alreadyExists(name: Experiment['name'], reason: string): TrackletError {
  return new TrackletError(
    'RESOURCE_ALREADY_EXISTS',
    `Experiment(name=${name}) already exists. Error: ${reason}.`,
  )
}

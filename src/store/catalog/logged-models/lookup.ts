import { appendToLocation } from '../../../entities/artifact-location.js'
import { validateRequired } from '../../../entities/validate.js'
import { TrackletError } from '../../../errors.js'
import type { CatalogState } from '../state.js'

/** A logged model as plans need it. */
export interface LoggedModelRef {
  readonly id: number
  readonly modelId: string
  readonly experimentId: string
  /** Where its files are. */
  readonly artifactLocation: string
  readonly sourceRunId: string | null
  readonly deleted: boolean
}

/** The logged model of an id, which is not deleted; RESOURCE_DOES_NOT_EXIST where there is none. */
export function findLoggedModel(state: CatalogState, modelId: unknown): LoggedModelRef {
  const found = findAnyLoggedModel(state, modelId)
  if (found.deleted) throw noLoggedModel(found.modelId)
  return found
}

/** The logged model of an id, deleted or not; RESOURCE_DOES_NOT_EXIST where there is none. */
export function findAnyLoggedModel(state: CatalogState, modelId: unknown): LoggedModelRef {
  const id = validateRequired(modelId, 'model_id')
  const found = loggedModelOf(state, id)
  if (found === null) throw noLoggedModel(id)
  return found
}

/** The logged model of an id, which is deleted; RESOURCE_DOES_NOT_EXIST where there is none. */
export function findDeletedLoggedModel(state: CatalogState, modelId: unknown): LoggedModelRef {
  const found = findAnyLoggedModel(state, modelId)
  if (found.deleted) return found
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `Logged model with ID '${found.modelId}' is not deleted.`,
  )
}

/** The logged model of a checked id, deleted or not; null where there is none. */
export function loggedModelOf(state: CatalogState, modelId: string): LoggedModelRef | null {
  const sql = `SELECT m.id, e.experiment_id, e.artifact_location, m.source_run_id, m.deleted_time
    FROM logged_models m JOIN experiments e ON e.id = m.experiment WHERE m.model_id = ?`
  const row = state.db.get(sql, [modelId])
  if (row === undefined) return null
  const [id, experimentId, location, sourceRunId, deleted] = row
  return {
    id: Number(id),
    modelId,
    experimentId: String(experimentId),
    artifactLocation: modelLocation(String(location), modelId),
    sourceRunId: sourceRunId as string | null,
    deleted: deleted !== null,
  }
}

/** The same, which is not deleted. */
export function activeLoggedModelOf(state: CatalogState, modelId: string): LoggedModelRef | null {
  const found = loggedModelOf(state, modelId)
  return found === null || found.deleted ? null : found
}

/** Where a model's files are, by the location of its experiment. */
export function modelLocation(experimentLocation: string, modelId: string): string {
  return appendToLocation(experimentLocation, 'models', modelId, 'artifacts')
}

/** Refuses points for models that do not exist; those of deleted ones are taken. */
export function checkModelsOfPoints(
  state: CatalogState,
  points: readonly { readonly modelId?: string }[],
): void {
  const known = new Set<string>()
  for (const { modelId } of points) {
    if (!modelId || known.has(modelId)) continue
    findAnyLoggedModel(state, modelId)
    known.add(modelId)
  }
}

function noLoggedModel(modelId: string): TrackletError {
  return new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `Logged model with ID '${modelId}' not found.`,
  )
}

import { MLFLOW_TAGS } from '../../../entities/mlflow-tags.js'
import { validateModelName, validateVersion } from '../../../entities/validate-registry.js'
import { TrackletError } from '../../../errors.js'
import type { CatalogState } from '../state.js'

/** A registered model as plans need it. */
export interface ModelRef {
  readonly id: number
  readonly name: string
  /** The highest number that a version of it has ever had. */
  readonly lastVersion: number
}

/** A version as plans need it. */
export interface VersionRef {
  readonly model: number
  readonly name: string
  readonly version: number
}

/** The model of a name; RESOURCE_DOES_NOT_EXIST where there is none. */
export function findModel(state: CatalogState, name: unknown): ModelRef {
  const checked = validateModelName(name)
  const found = modelOf(state, checked)
  if (found !== null) return found
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `Registered Model with name=${checked} not found`,
  )
}

/** The model of a checked name; null where there is none. */
export function modelOf(state: CatalogState, name: string): ModelRef | null {
  const row = state.db.get('SELECT id, last_version FROM models WHERE name = ?', [name])
  return row === undefined ? null : { id: Number(row[0]), name, lastVersion: Number(row[1]) }
}

/** A version of a model; RESOURCE_DOES_NOT_EXIST where there is none, or no such model. */
export function findVersion(state: CatalogState, name: unknown, version: unknown): VersionRef {
  const checked = validateModelName(name)
  const number = validateVersion(version)
  const sql =
    'SELECT m.id FROM models m JOIN versions v ON v.model = m.id WHERE m.name = ? AND v.version = ?'
  const row = state.db.get(sql, [checked, number])
  if (row !== undefined) return { model: Number(row[0]), name: checked, version: number }
  const shown = Number.isSafeInteger(number) ? number : String(version).trim()
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `Model Version (name=${checked}, version=${shown}) not found`,
  )
}

/** Whether a model is a prompt. */
export function isPromptModel(state: CatalogState, model: number): boolean {
  const key = state.keys.idOf(MLFLOW_TAGS.isPrompt) ?? -1
  const row = state.db.get('SELECT value FROM model_tags WHERE model = ? AND key = ?', [model, key])
  return String(row?.[0]).toLowerCase() === 'true'
}

import type { RegisteredModel } from '../../../entities/registered-model.js'
import type { SqlValue } from '../../database.js'
import type { CatalogState } from '../state.js'
import { findModel } from './lookup.js'
import { latestRows, toModelVersion } from './version-reader.js'

/** A registered model's own row. */
export interface ModelRow extends Omit<RegisteredModel, 'tags' | 'aliases' | 'latestVersions'> {
  readonly model: number
}

const SELECT = 'SELECT id, name, description, creation_time, last_update_time FROM models'

/** The model of a name. */
export function getModel(state: CatalogState, name: unknown): RegisteredModel {
  const { id } = findModel(state, name)
  const [row] = state.db.all(`${SELECT} WHERE id = ?`, [id]).map(toModelRow)
  return toRegisteredModel(state, row!)
}

/** The rows of all models, in no order. */
export function allModelRows(state: CatalogState): ModelRow[] {
  return state.db.all(SELECT).map(toModelRow)
}

/** A model with its tags, aliases and latest versions; their aliases are not told, as MLflow has it. */
export function toRegisteredModel(
  state: CatalogState,
  { model, ...own }: ModelRow,
): RegisteredModel {
  return {
    ...own,
    tags: readTags(state, model),
    aliases: readAliases(state, model),
    latestVersions: latestRows(state, model).map((row) =>
      toModelVersion(state, row, { aliases: false }),
    ),
  }
}

function readTags(state: CatalogState, model: number): Record<string, string> {
  const rows = state.db.all('SELECT key, value FROM model_tags WHERE model = ?', [model])
  return Object.fromEntries(
    rows.map(([key, value]) => [state.keys.nameOf(Number(key)), String(value)]),
  )
}

function readAliases(state: CatalogState, model: number): Record<string, string> {
  const sql = 'SELECT alias, version FROM aliases WHERE model = ? ORDER BY alias'
  const rows = state.db.all(sql, [model])
  return Object.fromEntries(rows.map(([alias, version]) => [String(alias), String(version)]))
}

function toModelRow([id, name, description, created, updated]: readonly SqlValue[]): ModelRow {
  return {
    model: Number(id),
    name: String(name),
    creationTimestamp: Number(created),
    lastUpdatedTimestamp: Number(updated),
    description: description as string | null,
  }
}

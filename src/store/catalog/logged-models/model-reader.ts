import type { LoggedModel, LoggedModelStatus } from '../../../entities/logged-model.js'
import type { SqlParam, SqlValue } from '../../database.js'
import type { CatalogState } from '../state.js'
import { findLoggedModel, modelLocation } from './lookup.js'

/** A logged model's own row, deleted ones included. */
export interface LoggedModelRow extends Omit<LoggedModel, 'params' | 'tags' | 'metrics'> {
  readonly model: number
}

/** A logged model but for its metrics, which are not in the catalog. */
export interface LoggedModelRecord extends LoggedModelRow, Pick<LoggedModel, 'params' | 'tags'> {}

const SELECT = `SELECT m.id, m.model_id, e.experiment_id, m.name, e.artifact_location, m.creation_time,
  m.last_update_time, m.model_type, m.source_run_id, m.status
  FROM logged_models m JOIN experiments e ON e.id = m.experiment`

/** The logged model of an id; RESOURCE_DOES_NOT_EXIST where there is none, or a deleted one. */
export function getLoggedModel(state: CatalogState, modelId: unknown): LoggedModelRecord {
  return readLoggedModel(state, findLoggedModel(state, modelId).id)
}

/** The logged model of an internal id, deleted or not. */
export function readLoggedModel(state: CatalogState, id: number): LoggedModelRecord {
  const [row] = rowsWhere(state, 'm.id = ?', [id])
  return toRecord(state, row!)
}

/** The rows of an experiment's logged models that are not deleted, by its internal id. */
export function activeModelRows(state: CatalogState, experiment: number): LoggedModelRow[] {
  return rowsWhere(state, 'm.experiment = ? AND m.deleted_time IS NULL', [experiment])
}

/** A row with its params and tags. */
export function toRecord(state: CatalogState, row: LoggedModelRow): LoggedModelRecord {
  return {
    ...row,
    tags: readPairs(state, 'logged_model_tags', row.model),
    params: readPairs(state, 'logged_model_params', row.model),
  }
}

/** The value of a param or tag; null where the model has none such. */
export function readPair(
  state: CatalogState,
  table: PairTable,
  model: number,
  key: string,
): string | null {
  const sql = `SELECT value FROM ${table} WHERE model = ? AND key = ?`
  const row = state.db.get(sql, [model, state.keys.idOf(key) ?? -1])
  return row === undefined ? null : String(row[0])
}

/** Where a model's params, or its tags, are. */
export type PairTable = 'logged_model_params' | 'logged_model_tags'

function rowsWhere(
  state: CatalogState,
  where: string,
  params: readonly SqlParam[],
): LoggedModelRow[] {
  return state.db.all(`${SELECT} WHERE ${where} ORDER BY m.id`, params).map(toRow)
}

function readPairs(state: CatalogState, table: PairTable, model: number): Record<string, string> {
  const rows = state.db.all(`SELECT key, value FROM ${table} WHERE model = ?`, [model])
  return Object.fromEntries(
    rows.map(([key, value]) => [state.keys.nameOf(Number(key)), String(value)]),
  )
}

function toRow(row: readonly SqlValue[]): LoggedModelRow {
  const [id, modelId, experimentId, name, location, created, updated, type, run, status] = row
  return {
    model: Number(id),
    modelId: String(modelId),
    experimentId: String(experimentId),
    name: String(name),
    artifactLocation: modelLocation(String(location), String(modelId)),
    creationTimestamp: Number(created),
    lastUpdatedTimestamp: Number(updated),
    modelType: type as string | null,
    sourceRunId: run as string | null,
    status: status as LoggedModelStatus,
  }
}

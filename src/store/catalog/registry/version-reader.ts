import type { ModelStage, ModelVersion } from '../../../entities/registered-model.js'
import { validateList } from '../../../entities/validate.js'
import { isLatest, validateAlias, validateStage } from '../../../entities/validate-registry.js'
import { invalid } from '../../../entities/invalid.js'
import { TrackletError } from '../../../errors.js'
import type { SqlParam, SqlValue } from '../../database.js'
import type { CatalogState } from '../state.js'
import { findModel, findVersion } from './lookup.js'
import type { VersionRef } from './lookup.js'

/** A version's own row, with the model's name. */
export interface VersionRow extends Omit<ModelVersion, 'tags' | 'aliases'> {
  readonly model: number
  readonly number: number
  /** Where its files are. */
  readonly location: string
}

const SELECT = `SELECT v.model, m.name, v.version, v.creation_time, v.last_update_time, v.stage, v.description, v.source,
  v.location, v.run_id, v.run_link, v.model_id FROM models m JOIN versions v ON v.model = m.id`

/** The rows of the versions for which `where` holds, by model `m` and version `v`. */
export function versionRows(
  state: CatalogState,
  where: string,
  params: readonly SqlParam[],
): VersionRow[] {
  return state.db.all(`${SELECT} WHERE ${where}`, params).map(toVersionRow)
}

/** A version with its tags; with its aliases too if so asked. */
export function toModelVersion(
  state: CatalogState,
  row: VersionRow,
  options: { readonly aliases: boolean },
): ModelVersion {
  const { model, number, location: _, ...own } = row
  const aliases = options.aliases ? readAliases(state, model, number) : []
  return { ...own, tags: readVersionTags(state, model, number), aliases }
}

/** A version of a model. */
export function getVersion(state: CatalogState, name: unknown, version: unknown): ModelVersion {
  return readVersion(state, findVersion(state, name, version))
}

/** The version that an alias names; the highest for `latest`. */
export function getVersionByAlias(
  state: CatalogState,
  name: unknown,
  alias: unknown,
): ModelVersion {
  const model = findModel(state, name)
  const checked = validateAlias(alias)
  const version = isLatest(checked)
    ? highestVersion(state, model.id)
    : aliasedVersion(state, model.id, checked)
  if (version !== null) return readVersion(state, { model: model.id, name: model.name, version })
  throw isLatest(checked)
    ? new TrackletError(
        'RESOURCE_DOES_NOT_EXIST',
        `Latest version not found for model ${model.name}.`,
      )
    : invalid(`Registered model alias ${checked} not found.`)
}

/** The highest version of each of some stages; of all where none is named. */
export function getLatestVersions(
  state: CatalogState,
  name: unknown,
  stages?: readonly string[],
): ModelVersion[] {
  const model = findModel(state, name)
  const wanted = new Set(validateList(stages, 'stages').map(validateStage))
  return latestRows(state, model.id)
    .filter(({ currentStage }) => wanted.size === 0 || wanted.has(currentStage))
    .map((row) => toModelVersion(state, row, { aliases: true }))
}

/** Where a version's files are to be read from. */
export function getDownloadUri(state: CatalogState, name: unknown, version: unknown): string {
  return rowOf(state, findVersion(state, name, version)).location
}

/** The highest version of each stage that has one, by number. */
export function latestRows(state: CatalogState, model: number): VersionRow[] {
  const sql = 'SELECT max(version) FROM versions WHERE model = ? GROUP BY stage ORDER BY 1'
  return state.db
    .all(sql, [model])
    .flatMap(([version]) => versionRows(state, 'm.id = ? AND v.version = ?', [model, version!]))
}

/** A version's row, which must be there. */
export function rowOf(state: CatalogState, { model, version }: VersionRef): VersionRow {
  const [row] = versionRows(state, 'm.id = ? AND v.version = ?', [model, version])
  if (row === undefined)
    throw new TrackletError('DATA_LOSS', `The catalog lacks version ${version} of a model.`)
  return row
}

/** A version's tags. */
export function readVersionTags(
  state: CatalogState,
  model: number,
  version: number,
): Record<string, string> {
  const sql = 'SELECT key, value FROM version_tags WHERE model = ? AND version = ?'
  return Object.fromEntries(
    state.db
      .all(sql, [model, version])
      .map(([key, value]) => [state.keys.nameOf(Number(key)), String(value)]),
  )
}

function readVersion(state: CatalogState, ref: VersionRef): ModelVersion {
  return toModelVersion(state, rowOf(state, ref), { aliases: true })
}

function readAliases(state: CatalogState, model: number, version: number): string[] {
  const sql = 'SELECT alias FROM aliases WHERE model = ? AND version = ? ORDER BY alias'
  return state.db.all(sql, [model, version]).map(([alias]) => String(alias))
}

function highestVersion(state: CatalogState, model: number): number | null {
  const [version] = state.db.get('SELECT max(version) FROM versions WHERE model = ?', [model]) ?? []
  return version === null || version === undefined ? null : Number(version)
}

function aliasedVersion(state: CatalogState, model: number, alias: string): number | null {
  const sql = 'SELECT version FROM aliases WHERE model = ? AND alias = ?'
  const row = state.db.get(sql, [model, alias])
  return row === undefined ? null : Number(row[0])
}

function toVersionRow(row: readonly SqlValue[]): VersionRow {
  const [model, name, version, created, updated, stage, description, source, location, ...texts] =
    row
  const [runId, runLink, modelId] = texts.map(String) as [string, string, string]
  return {
    model: Number(model),
    number: Number(version),
    location: String(location ?? source),
    name: String(name),
    version: String(version),
    creationTimestamp: Number(created),
    lastUpdatedTimestamp: Number(updated),
    currentStage: stage as ModelStage,
    description: description as string | null,
    source: String(source),
    runId,
    runLink,
    status: 'READY',
    modelId,
  }
}

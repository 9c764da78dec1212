import { MODEL_STAGES } from '../entities/registered-model.js'
import type { ModelStage } from '../entities/registered-model.js'
import { validateText } from '../entities/validate.js'
import { validateModelName, validateNewAlias } from '../entities/validate-registry.js'
import { cleanTags } from '../import/clean.js'
import type { Doubt } from '../import/source.js'
import type { ImportedModel, ImportedVersion } from '../store/import-store.js'
import type { ForeignDatabase } from './foreign-database.js'
import { BadRow, checked, doubting, readRows, readTexts } from './rows.js'
import type { Row } from './rows.js'
import { TABLES } from './tables.js'
import type { Columns, TableName } from './tables.js'
import { WorkspaceNames, workspaceOrder } from './workspaces.js'

/** The stage of a version that was deleted; its number is used. */
const DELETED = 'Deleted_Internal'
const COLUMNS = { ...TABLES.registered_models, workspace: 'text' } as const

type Model = Omit<ImportedModel, 'replaces'>

/** A model whose parts are read: by its name, and its workspace where there are some. */
interface ModelPlace {
  readonly db: ForeignDatabase
  readonly where: string
  readonly params: readonly string[]
  readonly path: string
  readonly doubt: Doubt
}

/** Every registered model of a database. */
export async function* readRegistry(
  db: ForeignDatabase,
  hasWorkspaces: boolean,
  doubt: Doubt,
): AsyncGenerator<Model, void, undefined> {
  const names = new WorkspaceNames()
  const columns = hasWorkspaces ? COLUMNS : TABLES.registered_models
  const order = `ORDER BY ${workspaceOrder(hasWorkspaces)}name`
  for (const found of readRows(db, 'registered_models', columns, order)) {
    const model = doubting('models', doubt, () => {
      const row = found as Row<typeof COLUMNS>
      const name = row.required('name')
      const workspace = row.text('workspace')
      const path = `models/${name}`
      const own = checked(() => validateModelName(name))
      const unique = names.own(own, workspace, (reason) => doubt(path, reason))
      const where = workspace === null ? 'WHERE name = ?' : 'WHERE name = ? AND workspace = ?'
      const params = workspace === null ? [name] : [name, workspace]
      return readModel({ db, where, params, path, doubt }, row, unique)
    })
    if (model !== null) yield model
  }
}

function readModel(place: ModelPlace, row: Row<typeof COLUMNS>, name: string): Model {
  const { path, doubt } = place
  const versions: ImportedVersion[] = []
  let lastVersion = 0
  const tags = versionTags(place)
  for (const found of rowsOf(place, 'model_versions', ' ORDER BY version')) {
    const version = doubting(`${path}/versions`, doubt, () =>
      readVersion(place, found, tags, lastVersion),
    )
    if (version === null) continue
    lastVersion = version.version
    if (version.stage !== null) versions.push({ ...version, stage: version.stage })
  }
  return {
    name,
    creationTime: row.integer('creation_time') ?? 0,
    lastUpdateTime: row.integer('last_updated_time') ?? 0,
    description: description(row),
    tags: cleanTags(
      readTexts(rowsOf(place, 'registered_model_tags'), ['key', 'value'], `${path}/tags`, doubt),
      `${path}/tags`,
      doubt,
    ),
    aliases: readAliases(place, versions),
    versions,
    lastVersion,
  }
}

function readAliases(
  place: ModelPlace,
  versions: readonly ImportedVersion[],
): Record<string, number> {
  const path = `${place.path}/aliases`
  const aliases: [string, number][] = []
  for (const row of rowsOf(place, 'registered_model_aliases')) {
    const alias = doubting(path, place.doubt, (): [string, number] => {
      const name = checked(() => validateNewAlias(row.required('alias')))
      const number = row.integer('version')
      if (number === null || !versions.some(({ version }) => version === number))
        throw new BadRow(`The alias '${name}' names no version that is there`)
      return [name, number]
    })
    if (alias !== null) aliases.push(alias)
  }
  return Object.fromEntries(aliases)
}

/** A version; its stage is null where it was deleted. */
function readVersion(
  { path, doubt }: ModelPlace,
  row: Row<typeof TABLES.model_versions>,
  tags: ReadonlyMap<number, Readonly<Record<string, string>>>,
  last: number,
): Omit<ImportedVersion, 'stage'> & { readonly stage: ModelStage | null } {
  const version = row.integer('version')
  if (version === null || version < 1) throw new BadRow("'version' is no number of a version")
  if (version <= last) throw new BadRow(`The version ${version} is there twice`)
  const stage = toStage(row.text('current_stage'))
  const status = row.text('status') ?? 'READY'
  if (stage !== null && status !== 'READY')
    doubt(`${path}/versions/${version}`, `Its status was ${status.slice(0, 40)}; it is READY here.`)
  const text = (column: 'source' | 'run_id' | 'run_link'): string =>
    checked(() => validateText(row.text(column) ?? '', column))
  const [source, location] = [text('source'), row.text('storage_location') || null]
  return {
    version,
    creationTime: row.integer('creation_time') ?? 0,
    lastUpdateTime: row.integer('last_updated_time') ?? 0,
    stage,
    description: description(row),
    source,
    location: location === source ? null : location,
    runId: text('run_id'),
    runLink: text('run_link'),
    // MLflow's table has no column for it.
    modelId: '',
    tags: tags.get(version) ?? {},
  }
}

/** The tags of a model's versions, by version. */
function versionTags(place: ModelPlace): Map<number, Record<string, string>> {
  const rows = new Map<number, Row<typeof TABLES.model_version_tags>[]>()
  const path = `${place.path}/versions`
  for (const row of rowsOf(place, 'model_version_tags')) {
    const version = doubting(path, place.doubt, () => row.integer('version'))
    if (version !== null) rows.set(version, [...(rows.get(version) ?? []), row])
  }
  const tags = [...rows].map(([version, own]): [number, Record<string, string>] => {
    const where = `${path}/${version}/tags`
    const texts = readTexts(own, ['key', 'value'], where, place.doubt)
    return [version, cleanTags(texts, where, place.doubt)]
  })
  return new Map(tags)
}

function rowsOf<T extends TableName>(
  { db, where, params }: ModelPlace,
  table: T,
  order = '',
): Generator<Row<(typeof TABLES)[T]>, void, undefined> {
  return readRows(db, table, TABLES[table], where + order, params)
}

function description<C extends Columns & { readonly description: 'text' }>(
  row: Row<C>,
): string | null {
  const text = row.text('description')
  return text === null ? null : checked(() => validateText(text, 'description'))
}

function toStage(text: string | null): ModelStage | null {
  if (text === DELETED) return null
  const stage = MODEL_STAGES.find((name) => name === (text || 'None'))
  if (stage === undefined)
    throw new BadRow(`'current_stage' is none: '${String(text).slice(0, 40)}'`)
  return stage
}

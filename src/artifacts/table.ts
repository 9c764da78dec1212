import { invalid } from '../entities/invalid.js'
import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { Run } from '../entities/run.js'
import { TrackletError, throwIfAborted } from '../errors.js'
import type { ArtifactStore } from '../store/artifact-store.js'
import type { TrackingStore } from '../store/tracking-store.js'
import { artifactFilePath, type ArtifactPath } from '../entities/artifact-path.js'
import { encodeImage, encodePreview, isImage, type ImageSource } from './image-encoding.js'
import {
  cellFromJson,
  cellToJson,
  parseTableJson,
  tableToJson,
  type TableText,
} from './pandas-json.js'
import { toPythonJson } from './python-json.js'
import { readArtifactBytes } from './read.js'
import { oneAtATime } from './one-at-a-time.js'
import { toTable, type Table, type TableData } from './table-data.js'
import { randomUuid } from './uuid.js'
import { writeArtifact } from './write.js'

type Store = ArtifactStore & Pick<TrackingStore, 'getRun' | 'setTag'>

/** Options of `logTable` and `loadTable`. */
export interface TableOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * Stores a table as the JSON that MLflow's `load_table` reads, and adds it to the run's tag `mlflow.loggedArtifacts`.
 * Rows logged again to one path are appended; new columns are added. Images in cells become files below
 * `table_images/`. INVALID_PARAMETER_VALUE for names that are not `.json`, NOT_IMPLEMENTED for `.parquet`.
 */
export async function logTable(
  store: Store,
  runId: string,
  data: TableData,
  path: string,
  { signal }: TableOptions = {},
): Promise<void> {
  const file = tablePath(path)
  const table = toTable(data)
  checkImageColumns(table)
  await oneAtATime(store, runId, async () => {
    throwIfAborted(signal)
    const added = await tableToText(store, runId, file, table, signal)
    const text = tableToJson(append(await loggedBefore(store, runId, file, signal), added))
    await writeArtifact(store, runId, file, new TextEncoder().encode(text), { signal })
    await addToTag(store, runId, file)
  })
}

/**
 * The rows that runs logged to `path`, newest run first, as MLflow's `load_table` gives them. `extraColumns` names
 * what is added of each run: `run_id`, `experiment_id`, `status`, `artifact_uri`, `start_time`, `end_time`,
 * `metrics.x`, `params.x`, `tags.x`. RESOURCE_DOES_NOT_EXIST when no run has such a table.
 */
export async function loadTable(
  store: ArtifactStore & Pick<TrackingStore, 'getRun' | 'searchRuns'>,
  from: { readonly runIds: readonly string[] } | { readonly experimentIds: readonly string[] },
  path: string,
  { extraColumns = [], signal }: TableOptions & { readonly extraColumns?: readonly string[] } = {},
): Promise<Table> {
  const file = tablePath(path)
  let whole: { columns: readonly string[]; rows: readonly (readonly string[])[] } | null = null
  for await (const run of 'runIds' in from
    ? runsById(store, from.runIds)
    : runsOf(store, from.experimentIds)) {
    throwIfAborted(signal)
    if (!tagEntries(run).some((entry) => isEntry(entry, file))) continue
    const table = await loggedBefore(store, run.info.runId, file, signal)
    if (table === null)
      throw new TrackletError(
        'RESOURCE_DOES_NOT_EXIST',
        `Artifact ${file} not found for run ${run.info.runId}.`,
      )
    whole = append(whole, withRunColumns(table, run, extraColumns))
  }
  if (whole === null)
    throw new TrackletError(
      'RESOURCE_DOES_NOT_EXIST',
      'No runs found with the corresponding table artifact.',
    )
  return { columns: whole.columns, data: whole.rows.map((row) => row.map(cellFromJson)) }
}

function tablePath(path: string): ArtifactPath {
  const file = artifactFilePath(path)
  const forbidden = /["',:[\]{}]/.exec(file)?.[0]
  if (forbidden !== undefined)
    throw invalid(`The artifact_file contains forbidden character: ${forbidden}`)
  if (file.endsWith('.parquet'))
    throw new TrackletError(
      'NOT_IMPLEMENTED',
      `Tables are written as JSON only: name ${JSON.stringify(file)} with ".json" instead of ".parquet".`,
    )
  if (file.endsWith('.json')) return file
  throw invalid(
    `Invalid artifact file path '${file}'. Please ensure the file you are trying to log as a table has a file name with the '.json' extension.`,
  )
}

function append(before: TableText | null, added: TableText): TableText {
  if (before === null || before.columns.length === 0) return added
  const columns = [...new Set([...before.columns, ...added.columns])]
  return { columns, rows: [...arranged(before, columns), ...arranged(added, columns)] }
}

function arranged({ columns, rows }: TableText, wanted: readonly string[]): string[][] {
  const places = wanted.map((column) => columns.indexOf(column))
  return rows.map((row) => places.map((place) => row[place] ?? 'null'))
}

async function loggedBefore(
  store: ArtifactStore,
  runId: string,
  file: ArtifactPath,
  signal: AbortSignal | undefined,
): Promise<TableText | null> {
  let bytes: Uint8Array
  try {
    bytes = await readArtifactBytes(store, runId, file, { signal })
  } catch (error) {
    if ((error as Partial<TrackletError> | null)?.errorCode !== 'RESOURCE_DOES_NOT_EXIST')
      throw error
    await store.listArtifacts(runId)
    return null
  }
  const table = parseTableJson(new TextDecoder().decode(bytes))
  if (table !== null) return table
  throw invalid(
    `Artifact ${JSON.stringify(file)} is no table: it is not JSON of columns and data. Log to another path.`,
  )
}

function checkImageColumns({ columns, data }: Table): void {
  for (const [at, column] of columns.entries()) {
    const images = data.filter((row) => isImage(row[at])).length
    if (images > 0 && images < data.length)
      throw invalid(
        `Column \`${column}\` contains a mix of images and non-images. Please ensure that all elements in the column are of the same type.`,
      )
  }
}

async function tableToText(
  store: ArtifactStore,
  runId: string,
  file: ArtifactPath,
  { columns, data }: Table,
  signal: AbortSignal | undefined,
): Promise<TableText> {
  const folder = `table_images/${file.slice(0, -'.json'.length)}`
  const rows: string[][] = []
  for (const row of data) {
    const cells: string[] = []
    for (const cell of row) {
      throwIfAborted(signal)
      cells.push(cellToJson(isImage(cell) ? await storeImage(store, runId, folder, cell) : cell))
    }
    rows.push(cells)
  }
  return { columns, rows }
}

async function storeImage(
  store: ArtifactStore,
  runId: string,
  folder: string,
  image: ImageSource,
): Promise<Readonly<Record<string, string>>> {
  const name = `${folder}/${randomUuid()}`
  await writeArtifact(store, runId, `${name}.png`, await encodeImage(image, 'png'))
  const preview = await encodePreview(image)
  if (preview !== null) await writeArtifact(store, runId, `${name}.webp`, preview)
  const compressed = preview === null ? `${name}.png` : `${name}.webp`
  return { type: 'image', filepath: `${name}.png`, compressed_filepath: compressed }
}

async function addToTag(store: Store, runId: string, file: ArtifactPath): Promise<void> {
  const entries = tagEntries(await store.getRun(runId))
  if (entries.some((entry) => isEntry(entry, file))) return
  const value = toPythonJson([...entries, { path: file, type: 'table' }], 'line')
  await store.setTag(runId, MLFLOW_TAGS.loggedArtifacts, value)
}

function tagEntries(run: Run): readonly unknown[] {
  try {
    const entries: unknown = JSON.parse(run.data.tags[MLFLOW_TAGS.loggedArtifacts] ?? '[]')
    return Array.isArray(entries) ? entries : []
  } catch {
    return []
  }
}

function isEntry(entry: unknown, file: ArtifactPath): boolean {
  const { path, type } = (entry ?? {}) as { path?: unknown; type?: unknown }
  return path === file && type === 'table'
}

async function* runsById(
  store: Pick<TrackingStore, 'getRun'>,
  runIds: readonly string[],
): AsyncGenerator<Run> {
  const runs = await Promise.all([...new Set(runIds)].map((runId) => store.getRun(runId)))
  const active = runs.filter((run) => run.info.lifecycleStage === 'active')
  yield* active.sort(
    (a, b) => b.info.startTime - a.info.startTime || (a.info.runId < b.info.runId ? -1 : 1),
  )
}

async function* runsOf(
  store: Pick<TrackingStore, 'searchRuns'>,
  experimentIds: readonly string[],
): AsyncGenerator<Run> {
  let pageToken: string | null = null
  do {
    const page: { items: readonly Run[]; nextPageToken: string | null } = await store.searchRuns({
      experimentIds,
      ...(pageToken === null ? {} : { pageToken }),
    })
    yield* page.items
    pageToken = page.nextPageToken
  } while (pageToken !== null)
}

function withRunColumns(table: TableText, run: Run, extra: readonly string[]): TableText {
  const cells = extra.map((column) => cellToJson(runColumn(run, column)))
  const names = extra.map((column) => (table.columns.includes(column) ? `${column}_` : column))
  return {
    columns: [...table.columns, ...names],
    rows: table.rows.map((row) => [...row, ...cells]),
  }
}

function runColumn({ info, data }: Run, column: string): unknown {
  switch (column) {
    case 'run_id':
      return info.runId
    case 'experiment_id':
      return info.experimentId
    case 'status':
      return info.status
    case 'artifact_uri':
      return info.artifactUri
    case 'start_time':
      return info.startTime
    case 'end_time':
      return info.endTime
  }
  const [, kind, key = ''] = /^(metrics|params|tags)\.(.*)$/s.exec(column) ?? []
  if (kind === 'metrics' || kind === 'params' || kind === 'tags') return data[kind][key] ?? null
  throw invalid(
    `There is no run column ${JSON.stringify(column)}. Use run_id, experiment_id, status, artifact_uri, start_time, end_time, metrics.<key>, params.<key> or tags.<key>.`,
  )
}

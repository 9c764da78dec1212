import { canonicalExperimentId } from '../../entities/ids.js'
import type { Experiment } from '../../entities/experiment.js'
import type { ViewType } from '../../entities/lifecycle.js'
import type { PagedList } from '../../entities/paged-list.js'
import { validateRequired, validateViewType } from '../../entities/validate.js'
import { EXPERIMENT_PAGES, nextPageToken, pageOf } from '../../search/page-token.js'
import type { SqlValue } from '../database.js'
import { noExperiment } from './lookup.js'
import type { CatalogState } from './state.js'

const COLUMNS =
  'id, experiment_id, name, artifact_location, creation_time, last_update_time, deleted_time'

/** SQL that keeps the rows of `table` that a view shows. */
export function viewSql(table: string, view: ViewType): string {
  if (view === 'ALL') return 'TRUE'
  return `${table}.deleted_time IS ${view === 'ACTIVE_ONLY' ? 'NULL' : 'NOT NULL'}`
}

/** What `searchExperiments` takes. */
export interface SearchExperiments {
  readonly viewType?: ViewType
  readonly maxResults?: number
  readonly pageToken?: string
}

/** The experiment of an id, deleted or not. */
export function getExperiment(state: CatalogState, experimentId: string): Experiment {
  const given = validateRequired(experimentId, 'experiment_id')
  const sql = `SELECT ${COLUMNS} FROM experiments WHERE experiment_id = ?`
  const row = state.db.get(sql, [canonicalExperimentId(given)])
  if (row === undefined) throw noExperiment(given)
  return rowToExperiment(state, row)
}

/** The experiment of a name, deleted or not; null where there is none. */
export function getExperimentByName(state: CatalogState, name: string): Experiment | null {
  const given = validateRequired(name, 'experiment_name')
  const row = state.db.get(`SELECT ${COLUMNS} FROM experiments WHERE name = ?`, [given])
  return row === undefined ? null : rowToExperiment(state, row)
}

/** Experiments, newest first, then by id. */
export function searchExperiments(
  state: CatalogState,
  options: SearchExperiments = {},
): PagedList<Experiment> {
  const page = pageOf(options.maxResults, options.pageToken, EXPERIMENT_PAGES)
  const view = viewSql('experiments', validateViewType(options.viewType))
  const sql = `SELECT ${COLUMNS} FROM experiments WHERE ${view}
    ORDER BY creation_time DESC, length(experiment_id), experiment_id LIMIT ? OFFSET ?`
  const rows = state.db.all(sql, [page.limit + 1, page.offset])
  return {
    items: rows.slice(0, page.limit).map((row) => rowToExperiment(state, row)),
    nextPageToken: nextPageToken(page, rows.length > page.limit),
  }
}

function rowToExperiment(state: CatalogState, row: readonly SqlValue[]): Experiment {
  const [id, experimentId, name, location, created, updated, deleted] = row
  return {
    experimentId: String(experimentId),
    name: String(name),
    artifactLocation: String(location),
    lifecycleStage: deleted === null ? 'active' : 'deleted',
    creationTime: created as number | null,
    lastUpdateTime: updated as number | null,
    tags: readExperimentTags(state, Number(id)),
  }
}

function readExperimentTags(state: CatalogState, id: number): Record<string, string> {
  const rows = state.db.all('SELECT key, value FROM experiment_tags WHERE experiment = ?', [id])
  return Object.fromEntries(
    rows.map(([key, value]) => [state.keys.nameOf(Number(key)), value as string]),
  )
}

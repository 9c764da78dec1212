import { canonicalExperimentId } from '../../entities/ids.js'
import type { PagedList } from '../../entities/paged-list.js'
import type { Run } from '../../entities/run.js'
import { validateList, validateRequired, validateViewType } from '../../entities/validate.js'
import { nextPageToken, pageOf, RUN_PAGES } from '../../search/page-token.js'
import type { SqlValue } from '../database.js'
import type { ListRuns } from '../tracking-store.js'
import { viewSql } from './experiment-reader.js'
import { RUN_SELECT, rowToRun } from './run-reader.js'
import type { CatalogState } from './state.js'

const ORDER = 'ORDER BY r.start_time DESC, r.run_id LIMIT ? OFFSET ?'

/** Runs of some experiments, newest start first, then by run id. Unknown experiments have none. */
export function searchRuns(state: CatalogState, query: ListRuns): PagedList<Run> {
  const page = pageOf(query.maxResults, query.pageToken, RUN_PAGES)
  const view = viewSql('r', validateViewType(query.viewType, 'run_view_type'))
  const experiments = internalIds(state, query.experimentIds)
  const rows = listRows(state, experiments, view, page)
  return {
    items: rows.slice(0, page.limit).map((row) => rowToRun(state, row)),
    nextPageToken: nextPageToken(page, rows.length > page.limit),
  }
}

function listRows(
  state: CatalogState,
  experiments: readonly number[],
  view: string,
  page: { offset: number; limit: number },
): SqlValue[][] {
  const [only] = experiments
  if (only === undefined) return []
  const bounds = [page.limit + 1, page.offset]
  if (experiments.length === 1)
    return state.db.all(`${RUN_SELECT} WHERE r.experiment = ? AND ${view} ${ORDER}`, [
      only,
      ...bounds,
    ])
  const sql = `${RUN_SELECT} WHERE r.experiment IN (SELECT value FROM json_each(?)) AND ${view} ${ORDER}`
  return state.db.all(sql, [JSON.stringify(experiments), ...bounds])
}

function internalIds(state: CatalogState, experimentIds: readonly string[]): number[] {
  const ids = new Set<number>()
  for (const [i, given] of validateList(experimentIds, 'experiment_ids').entries()) {
    const id = canonicalExperimentId(validateRequired(given, `experiment_ids[${i}]`))
    const row = state.db.get('SELECT id FROM experiments WHERE experiment_id = ?', [id])
    if (row !== undefined) ids.add(Number(row[0]))
  }
  return [...ids]
}

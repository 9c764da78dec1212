import { MLFLOW_TAGS } from '../../../entities/mlflow-tags.js'
import type { PagedList } from '../../../entities/paged-list.js'
import type { ModelVersion } from '../../../entities/registered-model.js'
import type { Comparison, Filter } from '../../../search/grammar/ast.js'
import { VERSION_RULES } from '../../../search/grammar/attributes.js'
import { checkComparators, parseFilter } from '../../../search/grammar/filter.js'
import { parseOrderBy } from '../../../search/grammar/order-by.js'
import {
  nextPageToken,
  pageSize,
  pageTokenToOffset,
  VERSION_PAGES,
} from '../../../search/page-token.js'
import { compareByOrder, compileFilter } from '../../../search/predicate.js'
import type { RegistryQuery } from '../../model-registry-store.js'
import type { CatalogState } from '../state.js'
import { fullOrder, splitPrompts } from './search-rules.js'
import { toModelVersion, versionRows } from './version-reader.js'
import type { VersionRow } from './version-reader.js'

/** One page of the model versions that a query finds. Complaints come in MLflow's order. */
export function searchVersions(
  state: CatalogState,
  query: RegistryQuery = {},
): PagedList<ModelVersion> {
  const limit = pageSize(query.maxResults, VERSION_PAGES)
  const parsed = parseFilter(query.filter, VERSION_RULES)
  checkComparators(parsed, VERSION_RULES)
  const terms = parseOrderBy(query.orderBy, VERSION_RULES)
  const offset = pageTokenToOffset(query.pageToken)
  const { filter, hidesPrompts } = splitPrompts(parsed)
  const meets = compileFilter(filter)
  const hidden = hidesPrompts ? promptModels(state) : new Set<number>()
  const found = candidates(state, filter)
    .filter(({ model }) => !hidden.has(model))
    .filter((row) => meets((comparison) => readValue(state, row, comparison)))
    .sort(
      compareByOrder(fullOrder(terms, VERSION_RULES), (row, { key }) => readAttribute(row, key)),
    )
  const page = found.slice(offset, offset + limit)
  return {
    items: page.map((row) => toModelVersion(state, row, { aliases: false })),
    nextPageToken: nextPageToken({ offset, limit }, found.length > offset + limit),
  }
}

/** All versions; where the filter names one model, which most do, its versions alone. */
function candidates(state: CatalogState, filter: Filter): VersionRow[] {
  const items = filter.kind === 'and' ? filter.items : []
  const name = items.find((item) => item.kind === 'comparison' && isName(item))
  if (name?.kind !== 'comparison') return versionRows(state, '1', [])
  return versionRows(state, 'm.name = ?', [String(name.value)])
}

function isName({ entity, key, comparator, value }: Comparison): boolean {
  return entity === 'attribute' && key === 'name' && comparator === '=' && typeof value === 'string'
}

function readValue(
  state: CatalogState,
  row: VersionRow,
  { entity, key }: Comparison,
): string | number | null {
  return entity === 'tag' ? readTag(state, row, key) : readAttribute(row, key)
}

function readTag(state: CatalogState, { model, number }: VersionRow, key: string): string | null {
  const sql = 'SELECT value FROM version_tags WHERE model = ? AND version = ? AND key = ?'
  const row = state.db.get(sql, [model, number, state.keys.idOf(key) ?? -1])
  return row === undefined ? null : String(row[0])
}

function readAttribute(row: VersionRow, key: string): string | number {
  switch (key) {
    case 'version_number':
      return row.number
    case 'run_id':
      return row.runId
    case 'source_path':
      return row.source
    case 'creation_timestamp':
      return row.creationTimestamp
    case 'last_updated_timestamp':
      return row.lastUpdatedTimestamp
    default:
      return row.name
  }
}

/** Models of which a version is a prompt's. */
function promptModels(state: CatalogState): Set<number> {
  const key = state.keys.idOf(MLFLOW_TAGS.isPrompt) ?? -1
  const sql = "SELECT DISTINCT model FROM version_tags WHERE key = ? AND value = 'true'"
  return new Set(state.db.all(sql, [key]).map(([model]) => Number(model)))
}

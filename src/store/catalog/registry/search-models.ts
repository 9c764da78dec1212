import { MLFLOW_TAGS } from '../../../entities/mlflow-tags.js'
import type { PagedList } from '../../../entities/paged-list.js'
import type { RegisteredModel } from '../../../entities/registered-model.js'
import { MODEL_RULES } from '../../../search/grammar/attributes.js'
import { checkComparators, parseFilter } from '../../../search/grammar/filter.js'
import { parseOrderBy } from '../../../search/grammar/order-by.js'
import {
  MODEL_PAGES,
  nextPageToken,
  pageSize,
  pageTokenToOffset,
} from '../../../search/page-token.js'
import { compareByOrder, compileFilter } from '../../../search/predicate.js'
import type { RegistryQuery } from '../../model-registry-store.js'
import type { CatalogState } from '../state.js'
import { allModelRows, toRegisteredModel } from './model-reader.js'
import { fullOrder, splitPrompts } from './search-rules.js'

/** One page of the registered models that a query finds. Complaints come in MLflow's order. */
export function searchModels(
  state: CatalogState,
  query: RegistryQuery = {},
): PagedList<RegisteredModel> {
  const limit = pageSize(query.maxResults, MODEL_PAGES)
  const parsed = parseFilter(query.filter, MODEL_RULES)
  const terms = parseOrderBy(query.orderBy, MODEL_RULES)
  const offset = pageTokenToOffset(query.pageToken)
  checkComparators(parsed, MODEL_RULES)
  const { filter, hidesPrompts } = splitPrompts(parsed)
  const meets = compileFilter(filter)
  const hidden = hidesPrompts ? promptModels(state) : new Set<number>()
  const found = allModelRows(state)
    .filter(({ model }) => !hidden.has(model))
    .filter(({ model, name }) =>
      meets(({ entity, key }) => (entity === 'tag' ? readTag(state, model, key) : name)),
    )
    .sort(
      compareByOrder(fullOrder(terms, MODEL_RULES), (row, { key }) =>
        key === 'name' ? row.name : row.lastUpdatedTimestamp,
      ),
    )
  const page = found.slice(offset, offset + limit)
  return {
    items: page.map((row) => toRegisteredModel(state, row)),
    nextPageToken: nextPageToken({ offset, limit }, found.length > offset + limit),
  }
}

function readTag(state: CatalogState, model: number, key: string): string | null {
  const id = state.keys.idOf(key) ?? -1
  const row = state.db.get('SELECT value FROM model_tags WHERE model = ? AND key = ?', [model, id])
  return row === undefined ? null : String(row[0])
}

function promptModels(state: CatalogState): Set<number> {
  const key = state.keys.idOf(MLFLOW_TAGS.isPrompt) ?? -1
  const rows = state.db.all("SELECT model FROM model_tags WHERE key = ? AND value = 'true'", [key])
  return new Set(rows.map(([model]) => Number(model)))
}

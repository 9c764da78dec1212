import { invalid, wrongType } from '../../../entities/invalid.js'
import { LOGGED_MODEL_STATUSES } from '../../../entities/logged-model.js'
import type { ModelMetric } from '../../../entities/logged-model.js'
import type { PagedList } from '../../../entities/paged-list.js'
import { isRecord, validateList, validateText } from '../../../entities/validate.js'
import type { Comparison, Filter } from '../../../search/grammar/ast.js'
import { LOGGED_MODEL_RULES } from '../../../search/grammar/attributes.js'
import { checkComparators, parseFilter } from '../../../search/grammar/filter.js'
import { RUN_PAGES, pageSize } from '../../../search/page-token.js'
import type { Page, PageRule } from '../../../search/page-token.js'
import { compileFilter } from '../../../search/predicate.js'
import type { Read } from '../../../search/predicate.js'
import type { LoggedModelQuery } from '../../logged-model-store.js'
import { internalExperimentIds } from '../lookup.js'
import type { CatalogState } from '../state.js'
import { activeModelRows, readPair, toRecord } from './model-reader.js'
import type { LoggedModelRecord, LoggedModelRow } from './model-reader.js'
import { seriesOfModel } from './model-metrics.js'
import type { MetricsByModel, ModelSeries } from './model-metrics.js'
import { compareModels, ordersByMetrics, searchedValue, validateOrder } from './order.js'
import { pageTokenToOffset, queryToPageToken } from './page-token.js'
import type { TokenQuery } from './page-token.js'

/** MLflow has no upper bound, and answers nonsense for less than 0, which is refused here. */
const LOGGED_MODEL_PAGES: PageRule = { ...RUN_PAGES, default: 100, max: Number.MAX_SAFE_INTEGER }

interface DatasetFilter {
  readonly name: string
  readonly digest: string | undefined
}

/** A search of logged models after its checks. */
export interface LoggedModelSearch {
  readonly query: TokenQuery
  readonly page: Page
  /** The experiments that exist, by internal ids. */
  readonly experiments: readonly number[]
  readonly filter: Filter
  readonly datasets: readonly DatasetFilter[]
  /** Whether the models' metrics decide which are found, or their order. */
  readonly needsMetrics: boolean
}

/** Checks a query; complaints come in MLflow's order. */
export function parseModelSearch(state: CatalogState, given: LoggedModelQuery): LoggedModelSearch {
  if (!isRecord(given)) throw wrongType('query', given)
  const limit = pageSize(given.maxResults || undefined, LOGGED_MODEL_PAGES)
  const datasets = validateList(given.datasets, 'datasets').map(validateDataset)
  const query = {
    experiment_ids: validateList(given.experimentIds, 'experiment_ids'),
    filter_string: given.filter || null,
    order_by: validateOrder(given.orderBy),
  }
  const offset = pageTokenToOffset(given.pageToken, query)
  const filter = parseFilter(given.filter, LOGGED_MODEL_RULES)
  checkComparators(filter, LOGGED_MODEL_RULES)
  const needsMetrics =
    datasets.length > 0 || comparesMetrics(filter) || ordersByMetrics(query.order_by)
  return {
    query,
    page: { offset, limit },
    experiments: internalExperimentIds(state, query.experiment_ids),
    filter,
    datasets,
    needsMetrics,
  }
}

/** The series of all models that a search looks at. */
export function seriesOfSearch(
  state: CatalogState,
  { experiments }: LoggedModelSearch,
): ModelSeries[] {
  return experiments
    .flatMap((experiment) => activeModelRows(state, experiment))
    .flatMap(({ modelId }) => seriesOfModel(state, modelId))
}

/** One page of what a search finds; `metrics` are those of `seriesOfSearch`, where it needs them. */
export function searchLoggedModels(
  state: CatalogState,
  search: LoggedModelSearch,
  metrics: MetricsByModel,
): PagedList<LoggedModelRecord> {
  const { offset, limit } = search.page
  const meets = compileFilter(search.filter)
  const counts = datasetTest(search.datasets)
  const needsPoint = search.datasets.length > 0 && !comparesMetrics(search.filter)
  const found = search.experiments
    .flatMap((experiment) => activeModelRows(state, experiment))
    .filter((model) => !needsPoint || (metrics.get(model.modelId) ?? []).some(counts))
    .filter((model) => {
      const points = metrics.get(model.modelId) ?? []
      return meets((comparison) => readValue(state, model, comparison, points, counts))
    })
    .sort(compareModels(search.query.order_by, metrics))
  const end = offset + limit
  return {
    items: found.slice(offset, end).map((row) => toRecord(state, row)),
    nextPageToken: found.length > end ? queryToPageToken(search.query, end) : null,
  }
}

function readValue(
  state: CatalogState,
  model: LoggedModelRow,
  { entity, key }: Comparison,
  points: readonly ModelMetric[],
  counts: (point: ModelMetric) => boolean,
): Read {
  if (entity === 'param') return readPair(state, 'logged_model_params', model.model, key)
  if (entity === 'tag') return readPair(state, 'logged_model_tags', model.model, key)
  if (entity === 'attribute') return readAttribute(model, key)
  return points
    .filter((point) => point.key === key && counts(point))
    .map(({ value }) => searchedValue(value))
}

/** A status is its number, as text. */
function readAttribute(model: LoggedModelRow, key: string): string | number | null {
  switch (key) {
    case 'name':
      return model.name
    case 'model_type':
      return model.modelType
    case 'status':
      return String(LOGGED_MODEL_STATUSES.indexOf(model.status))
    case 'source_run_id':
      return model.sourceRunId
    case 'creation_timestamp':
      return model.creationTimestamp
    case 'last_updated_timestamp':
      return model.lastUpdatedTimestamp
    default:
      return model.modelId
  }
}

function comparesMetrics(filter: Filter): boolean {
  if (filter.kind === 'comparison') return filter.entity === 'metric'
  return filter.kind === 'not' ? comparesMetrics(filter.item) : filter.items.some(comparesMetrics)
}

/** Whether a point is one on the datasets that a search is about. */
function datasetTest(datasets: readonly DatasetFilter[]): (point: ModelMetric) => boolean {
  if (datasets.length === 0) return () => true
  return (point) =>
    datasets.some(
      ({ name, digest }) =>
        point.datasetName === name && (digest === undefined || point.datasetDigest === digest),
    )
}

function validateDataset(
  given: { readonly datasetName: string; readonly datasetDigest?: string },
  index: number,
): DatasetFilter {
  if (!isRecord(given)) throw wrongType(`datasets[${index}]`, given)
  if (!given.datasetName)
    throw invalid('`dataset_name` in the `datasets` clause must be specified.')
  const digest = given.datasetDigest
  return {
    name: validateText(given.datasetName, `datasets[${index}].dataset_name`),
    digest: digest == null ? undefined : validateText(digest, `datasets[${index}].dataset_digest`),
  }
}

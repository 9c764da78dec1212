import { invalid } from '../../entities/invalid.js'
import type { Int64 } from '../../entities/int64.js'
import type { Metric } from '../../entities/metric.js'
import type { Store } from '../../store/store.js'
import type { Answer } from '../answer.js'
import { metricToJson } from '../entities-to-json.js'
import { defined, toCount } from '../field-values.js'
import { respond } from '../responses.js'
import { sampleHistory } from '../sample-history.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { alias, int64, list, required, text } from '../schema.js'

const MOST_RUNS = 100
const MOST_BULK_POINTS = 25_000
const MOST_POINTS_PER_RUN = 2500
const SEE_DOCS = 'See the API docs for more information about request parameters.'
const JSON_ANSWER = { type: 'application/json' }

/** `metrics/*`: histories of one run, and of many. */
export const metricRoutes: readonly Route[] = [
  route({
    methods: ['GET'],
    path: 'metrics/get-history',
    needs: {
      run_id: alias(required(text), 'run_uuid'),
      metric_key: required(text),
      max_results: int64,
      page_token: text,
    },
    async answer(store, { run_id: id, metric_key: key, max_results: count, page_token: token }) {
      const options = defined({ maxResults: toCount(count), pageToken: token })
      const { items, nextPageToken } = await store.getMetricHistory(id, key, options)
      return { metrics: items.map((point) => metricToJson(point)), next_page_token: nextPageToken }
    },
  }),
  route({
    methods: ['GET'],
    path: 'metrics/get-history-bulk',
    ajaxOnly: true,
    needs: { run_id: list(text), metric_key: text, max_results: int64 },
    async answer(store, { run_id: ids, metric_key: key, max_results: count }) {
      if (ids.length === 0)
        throw invalid('GetMetricHistoryBulk request must specify at least one run_id.')
      if (ids.length > MOST_RUNS)
        throw invalid(
          `GetMetricHistoryBulk request cannot specify more than ${MOST_RUNS} run_ids. Received ${ids.length} run_ids.`,
        )
      if (key === undefined)
        throw invalid('GetMetricHistoryBulk request must specify a metric_key.')
      const limit = Math.min(toCount(count) ?? MOST_BULK_POINTS, MOST_BULK_POINTS)
      if (limit < 0) throw invalid('max_results must not be negative.')
      const metrics = await readHistories(store, ids, key, limit)
      // The one list that MLflow writes even where it is empty: pages read it without asking.
      return metrics.length > 0 ? { metrics } : respond('{"metrics":[]}', JSON_ANSWER)
    },
  }),
  route({
    methods: ['GET'],
    path: 'metrics/get-history-bulk-interval',
    needs: {
      run_ids: required(list(text)),
      metric_key: required(text),
      start_step: int64,
      end_step: int64,
      max_results: int64,
    },
    async answer(store, fields) {
      const { run_ids: ids, metric_key: key } = fields
      if (ids.length > MOST_RUNS)
        throw invalid(
          `GetMetricHistoryBulkInterval request must specify at most ${MOST_RUNS} run_ids. Received ${ids.length} run_ids. ${SEE_DOCS}`,
        )
      const limit = toCount(fields.max_results) ?? MOST_POINTS_PER_RUN
      if (limit < 1 || limit > MOST_POINTS_PER_RUN)
        throw invalid(`max_results must be between 1 and ${MOST_POINTS_PER_RUN}. ${SEE_DOCS}`)
      const range = toStepRange(fields.start_step, fields.end_step)
      const metrics: Answer[] = []
      for (const runId of ids)
        for (const point of await sampleHistory(store, { runId, key, ...range }, limit))
          metrics.push(metricToJson(point, runId))
      return { metrics }
    },
  }),
]

/** The first points of several runs together, by run id. */
async function readHistories(
  store: Store,
  runIds: readonly string[],
  key: string,
  limit: number,
): Promise<readonly Answer[]> {
  const metrics: Answer[] = []
  for (const runId of [...new Set(runIds)].sort()) {
    const room = limit - metrics.length
    if (room <= 0) break
    const { items } = await store.getMetricHistory(runId, key, { maxResults: room })
    metrics.push(...items.map((point: Metric) => metricToJson(point, runId)))
  }
  return metrics
}

function toStepRange(
  start: Int64 | undefined,
  end: Int64 | undefined,
): { fromStep?: Int64; toStep?: Int64 } {
  if (start === undefined && end === undefined) return {}
  if (start === undefined || end === undefined)
    throw invalid('If either start step or end step are specified, both must be specified.')
  if (start > end)
    throw invalid(
      `end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`,
    )
  return { fromStep: start, toStep: end }
}

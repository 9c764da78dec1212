import { missing } from '../../entities/invalid.js'
import type { Metric, MetricColumns } from '../../entities/metric.js'
import type { PagedList } from '../../entities/paged-list.js'
import { validateInt64 } from '../../entities/validate.js'
import { checkMaxPoints } from '../../series/downsample.js'
import { assemble } from '../../series/history.js'
import { toInt64Column } from '../../series/int64-column.js'
import type { Piece } from '../../series/piece.js'
import type { HistoryQuery } from '../../store/tracking-store.js'
import type { Connection } from './connection.js'
import { listOf, tokenOf, toMetric } from './wire.js'

/** What MLflow's own client asks for at once; servers may refuse more. */
const PAGE = 25_000

/** A page of a metric's history, of as many requests as it takes. Empty for an unknown run or key. */
export async function historyPage(
  server: Connection,
  runId: string,
  key: string,
  { maxResults, pageToken = '' }: { maxResults: number; pageToken?: string },
): Promise<PagedList<Metric>> {
  if (!runId) throw missing('run_id')
  if (!key) throw missing('metric_key')
  const items: Metric[] = []
  let token: string | null = pageToken
  do {
    const page = await getHistory(server, runId, key, maxResults - items.length, token)
    for (const item of page.items) items.push(item)
    token = page.nextPageToken
  } while (token !== null && items.length < maxResults)
  return { items, nextPageToken: token }
}

/**
 * A metric's history as columns: all of it is fetched, then cut to the range and thinned out here, since the server's
 * sampling may leave out a peak.
 */
export async function getMetricColumns(
  server: Connection,
  { runId, key, fromStep, toStep, maxPoints }: HistoryQuery,
): Promise<MetricColumns> {
  const range = {
    ...(fromStep !== undefined && { fromStep: validateInt64(fromStep, 'fromStep') }),
    ...(toStep !== undefined && { toStep: validateInt64(toStep, 'toStep') }),
  }
  if (maxPoints !== undefined) checkMaxPoints(maxPoints)
  const { items } = await historyPage(server, runId, key, { maxResults: Infinity })
  // The server says nothing of a run that is not there; this does.
  if (items.length === 0) await server.read('runs/get', { run_id: runId }, runId)
  return assemble([toPiece(items)], range, maxPoints)
}

async function getHistory(
  server: Connection,
  runId: string,
  key: string,
  wanted: number,
  pageToken: string,
): Promise<PagedList<Metric>> {
  const query = {
    run_id: runId,
    metric_key: key,
    max_results: Math.min(PAGE, wanted),
    ...(pageToken !== '' && { page_token: pageToken }),
  }
  const answer = await server.read('metrics/get-history', query, runId)
  return { items: listOf(answer['metrics']).map(toMetric), nextPageToken: tokenOf(answer) }
}

function toPiece(points: readonly Metric[]): Piece {
  return {
    steps: toInt64Column(points.map(({ step }) => step)),
    timestamps: toInt64Column(points.map(({ timestamp }) => timestamp)),
    values: Float64Array.from(points, ({ value }) => value),
    from: 0,
    to: points.length,
  }
}

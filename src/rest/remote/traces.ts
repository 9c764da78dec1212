import { validateList } from '../../entities/validate.js'
import type { Trace, TraceInfo } from '../../entities/trace.js'
import type { TraceStore } from '../../store/trace-store.js'
import { writeProtobufSpans } from '../otlp/write-protobuf.js'
import type { ApiCall, Connection } from './connection.js'
import { mapSome } from './map-some.js'
import { listOf, messageOf, numberOf, tokenOf, type Message } from './wire.js'
import {
  fromAssessment,
  fromExperiment,
  fromStartTrace,
  toAssessment,
  toTrace,
  toTraceInfo,
} from './wire-traces.js'

const API_3 = '/api/3.0/mlflow/'
const SPANS = '/v1/traces'
/** As many as MLflow's clients ask for at once. */
const [INFOS_AT_ONCE, TRACES_AT_ONCE, CALLS_AT_ONCE] = [100, 10, 4]

/** MLflow 3's traces, spoken to over its REST protocol and OTLP (mlflow/protos/service.proto). */
export function remoteTraces(server: Connection): TraceStore {
  return { ...traces(server), ...changes(server), ...assessments(server) }
}

type Reads = 'getTraceInfo' | 'getTraceInfos' | 'getTraces' | 'searchTraces'

function traces(server: Connection): Pick<TraceStore, Reads> {
  const call = callerOf3(server)
  const getTraceInfos = async (traceIds: readonly string[]): Promise<readonly TraceInfo[]> => {
    const pages = await mapSome(chunks(traceIds, INFOS_AT_ONCE), CALLS_AT_ONCE, async (ids) => {
      const path = 'traces/batchGetInfos'
      return listOf((await call({ path, json: { trace_ids: ids }, repeat: true }))['trace_infos'])
    })
    return inOrder(traceIds, pages.flat().map(toTraceInfo), ({ traceId }) => traceId)
  }
  return {
    getTraceInfos,
    async getTraceInfo(traceId) {
      const answer = await call({ method: 'GET', path: pathOf(traceId) })
      return toTraceInfo(messageOf(messageOf(answer['trace'])['trace_info']))
    },
    async getTraces(traceIds) {
      const infos = await getTraceInfos(traceIds)
      // The server fails for a trace whose spans are among its files.
      const stored = infos.filter(hasSpans).map(({ traceId }) => traceId)
      const pages = await mapSome(chunks(stored, TRACES_AT_ONCE), CALLS_AT_ONCE, async (ids) => {
        const query = { trace_ids: ids }
        return listOf((await call({ method: 'GET', path: 'traces/batchGet', query }))['traces'])
      })
      const bare = infos.filter((info) => !hasSpans(info)).map((info) => ({ info, spans: [] }))
      const all: Trace[] = [...pages.flat().map(toTrace), ...bare]
      return inOrder(traceIds, all, ({ info }) => info.traceId)
    },
    async searchTraces({ experimentIds, filter, orderBy, maxResults, pageToken }) {
      const answer = await call({
        path: 'traces/search',
        repeat: true,
        json: {
          locations: validateList(experimentIds, 'experiment_ids').map(fromExperiment),
          order_by: validateList(orderBy, 'order_by'),
          ...(filter && { filter }),
          ...(maxResults !== undefined && { max_results: maxResults }),
          ...(pageToken && { page_token: pageToken }),
        },
      })
      return { items: listOf(answer['traces']).map(toTraceInfo), nextPageToken: tokenOf(answer) }
    },
  }
}

type Changes = Exclude<keyof TraceStore, Reads | `${string}Assessment`>

function changes(server: Connection): Pick<TraceStore, Changes> {
  const call = callerOf3(server)
  const done = async (made: ApiCall): Promise<void> => void (await server.call(made))
  return {
    async startTrace(trace) {
      const json = { trace: { trace_info: fromStartTrace(trace) } }
      const answer = await call({ path: 'traces', json, repeat: true })
      return toTraceInfo(messageOf(messageOf(answer['trace'])['trace_info']))
    },
    async logSpans(experimentId, spans, { runId } = {}) {
      if (spans.length === 0) return
      server.http.assertOpen()
      await server.lanes.settled()
      await server.http.json({
        method: 'POST',
        path: SPANS,
        bytes: new Blob([writeProtobufSpans(spans)]),
        headers: {
          'content-type': 'application/x-protobuf',
          'x-mlflow-experiment-id': experimentId,
          ...(runId !== undefined && { 'x-mlflow-run-id': runId }),
        },
        // A span that is there is replaced by itself.
        repeat: true,
      })
    },
    async deleteTraces(experimentId, { traceIds, maxTimestampMillis, maxTraces }) {
      const json = {
        experiment_id: experimentId,
        ...(traceIds !== undefined && { request_ids: traceIds }),
        ...(maxTimestampMillis !== undefined && { max_timestamp_millis: maxTimestampMillis }),
        ...(maxTraces !== undefined && { max_traces: maxTraces }),
      }
      const answer = await server.call({ path: 'traces/delete-traces', json })
      return numberOf(answer['traces_deleted'], 0)
    },
    setTraceTag: (traceId, key, value) =>
      done({
        method: 'PATCH',
        path: `${pathOf(traceId)}/tags`,
        json: { key, value },
        repeat: true,
      }),
    deleteTraceTag: (traceId, key) =>
      done({ method: 'DELETE', path: `${pathOf(traceId)}/tags`, json: { key }, repeat: true }),
    linkTracesToRun: (runId, traceIds) =>
      done({
        path: 'traces/link-to-run',
        json: { run_id: runId, trace_ids: traceIds },
        repeat: true,
      }),
  }
}

function assessments(
  server: Connection,
): Pick<TraceStore, Extract<keyof TraceStore, `${string}Assessment`>> {
  const call = callerOf3(server)
  const path = (traceId: string, id?: string): string =>
    `${pathOf(traceId)}/assessments${id === undefined ? '' : `/${encodeURIComponent(id)}`}`
  const one = async (made: ApiCall) => toAssessment(messageOf((await call(made))['assessment']))
  return {
    createAssessment: (traceId, assessment) =>
      one({ path: path(traceId), json: { assessment: fromAssessment(assessment) } }),
    getAssessment: (traceId, id) => one({ method: 'GET', path: path(traceId, id) }),
    updateAssessment: (traceId, id, change) =>
      one({
        method: 'PATCH',
        path: path(traceId, id),
        json: { assessment: fromAssessment(change), update_mask: maskOf(change) },
        repeat: true,
      }),
    async deleteAssessment(traceId, id) {
      await call({ method: 'DELETE', path: path(traceId, id), repeat: true })
    },
  }
}

/** Which fields a change names; proto JSON has their names in camelCase. */
function maskOf(change: Parameters<TraceStore['updateAssessment']>[2]): string {
  const named = Object.entries(change).filter(([, value]) => value !== undefined)
  return named.map(([name]) => (name === 'name' ? 'assessmentName' : name)).join(',')
}

function callerOf3(server: Connection): (call: ApiCall) => Promise<Message> {
  return async ({ path, method = 'POST', repeat = method === 'GET', ...rest }) => {
    server.http.assertOpen()
    await server.lanes.settled()
    return messageOf(await server.http.json({ ...rest, method, path: API_3 + path, repeat }))
  }
}

function pathOf(traceId: string): string {
  return `traces/${encodeURIComponent(traceId)}`
}

function hasSpans({ tags }: TraceInfo): boolean {
  return tags['mlflow.trace.spansLocation'] === 'TRACKING_STORE'
}

function inOrder<T>(
  ids: readonly string[],
  found: readonly T[],
  idOf: (item: T) => string,
): readonly T[] {
  const byId = new Map(found.map((item) => [idOf(item), item]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size))
}

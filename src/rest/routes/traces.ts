import { invalid, missing, wrongType } from '../../entities/invalid.js'
import type { Trace } from '../../entities/trace.js'
import { TrackletError } from '../../errors.js'
import type { TraceStore } from '../../store/trace-store.js'
import { defined, toCount, toTime } from '../field-values.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { bool, int64, list, message, required, text } from '../schema.js'
import { toStartTrace, traceInfoMessage, traceLocation } from '../trace-fields.js'
import { attachmentResponse, spansResponse } from '../trace-file.js'
import { traceInfoToJson, traceToJson } from '../trace-to-json.js'

const MOST_RESULTS = 500
const IN_STORE = 'TRACKING_STORE'
const LOCATION_TAG = 'mlflow.trace.spansLocation'
const IMMUTABLE = [LOCATION_TAG, 'mlflow.trace.archiveLocation']
const SET_ONLY_BY_SERVERS = 'mlflow.trace.archivalFailure'
const versions = ['3.0'] as const
const both = ['2.0', '3.0'] as const

const writing: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'traces',
    versions,
    needs: { trace: required(message({ trace_info: required(traceInfoMessage) })) },
    async answer(store, { trace }) {
      const info = await store.startTrace(toStartTrace(trace.trace_info))
      return { trace: { trace_info: traceInfoToJson(info) } }
    },
  }),
  route({
    methods: ['POST'],
    path: 'traces/delete-traces',
    versions: both,
    needs: {
      experiment_id: required(text),
      max_timestamp_millis: int64,
      max_traces: int64,
      request_ids: list(text),
    },
    async answer(store, fields) {
      const { request_ids: traceIds } = fields
      const deleted = await store.deleteTraces(fields.experiment_id, {
        ...(traceIds.length > 0 && { traceIds }),
        ...defined({
          maxTimestampMillis: toTime(fields.max_timestamp_millis, 'max_timestamp_millis'),
          maxTraces: toCount(fields.max_traces),
        }),
      })
      return { traces_deleted: deleted }
    },
  }),
  route({
    methods: ['POST'],
    path: 'traces/link-to-run',
    needs: { trace_ids: list(text), run_id: required(text) },
    async answer(store, { trace_ids: traceIds, run_id: runId }) {
      await store.linkTracesToRun(runId, traceIds)
      return {}
    },
  }),
]

const reading: readonly Route[] = [
  route({
    methods: ['GET'],
    path: 'traces/get',
    versions,
    needs: { trace_id: required(text), allow_partial: bool },
    async answer(store, { trace_id: traceId }) {
      const [trace] = await store.getTraces([traceId])
      if (trace === undefined) throw notFound(`Trace with ID ${traceId} is not found.`)
      return { trace: traceToJson(withSpans(trace)) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'traces/batchGet',
    versions,
    needs: { trace_ids: list(text) },
    async answer(store, { trace_ids: traceIds }) {
      const traces = await store.getTraces(requireIds(traceIds))
      return { traces: traces.map((trace) => traceToJson(withSpans(trace))) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'traces/batchGetInfos',
    versions,
    needs: { trace_ids: list(text) },
    async answer(store, { trace_ids: traceIds }) {
      const infos = await store.getTraceInfos(requireIds(traceIds))
      return { trace_infos: infos.map(traceInfoToJson) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'traces/search',
    versions,
    needs: {
      locations: list(traceLocation),
      filter: text,
      max_results: int64,
      order_by: list(text),
      page_token: text,
    },
    async answer(store, { locations, ...fields }) {
      if (locations.length === 0) throw missing('locations')
      const experimentIds = locations.flatMap(({ mlflow_experiment: experiment }) =>
        experiment === undefined ? [] : [experiment.experiment_id],
      )
      const { items, nextPageToken } = await searchTraces(store, { experimentIds, ...fields })
      return { traces: items.map(traceInfoToJson), next_page_token: nextPageToken }
    },
  }),
  route({
    methods: ['GET'],
    path: 'traces/:trace_id',
    versions,
    needs: {},
    async answer(store, _, { params: { trace_id: traceId = '' } }) {
      return { trace: { trace_info: traceInfoToJson(await store.getTraceInfo(traceId)) } }
    },
  }),
]

const tags: readonly Route[] = [
  route({
    methods: ['PATCH'],
    path: 'traces/:trace_id/tags',
    versions: both,
    needs: { key: required(text), value: text },
    async answer(store, { key, value = '' }, { params: { trace_id: traceId = '' } }) {
      if (key === SET_ONLY_BY_SERVERS) throw immutable(key, 'set')
      refuseImmutable(key, 'set')
      await store.setTraceTag(traceId, key, value)
      return {}
    },
  }),
  route({
    methods: ['DELETE'],
    path: 'traces/:trace_id/tags',
    versions: both,
    needs: { key: required(text) },
    async answer(store, { key }, { params: { trace_id: traceId = '' } }) {
      refuseImmutable(key, 'deleted')
      await store.deleteTraceTag(traceId, key)
      return {}
    },
  }),
]

const files: readonly Route[] = [
  route({
    methods: ['GET'],
    path: 'get-trace-artifact',
    versions: both,
    ajaxOnly: true,
    needs: { request_id: text, path: text },
    async answer(store, { request_id: traceId = '', path = '' }, { request }) {
      if (traceId === '')
        throw new TrackletError(
          'BAD_REQUEST',
          'Request must include the "request_id" query parameter.',
        )
      const [trace] = await store.getTraces([traceId])
      if (trace === undefined) throw notFound(`Trace with ID ${traceId} is not found.`)
      if (path === '') return spansResponse(store, trace, request)
      return attachmentResponse(store, trace, path, request)
    },
  }),
]

/** `traces/*`, but for what MLflow 2's clients ask. */
export const traceRoutes: readonly Route[] = [...writing, ...reading, ...tags, ...files]

/** What both versions of the search take. */
export interface SearchFields {
  readonly experimentIds: readonly string[]
  readonly filter: string | undefined
  readonly max_results: number | bigint | undefined
  readonly order_by: readonly string[]
  readonly page_token: string | undefined
}

/** A page of traces; INVALID_PARAMETER_VALUE for more than 500 at once. */
export function searchTraces(
  store: TraceStore,
  fields: SearchFields,
): ReturnType<TraceStore['searchTraces']> {
  const maxResults = toCount(fields.max_results)
  if (maxResults !== undefined && maxResults > MOST_RESULTS)
    throw wrongType('max_results', maxResults)
  return store.searchTraces({
    experimentIds: fields.experimentIds,
    orderBy: fields.order_by,
    ...defined({ filter: fields.filter, maxResults, pageToken: fields.page_token || undefined }),
  })
}

/** RESOURCE_DOES_NOT_EXIST with this message. */
function notFound(message: string): TrackletError {
  return new TrackletError('RESOURCE_DOES_NOT_EXIST', message)
}

/** The spans of older clients are among a trace's files. */
function withSpans(trace: Trace): Trace {
  if (trace.info.tags[LOCATION_TAG] === IN_STORE) return trace
  throw notFound('Trace data not stored in tracking store')
}

function requireIds(traceIds: readonly string[]): readonly string[] {
  if (traceIds.length > 0) return traceIds
  throw missing('trace_ids')
}

function refuseImmutable(key: string, done: string): void {
  if (IMMUTABLE.includes(key)) throw immutable(key, done)
}

function immutable(key: string, done: string): TrackletError {
  return invalid(`Tag '${key}' is immutable and cannot be ${done} on a trace.`)
}

import { newUuidHex } from '../../entities/ids.js'
import { missing } from '../../entities/invalid.js'
import { defined, toPairs, toTime } from '../field-values.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { choice, int64, keyValue, list, required, text } from '../schema.js'
import { traceInfoToOldJson } from '../trace-to-json.js'
import { searchTraces } from './traces.js'

/** MLflow 2's TraceStatus, as its protocol counts. */
const STATUSES = { 0: 'TRACE_STATUS_UNSPECIFIED', 1: 'OK', 2: 'ERROR', 3: 'IN_PROGRESS' } as const

const said = { request_metadata: list(keyValue), tags: list(keyValue) }

/** What MLflow 2's clients ask of traces: they begin and end one by its id, and keep the spans among its files. */
export const oldTraceRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'traces',
    needs: { experiment_id: required(text), timestamp_ms: int64, ...said },
    async answer(store, fields) {
      const info = await store.startTrace({
        traceId: newUuidHex((n) => crypto.getRandomValues(new Uint8Array(n))),
        experimentId: fields.experiment_id,
        requestTime: toTime(fields.timestamp_ms, 'timestamp_ms') ?? 0,
        state: 'IN_PROGRESS',
        traceMetadata: Object.fromEntries(toPairs(fields.request_metadata)),
        tags: Object.fromEntries(toPairs(fields.tags)),
      })
      return { trace_info: traceInfoToOldJson(info) }
    },
  }),
  route({
    methods: ['PATCH'],
    path: 'traces/:trace_id',
    needs: { timestamp_ms: int64, status: choice(STATUSES), ...said },
    async answer(store, fields, { params: { trace_id: traceId = '' } }) {
      const before = await store.getTraceInfo(traceId)
      const end = toTime(fields.timestamp_ms, 'timestamp_ms')
      if (end === undefined) throw missing('timestamp_ms')
      const { status = 'TRACE_STATUS_UNSPECIFIED' } = fields
      const info = await store.startTrace({
        traceId,
        experimentId: before.experimentId,
        requestTime: before.requestTime,
        executionDuration: end - before.requestTime,
        state: status === 'TRACE_STATUS_UNSPECIFIED' ? 'STATE_UNSPECIFIED' : status,
        traceMetadata: {
          ...before.traceMetadata,
          ...Object.fromEntries(toPairs(fields.request_metadata)),
        },
        tags: { ...before.tags, ...Object.fromEntries(toPairs(fields.tags)) },
        ...defined({
          clientRequestId: before.clientRequestId ?? undefined,
          requestPreview: before.requestPreview ?? undefined,
          responsePreview: before.responsePreview ?? undefined,
        }),
      })
      return { trace_info: traceInfoToOldJson(info) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'traces/:trace_id/info',
    needs: {},
    async answer(store, _, { params: { trace_id: traceId = '' } }) {
      return { trace_info: traceInfoToOldJson(await store.getTraceInfo(traceId)) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'traces',
    needs: {
      experiment_ids: list(text),
      filter: text,
      max_results: int64,
      order_by: list(text),
      page_token: text,
    },
    async answer(store, { experiment_ids: experimentIds, ...fields }) {
      if (experimentIds.length === 0) throw missing('experiment_ids')
      const { items, nextPageToken } = await searchTraces(store, { experimentIds, ...fields })
      return { traces: items.map(traceInfoToOldJson), next_page_token: nextPageToken }
    },
  }),
]

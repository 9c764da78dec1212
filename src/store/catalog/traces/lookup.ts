import type { TraceState } from '../../../entities/trace.js'
import { validateRequired } from '../../../entities/validate.js'
import { TrackletError } from '../../../errors.js'
import type { SqlParam, SqlValue } from '../../database.js'
import type { CatalogState } from '../state.js'

/** A trace's own row. Times are epoch milliseconds. */
export interface TraceRow {
  readonly id: number
  readonly traceId: string
  readonly experiment: number
  readonly experimentId: string
  readonly clientRequestId: string | null
  readonly requestPreview: string | null
  readonly responsePreview: string | null
  readonly requestTime: number
  readonly duration: number | null
  readonly state: TraceState
}

/** What a trace has texts by key of. */
export type TraceTexts = 'trace_tags' | 'trace_metadata'

const SELECT = `SELECT t.id, t.trace_id, t.experiment, e.experiment_id, t.client_request_id, t.request_preview,
  t.response_preview, t.request_time, t.duration, t.state FROM traces t JOIN experiments e ON e.id = t.experiment`

/** The rows of the traces for which `where` holds, by trace `t`. */
export function traceRows(
  state: CatalogState,
  where: string,
  params: readonly SqlParam[],
): TraceRow[] {
  return state.db.all(`${SELECT} WHERE ${where}`, params).map(toTraceRow)
}

/** The row of a trace of a checked id; null where there is none. */
export function traceOf(state: CatalogState, traceId: string): TraceRow | null {
  return traceRows(state, 't.trace_id = ?', [traceId])[0] ?? null
}

/** The row of a trace; RESOURCE_DOES_NOT_EXIST where there is none. */
export function findTrace(state: CatalogState, traceId: unknown): TraceRow {
  const id = validateRequired(traceId, 'trace_id')
  const found = traceOf(state, id)
  if (found === null) throw noTrace(id)
  return found
}

/** MLflow's words for a trace that does not exist. */
function noTrace(traceId: string): TrackletError {
  return new TrackletError('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${traceId}' not found.`)
}

/** One of a trace's tags or metadata; null where it lacks it. */
export function readText(
  state: CatalogState,
  table: TraceTexts,
  trace: number,
  key: string,
): string | null {
  const sql = `SELECT value FROM ${table} WHERE trace = ? AND key = ?`
  const row = state.db.get(sql, [trace, state.keys.idOf(key) ?? -1])
  return row === undefined ? null : String(row[0])
}

/** All of a trace's tags or metadata. */
export function readTexts(
  state: CatalogState,
  table: TraceTexts,
  trace: number,
): Record<string, string> {
  const rows = state.db.all(`SELECT key, value FROM ${table} WHERE trace = ?`, [trace])
  return Object.fromEntries(
    rows.map(([key, value]) => [state.keys.nameOf(Number(key)), String(value)]),
  )
}

function toTraceRow(row: readonly SqlValue[]): TraceRow {
  const [id, traceId, experiment, experimentId, client, request, response, time, duration, state] =
    row
  return {
    id: Number(id),
    traceId: String(traceId),
    experiment: Number(experiment),
    experimentId: String(experimentId),
    clientRequestId: client as string | null,
    requestPreview: request as string | null,
    responsePreview: response as string | null,
    requestTime: Number(time),
    duration: duration === null ? null : Number(duration),
    state: state as TraceState,
  }
}

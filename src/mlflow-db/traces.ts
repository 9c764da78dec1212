import { isTraceId } from '../entities/ids.js'
import { MLFLOW_TRACES } from '../entities/mlflow-traces.js'
import { TRACE_STATES } from '../entities/trace.js'
import type { TraceState } from '../entities/trace.js'
import { validateRequired } from '../entities/validate.js'
import type { SourceTrace } from '../import/source.js'
import { readAssessments } from './assessments.js'
import { LATER_TABLES, LATER_TRACE_COLUMNS } from './later-tables.js'
import { about, BadRow, checked, doubting, readRows, readTexts } from './rows.js'
import type { Row } from './rows.js'
import type { RunReading } from './runs.js'
import { readTraceContent } from './trace-content.js'
import { promotedMetadata } from './trace-metadata.js'

type TraceColumns = typeof LATER_TABLES.trace_info & typeof LATER_TRACE_COLUMNS
const OF_EXPERIMENT = 'WHERE experiment_id = CAST(? AS INTEGER) ORDER BY request_id'

/** A row of `trace_info`; columns that a release does not have are NULL. */
type TraceRow = Row<TraceColumns>

/** The traces of an experiment, of MLflow 2.14 and later; `path` is where the experiment is in the source. */
export async function* readTraces(
  reading: RunReading,
  experimentId: string,
  path: string,
): AsyncGenerator<SourceTrace, void, undefined> {
  const { db, schema, doubt } = reading
  if (!schema.hasTable('trace_info')) return
  const columns = {
    ...LATER_TABLES.trace_info,
    ...schema.only('trace_info', LATER_TRACE_COLUMNS),
  } as TraceColumns
  for (const row of readRows(db, 'trace_info', columns, OF_EXPERIMENT, [experimentId])) {
    const found = doubting(`${path}/traces`, doubt, () => {
      const traceId = row.required('request_id')
      if (!isTraceId(traceId)) throw new BadRow(`'${traceId.slice(0, 80)}' is no id of a trace`)
      const own = `${path}/traces/${traceId}`
      return {
        trace: about(`The trace '${traceId}'`, () => toTrace(reading, row, traceId, own)),
        own,
      }
    })
    if (found === null) continue
    const { trace, own } = found
    const place = { experimentId, path: own }
    yield { trace, content: () => readTraceContent(reading, trace.info, place) }
  }
}

function toTrace(
  reading: RunReading,
  row: TraceRow,
  traceId: string,
  path: string,
): SourceTrace['trace'] {
  const requestTime = row.integer('timestamp_ms')
  if (requestTime === null) throw new BadRow("'timestamp_ms' is missing")
  const name = row.text('trace_name')
  const info = {
    traceId,
    clientRequestId: row.text('client_request_id'),
    requestPreview: row.text('request_preview'),
    responsePreview: row.text('response_preview'),
    requestTime,
    executionDuration: row.integer('execution_time_ms'),
    state: toState(row.text('status')),
    traceMetadata: {
      ...textsOf(reading, 'trace_request_metadata', traceId, `${path}/request_metadata`),
      ...promotedMetadata(row),
    },
    tags: {
      ...textsOf(reading, 'trace_tags', traceId, `${path}/tags`),
      ...(name !== null && { [MLFLOW_TRACES.name]: name }),
    },
    assessments: readAssessments(reading, traceId, `${path}/assessments`),
  }
  return { info, linkedRuns: readLinkedRuns(reading, traceId, path) }
}

function textsOf(
  { db, schema, doubt }: RunReading,
  table: 'trace_tags' | 'trace_request_metadata',
  traceId: string,
  path: string,
): Record<string, string> {
  if (!schema.hasTable(table)) return {}
  const rows = readRows(db, table, LATER_TABLES[table], 'WHERE request_id = ?', [traceId])
  return readTexts(rows, ['key', 'value'], path, doubt)
}

/** The runs that a trace was linked to; the one that made it is among its metadata. */
function readLinkedRuns(
  { db, schema, doubt }: RunReading,
  traceId: string,
  path: string,
): string[] {
  if (!schema.hasTable('entity_associations')) return []
  const where = `WHERE source_id = ? AND source_type = 'trace' AND destination_type = 'run'
    ORDER BY destination_id`
  const columns = { destination_id: 'text' } as const
  const rows = readRows(db, 'entity_associations', columns, where, [traceId])
  return Array.from(rows, (row) =>
    doubting(`${path}/links`, doubt, () =>
      checked(() => validateRequired(row.text('destination_id'), 'run_id')),
    ),
  ).filter((runId) => runId !== null)
}

function toState(text: string | null): TraceState {
  return TRACE_STATES.find((known) => known === text) ?? 'STATE_UNSPECIFIED'
}

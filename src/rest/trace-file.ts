import { TrackletError } from '../errors.js'
import type { Trace } from '../entities/trace.js'
import type { Store } from '../store/store.js'
import { downloadResponse } from './artifact-download.js'
import { findPlace, safeFile } from './artifact-place.js'
import { spansToFile } from './otlp/span-to-json.js'
import { respond } from './responses.js'

/** Where clients before MLflow 3.4, and all clients of a store that takes no spans, keep a trace's spans. */
const SPANS_FILE = 'traces.json'

/** A trace's spans as a file `traces.json`: those of the store, else those that a client put among its files. */
export async function spansResponse(
  store: Store,
  trace: Trace,
  request: Request,
): Promise<Response> {
  const { info, spans } = trace
  if (info.tags['mlflow.trace.spansLocation'] !== 'TRACKING_STORE')
    return fileOf(store, trace, SPANS_FILE, request)
  return respond(spansToFile(spans), {
    type: 'text/plain',
    headers: { 'content-disposition': `attachment; filename=${SPANS_FILE}` },
  })
}

/** What was attached to a trace's span. */
export function attachmentResponse(
  store: Store,
  trace: Trace,
  path: string,
  request: Request,
): Promise<Response> {
  return fileOf(store, trace, `attachments/${safeFile(path)}`, request)
}

async function fileOf(
  store: Store,
  { info }: Trace,
  path: string,
  request: Request,
): Promise<Response> {
  const root = `${info.experimentId}/traces/${info.traceId}/artifacts`
  const place = await findPlace(store, `${root}/${path}`)
  const missing = `Trace data not found for path=${path}`
  if (place === null) throw new TrackletError('RESOURCE_DOES_NOT_EXIST', missing)
  try {
    return await downloadResponse(place.files, place, request)
  } catch (error) {
    if (error instanceof TrackletError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST')
      throw new TrackletError(error.errorCode, missing, { cause: error })
    throw error
  }
}

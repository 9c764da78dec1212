import { TrackletError } from '../../errors.js'
import type { Span } from '../../entities/trace.js'
import type { Store } from '../../store/store.js'
import type { Endpoint } from '../endpoint.js'
import { readJson } from '../json-reader.js'
import { inflateBody, tooLong, UnreadableBody } from '../otlp/inflate-body.js'
import { MalformedOtlp, UnfitSpan } from '../otlp/malformed.js'
import { readJsonSpans } from '../otlp/read-json-spans.js'
import { readProtobufSpans } from '../otlp/read-protobuf.js'
import { keepSpan, type ReceivedSpans } from '../otlp/received-spans.js'
import { readBody } from '../read-request.js'
import { jsonResponse, respond } from '../responses.js'

/** The longest body, in bytes, as sent and unpacked. */
const LONGEST_BODY = 64 * 1024 * 1024
const EXPERIMENT = 'x-mlflow-experiment-id'
const RUN = 'x-mlflow-run-id'
const [PROTOBUF, JSON_TYPE] = ['application/x-protobuf', 'application/json']

/** OTLP over HTTP: where OpenTelemetry's exporters and MLflow's clients send spans. All of a request is kept, or nothing. */
export const otlpEndpoints: readonly Endpoint[] = [
  {
    methods: ['POST'],
    path: '/v1/traces',
    async answer(request, { store }) {
      const experimentId = request.headers.get(EXPERIMENT)
      if (experimentId === null) return missingHeader()
      try {
        const spans = await readSpans(request)
        if (spans.length > 0) await keep(store, experimentId, spans, request.headers.get(RUN))
        return respond(null, { type: PROTOBUF })
      } catch (error) {
        return refusal(error)
      }
    },
  },
]

async function readSpans(request: Request): Promise<readonly Span[]> {
  const type = request.headers.get('content-type')
  const media = type?.split(';')[0]?.trim()
  if (media !== PROTOBUF && media !== JSON_TYPE)
    throw new UnreadableBody(
      400,
      `Invalid Content-Type: ${type ?? 'None'}. Expected: ${PROTOBUF} or ${JSON_TYPE}`,
    )
  const bytes = await readWhole(request)
  const { resources, spans } = media === PROTOBUF ? readProtobufSpans(bytes) : readText(bytes)
  if (resources === 0)
    throw new UnreadableBody(400, 'Invalid OpenTelemetry format - no spans found')
  return spans.map(keepSpan)
}

async function readWhole(request: Request): Promise<Uint8Array> {
  const bytes = await readBody(request, LONGEST_BODY, 'too long').catch((error: unknown) => {
    const code = error instanceof TrackletError ? error.errorCode : ''
    throw code === 'INVALID_PARAMETER_VALUE' ? tooLong(LONGEST_BODY) : error
  })
  const encoding = request.headers.get('content-encoding')
  return encoding === null ? bytes : inflateBody(bytes, encoding.toLowerCase(), LONGEST_BODY)
}

function readText(bytes: Uint8Array): ReceivedSpans {
  try {
    return readJsonSpans(readJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (error) {
    throw error instanceof MalformedOtlp ? error : new MalformedOtlp(String(error))
  }
}

async function keep(
  store: Store,
  experimentId: string,
  spans: readonly Span[],
  runId: string | null,
): Promise<void> {
  await store.logSpans(experimentId, spans, runId ? { runId } : {})
}

/** What went wrong, in the form of MLflow's server: its store's errors as they are, its own with `detail`. */
function refusal(error: unknown): Response {
  if (error instanceof UnreadableBody) return detail(error.message, error.status)
  if (error instanceof MalformedOtlp) return detail('Invalid OpenTelemetry format', 400)
  if (error instanceof UnfitSpan)
    return detail('Cannot convert OpenTelemetry span to MLflow span', 422)
  throw error
}

function detail(message: string, status: number): Response {
  return jsonResponse({ detail: message }, status)
}

function missingHeader(): Response {
  const problem = { type: 'missing', loc: ['header', EXPERIMENT], msg: 'Field required' }
  return respond(JSON.stringify({ detail: [{ ...problem, input: null }] }), {
    status: 422,
    type: JSON_TYPE,
  })
}

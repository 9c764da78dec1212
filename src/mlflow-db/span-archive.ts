import type { Span } from '../entities/trace.js'
import { MalformedOtlp, UnfitSpan } from '../rest/otlp/malformed.js'
import { keepSpan } from '../rest/otlp/received-spans.js'
import { BadMeta } from '../mlruns/read/meta.js'

/**
 * The spans of a trace that MLflow has archived: OTLP's TracesData in protobuf (mlflow/tracing/otel/otel_archival.py),
 * which is written as an ExportTraceServiceRequest is. BadMeta for anything else.
 */
export async function readArchive(bytes: Uint8Array): Promise<Span[]> {
  // Few imports need it.
  const { readProtobufSpans } = await import('../rest/otlp/read-protobuf.js')
  try {
    return readProtobufSpans(bytes).spans.map(keepSpan)
  } catch (error) {
    if (error instanceof MalformedOtlp || error instanceof UnfitSpan)
      throw new BadMeta(error.message)
    throw error
  }
}

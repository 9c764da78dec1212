import type { Store } from '../store/store.js'
import { zipChunks } from '../zip/zip-writer.js'
import { toByteStream } from './byte-stream.js'
import type { ExportOptions } from './export-options.js'
import { ExportTally, type ExportReport } from './export-report.js'
import { storeFiles } from './store-files.js'

/** An export under way: the zip's bytes, and once they are all read, what is in it. */
export interface Export {
  readonly stream: ReadableStream<Uint8Array>
  /** Rejects, as the stream does, when the export fails or is given up. */
  readonly report: Promise<ExportReport>
}

/**
 * A store as a zip of MLflow's file store (`mlruns/`), with artifacts, made while it is read: nothing is
 * prepared ahead, and at most one metric's history, or the points of a few logged models, is in memory. Points are in
 * order of step. The same content makes the same bytes.
 * The stream errors with CANCELLED once `signal` is aborted, RESOURCE_DOES_NOT_EXIST for ids that are not there,
 * INVALID_PARAMETER_VALUE for options or a filter that are wrong.
 */
export function exportZip(store: Store, options: ExportOptions = {}): ReadableStream<Uint8Array> {
  return exportRuns(store, options).stream
}

/** The same as `exportZip`, with a report of what was written and what the format cannot hold. */
export function exportRuns(store: Store, options: ExportOptions = {}): Export {
  const tally = new ExportTally(options.onProgress)
  const chunks = zipChunks(storeFiles(store, options, tally))
  const { stream, done } = toByteStream(chunks, options.signal)
  const report = done.then(() => tally.report())
  report.catch(() => undefined)
  return { stream, report }
}

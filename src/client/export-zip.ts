import {
  checkExportOptions,
  EXPORT_ZIP_OPTIONS,
  type ExportZipOptions,
} from '../mlruns/export-options.js'
import { checkKnown } from './known-options.js'
import type { Session } from './session.js'

interface Reading {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  /** Once all is read, what `onReport` is told. */
  readonly tell: () => Promise<void>
}

/** The zip as a stream; the code that writes it is loaded when reading begins. Bad options throw at once. */
export function exportZip(
  session: Session,
  options: ExportZipOptions = {},
): ReadableStream<Uint8Array> {
  session.assertOpen()
  checkKnown('exportZip', options, EXPORT_ZIP_OPTIONS)
  checkExportOptions(options)
  let reading: Promise<Reading> | null = null
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reading ??= open(session, options)
        const { reader, tell } = await reading
        const next = await reader.read()
        if (!next.done) return controller.enqueue(next.value)
        await tell()
        controller.close()
      },
      async cancel(reason) {
        await (await reading)?.reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

async function open(session: Session, options: ExportZipOptions): Promise<Reading> {
  const { exportRuns } = await import('../mlruns/export-zip.js')
  const { stream, report } = exportRuns(session.store, options)
  return { reader: stream.getReader(), tell: async () => options.onReport?.(await report) }
}

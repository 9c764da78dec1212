import { checkExportOptions, EXPORT_OPTIONS, type ExportOptions } from '../mlruns/export-options.js'
import { checkKnown } from './known-options.js'
import type { Session } from './session.js'

/** The zip as a stream; the code that writes it is loaded when reading begins. Bad options throw at once. */
export function exportZip(
  session: Session,
  options: ExportOptions = {},
): ReadableStream<Uint8Array> {
  session.assertOpen()
  checkKnown('exportZip', options, EXPORT_OPTIONS)
  checkExportOptions(options)
  let reader: Promise<ReadableStreamDefaultReader<Uint8Array>> | null = null
  const open = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const zip = await import('../mlruns/export-zip.js')
    return zip.exportZip(session.store, options).getReader()
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= open()
        const next = await (await reader).read()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel(reason) {
        await (await reader)?.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

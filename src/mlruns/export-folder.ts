import { NameRefused, type NewFolder } from '../artifacts/file-access.js'
import { throwIfAborted, toTrackletError } from '../errors.js'
import type { Store } from '../store/store.js'
import type { ZipEntry } from '../zip/zip-writer.js'
import type { ExportOptions } from './export-options.js'
import { ExportTally, type ExportReport } from './export-report.js'
import { storeFiles } from './store-files.js'

/**
 * What `exportZip` has in a zip, as files and folders; with a report of what was written and what the format, or this file
 * system, cannot hold. Where it fails, or `signal` is aborted, all that was written is removed.
 */
export async function exportFolder(
  store: Store,
  folder: NewFolder,
  options: ExportOptions = {},
): Promise<ExportReport> {
  const tally = new ExportTally(options.onProgress)
  try {
    throwIfAborted(options.signal)
    for await (const entry of storeFiles(store, options, tally)) {
      await writeEntry(folder, entry, tally, options.signal)
      throwIfAborted(options.signal)
    }
  } catch (error) {
    // The first failure is told; one more of a broken disk would only hide it.
    await folder.discard().catch(() => undefined)
    throw toTrackletError(error)
  }
  return tally.report()
}

async function writeEntry(
  folder: NewFolder,
  entry: ZipEntry,
  tally: ExportTally,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    if (entry.path.endsWith('/')) await folder.makeFolder(entry.path.slice(0, -1))
    else await folder.writeFile(entry.path, content(entry, signal))
  } catch (error) {
    if (!(error instanceof NameRefused)) throw error
    tally.skip('', 'files', entry.path, error.message)
  }
}

async function* content(
  { bytes, stream }: ZipEntry,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes !== undefined) yield bytes
  if (stream === undefined) return
  for await (const part of stream.parts()) {
    throwIfAborted(signal)
    yield part
  }
}

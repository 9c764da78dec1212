import { checkImportOptions, IMPORT_OPTIONS } from '../import/import-options.js'
import type { ImportOptions } from '../import/import-options.js'
import type { ImportAccess } from '../import/import-access.js'
import type { ArtifactsInput, ImportInput } from './open-input.js'
import type { ImportReport } from '../import/report.js'
import type { ZipLimits } from '../zip/zip-tree.js'
import { checkKnown } from './known-options.js'
import type { Session } from './session.js'

/** How `importFrom` takes things in. */
export interface ImportFrom extends ImportOptions {
  /** What an archive may unpack to. */
  readonly limits?: ZipLimits
  /**
   * Where a database's artifacts are, by default the `mlruns` and `mlartifacts` beside it: the folder that holds these, or
   * one of them, or what a server was given as `--artifacts-destination`.
   */
  readonly artifacts?: ArtifactsInput
}

const OPTIONS = [...IMPORT_OPTIONS, 'limits', 'artifacts']

/** Takes in what was tracked elsewhere; the code that does it is loaded when called. Bad options are refused first. */
export async function importFrom(
  session: Session,
  input: ImportInput,
  options: ImportFrom = {},
): Promise<ImportReport> {
  session.assertOpen()
  checkKnown('importFrom', options, OPTIONS)
  checkImportOptions(options)
  const [{ openInput }, driver] = await Promise.all([
    import('./open-input.js'),
    import('../import/import-source.js'),
  ])
  const access = session.imports ?? IN_MEMORY
  return driver.importFrom(
    session.store,
    (doubt) => openInput(input, access, options, doubt),
    options,
  )
}

/** Imports of what is in memory. A page's Blobs are kept on its disk where they are large. */
export const IN_MEMORY: ImportAccess = {
  async keep(stream) {
    const blob = await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).blob()
    return (await import('../import/byte-source.js')).blobSource(blob)
  },
  sqlite: async () => (await import('../store/database.js')).loadSqlite(),
}

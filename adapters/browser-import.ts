import { IN_MEMORY } from '../src/client/import-from.js'
import { TrackletError } from '../src/errors.js'
import type { ImportAccess } from '../src/import/import-access.js'
import type { Sqlite } from '../src/store/database.js'
import { WASM_DIRECTIVE } from './browser-policy.js'
import { loadSqliteWasm } from './sqlite-wasm.js'

/** Imports in a page: a database is read by SQLite in the page itself, loaded when one comes. */
export const browserImports: ImportAccess = { ...IN_MEMORY, sqlite }

async function sqlite(): Promise<Sqlite> {
  const { module } = await loadSqliteWasm()
  const { loadSqlite } = await import('../src/store/database.js')
  if (module !== null) return loadSqlite(async () => module)
  throw new TrackletError(
    'PERMISSION_DENIED',
    `Databases cannot be read in this page: its content security policy lacks ${WASM_DIRECTIVE}.`,
  )
}

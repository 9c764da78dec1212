import { TrackletError } from '../errors.js'
import { SCHEMA_UPGRADES, SCHEMA_VERSION } from './schema.js'

/** What a row may hold where the version is kept. */
type Stored = number | string | Uint8Array | null | undefined

/**
 * Brings a catalog that an older release wrote up to this one's schema: `stored` is the version that it says it has,
 * `runScript` runs statements in it. DATA_LOSS for a database that is no catalog, INVALID_STATE for a newer release's.
 */
export function upgradeSchema(stored: Stored, runScript: (sql: string) => void): void {
  let version = Number(stored)
  for (let sql; (sql = SCHEMA_UPGRADES[version]) !== undefined; version++) runScript(sql)
  if (version !== SCHEMA_VERSION) throw wrongVersion(stored)
  if (String(version) !== stored)
    runScript(`UPDATE meta SET value = '${version}' WHERE name = 'schema_version'`)
}

/** Whether an error says that a catalog has the wrong version, rather than that it cannot be read. */
export function isAboutVersion(error: unknown): boolean {
  return error instanceof TrackletError && error.cause === undefined
}

function wrongVersion(version: Stored): TrackletError {
  return new TrackletError(
    Number(version) > SCHEMA_VERSION ? 'INVALID_STATE' : 'DATA_LOSS',
    `The catalog has version ${String(version)}, this release reads version ${SCHEMA_VERSION}. ` +
      'Open it with the release that wrote it, or a newer one.',
  )
}

import type { Database } from '../../src/store/database.js'
import { SCHEMA_UPGRADES, SCHEMA_VERSION } from '../../src/store/schema.js'

/** Turns a new catalog into one of an older version: what its upgrades make is dropped. */
export function downgradeCatalog(db: Database, version: number): void {
  for (let from = version; from < SCHEMA_VERSION; from++) {
    const made = SCHEMA_UPGRADES[from]!.matchAll(/^CREATE (TABLE|INDEX) (\w+)/gm)
    for (const [, kind, name] of made) db.run(`DROP ${kind} IF EXISTS ${name}`)
  }
  db.run("UPDATE meta SET value = ? WHERE name = 'schema_version'", [String(version)])
}

import type { Plan } from '../commands.js'
import { Draft } from './draft.js'
import type { CatalogState } from './state.js'

const KEYED_TABLES = `SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
  WHERE t.type = 'table' AND c.name = 'key' AND c.type = 'INTEGER'`

/**
 * Gives names to keys whose definition was lost with a damaged part of the journal, so that what has them can be read:
 * `lost key <id>`.
 */
export function planNameLostKeys(state: CatalogState): Plan<void> {
  const draft = new Draft(state)
  const tables = state.db.all(KEYED_TABLES).map(([name]) => `SELECT key FROM ${String(name)}`)
  const lost = `SELECT key FROM (${tables.join(' UNION ')}) WHERE key NOT IN (SELECT id FROM keys)`
  for (const [id] of state.db.all(lost))
    draft.add({ t: 'defineKey', id: Number(id), name: `lost key ${Number(id)}` })
  return draft.plan(() => undefined)
}

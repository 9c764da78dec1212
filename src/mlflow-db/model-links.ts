import type { ModelOutput } from '../entities/logged-model.js'
import { validateModelOutput } from '../entities/validate-logged-model.js'
import type { Doubt } from '../import/source.js'
import type { ForeignDatabase } from './foreign-database.js'
import { checked, doubting, readRows } from './rows.js'
import type { Schema } from './tables.js'

const COLUMNS = { destination_id: 'text', step: 'integer' } as const
const OF_RUN = 'WHERE source_id = ? AND source_type = ? AND destination_type = ? ORDER BY rowid'

/** Which links of a run to logged models. */
type Role = 'INPUT' | 'OUTPUT'

/** Logged models of MLflow 3 that a run has used, or made and at which step; `path` is where the run is in the source. */
export function readModelLinks(
  { db, schema, doubt }: { db: ForeignDatabase; schema: Schema; doubt: Doubt },
  role: Role,
  runId: string,
  path: string,
): ModelOutput[] {
  // MLflow 2 has no such column, and no such links.
  if (!schema.has('inputs', 'step')) return []
  const params = [runId, `RUN_${role}`, `MODEL_${role}`]
  const links: ModelOutput[] = []
  for (const row of readRows(db, 'inputs', COLUMNS, OF_RUN, params)) {
    const link = doubting(`${path}/${role.toLowerCase()}s`, doubt, () => {
      const output = { modelId: row.required('destination_id'), step: row.integer('step') ?? 0 }
      return checked(() => validateModelOutput(output, links.length))
    })
    if (link !== null) links.push(link)
  }
  return links
}

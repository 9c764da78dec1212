import type { Doubt } from '../import/source.js'
import type { ForeignDatabase } from './foreign-database.js'
import type { Schema } from './tables.js'

/** Tables of things that are not taken, with a column each that they have in all releases. */
const NOT_TAKEN = [
  ['logged_models', 'model_id', 'logged models'],
  ['trace_info', 'request_id', 'traces'],
  ['evaluation_datasets', 'dataset_id', 'evaluation datasets'],
] as const

const ORPHANS = `SELECT count(*) FROM runs WHERE experiment_id IS NULL
  OR experiment_id NOT IN (SELECT experiment_id FROM experiments WHERE experiment_id IS NOT NULL)`

/** Tells what a database holds that is not taken from it. */
export function tellLeftOut(db: ForeignDatabase, schema: Schema, doubt: Doubt): void {
  for (const [table, column, name] of NOT_TAKEN) {
    const count = schema.has(table, column) ? countOf(db, `SELECT count(*) FROM "${table}"`) : 0
    if (count > 0) doubt(table, `It holds ${count} ${name}, which were left out.`)
  }
  const orphans = countOf(db, ORPHANS)
  if (orphans > 0)
    doubt('runs', `${orphans} runs name no experiment that is there: they were left out.`)
}

function countOf(db: ForeignDatabase, sql: string): number {
  const [count] = [...db.rows(sql)].flat()
  return Number(count)
}

import { canonicalExperimentId } from '../../../entities/ids.js'
import { validateText } from '../../../entities/validate.js'
import type { CatalogState } from '../state.js'
import type { AskedNames, TakenNames } from '../../import-store.js'

const EXPERIMENT = 'SELECT experiment_id, name FROM experiments WHERE'

/** Which of some ids and names are here already. */
export function findTaken({ db }: CatalogState, names: AskedNames): TakenNames {
  const look = (given: readonly string[] | undefined, sql: string, column = 0) =>
    Object.fromEntries(
      (given ?? []).flatMap((name) => {
        const row = db.get(sql, [validateText(name, 'name')])
        return row === undefined ? [] : [[name, String(row[column])]]
      }),
    )
  const ids = names.experimentIds?.map((id) => canonicalExperimentId(id))
  return {
    experiments: look(ids, `${EXPERIMENT} experiment_id = ?`, 1),
    experimentNames: look(names.experimentNames, `${EXPERIMENT} name = ?`),
    runs: look(names.runIds, experimentOf('runs', 'run_id')),
    loggedModels: look(names.loggedModelIds, experimentOf('logged_models', 'model_id')),
    traces: look(names.traceIds, experimentOf('traces', 'trace_id')),
    assessments: look(
      names.assessmentIds,
      'SELECT t.trace_id FROM assessments a JOIN traces t ON t.id = a.trace WHERE a.assessment_id = ?',
    ),
    models: Object.keys(look(names.modelNames, 'SELECT name FROM models WHERE name = ?')),
  }
}

function experimentOf(table: 'runs' | 'logged_models' | 'traces', column: string): string {
  return `SELECT e.experiment_id FROM ${table} o JOIN experiments e ON e.id = o.experiment WHERE o.${column} = ?`
}

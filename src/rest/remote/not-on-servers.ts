import { TrackletError } from '../../errors.js'

const WHY = {
  purge:
    "MLflow's servers remove nothing for good over their protocol: delete it, and have `mlflow gc` run beside the server.",
  watch:
    "MLflow's servers tell no changes: watching is for stores in this process. Read again what you show, every few seconds.",
  sql: "MLflow's servers take no SQL: use searchRuns or runsTable, or load the runs into a store in this process.",
  import:
    "MLflow's servers take in nothing with its ids and times over their protocol: import into a store in this process.",
  storage: "MLflow's servers do not tell what they store: ask who runs the server.",
  syntax:
    "MLflow's servers know the syntax 'mlflow' only: leave out `syntax`, and write a filter of clauses joined by AND.",
} as const

/** Rejects with NOT_IMPLEMENTED and what to do instead. */
export function notOnServers(what: keyof typeof WHY): Promise<never> {
  return Promise.reject(notImplemented(what))
}

/** NOT_IMPLEMENTED, with what to do instead. */
export function notImplemented(what: keyof typeof WHY): TrackletError {
  return new TrackletError('NOT_IMPLEMENTED', WHY[what])
}

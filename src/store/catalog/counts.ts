import type { CatalogState } from './state.js'

/** How many things a catalog holds, deleted ones too. */
export interface CatalogCounts {
  readonly experiments: number
  readonly runs: number
  readonly series: number
}

/** Counts them. */
export function readCounts(state: CatalogState): CatalogCounts {
  const sql =
    'SELECT (SELECT count(*) FROM experiments), (SELECT count(*) FROM runs), (SELECT count(*) FROM series)'
  const [experiments, runs, series] = state.db.get(sql) ?? []
  return { experiments: Number(experiments), runs: Number(runs), series: Number(series) }
}

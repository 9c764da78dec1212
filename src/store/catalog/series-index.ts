import type { Counters } from '../commands.js'
import type { Database } from '../database.js'
import { SERIES_OF_RUN } from '../schema.js'

/** What sets a run's series of one key apart: MLflow 3's logged model and dataset, '' for none. */
export interface SeriesContext {
  readonly modelId: string
  readonly datasetName: string
  readonly datasetDigest: string
}

/** The context of points that belong to no model or dataset. */
export const NO_CONTEXT: SeriesContext = { modelId: '', datasetName: '', datasetDigest: '' }

const MOST_RUNS = 5000

/** A run's series without a context, of those below `upTo`. */
interface RunSeries {
  readonly byKey: Map<number, number>
  upTo: number
}

/**
 * From (run, key, context) to series. Series and runs are never renumbered, so what was read stays true,
 * and only series defined since then have to be read anew.
 */
export class SeriesIndex {
  readonly #db: Database
  readonly #counters: Counters
  readonly #runs = new Map<number, RunSeries>()

  /** `counters` are the store's own: they tell whether there are series that were not read yet. */
  constructor(db: Database, counters: Counters) {
    this.#db = db
    this.#counters = counters
  }

  /** The series of a run's key; undefined where it has none yet. */
  find(run: number, key: number, context: SeriesContext): number | undefined {
    if (context !== NO_CONTEXT) return this.#findWithContext(run, key, context)
    const known = this.#runs.get(run) ?? this.#remember(run)
    const series = known.byKey.get(key)
    if (series !== undefined || known.upTo === this.#counters.series) return series
    this.#readNew(run, known)
    return known.byKey.get(key)
  }

  /** All series of a run's key, of every model and dataset. */
  ofKey(run: number, key: number): number[] {
    const rows = this.#db.all(`SELECT s.id ${SERIES_OF_RUN} AND s.key = ?`, [run, key])
    return rows.map(([id]) => Number(id))
  }

  #findWithContext(run: number, key: number, context: SeriesContext): number | undefined {
    const { modelId, datasetName, datasetDigest } = context
    const sql = `SELECT s.id ${SERIES_OF_RUN} AND s.key = ? AND s.context =
      (SELECT id FROM contexts WHERE model_id = ? AND dataset_name = ? AND dataset_digest = ?)`
    const row = this.#db.get(sql, [run, key, modelId, datasetName, datasetDigest])
    return row === undefined ? undefined : Number(row[0])
  }

  #readNew(run: number, known: RunSeries): void {
    const sql = `SELECT s.id, s.key FROM series_spans g CROSS JOIN series s
      ON s.id BETWEEN max(g.first, ?) AND g.last WHERE g.run = ? AND g.last >= ? AND s.context = 0`
    for (const [id, key] of this.#db.all(sql, [known.upTo, run, known.upTo]))
      known.byKey.set(Number(key), Number(id))
    known.upTo = this.#counters.series
  }

  #remember(run: number): RunSeries {
    if (this.#runs.size >= MOST_RUNS) this.#runs.clear()
    const known = { byKey: new Map<number, number>(), upTo: 0 }
    this.#runs.set(run, known)
    return known
  }
}

import type { Database } from '../database.js'

/** What sets a run's series of one key apart: MLflow 3's logged model and dataset, '' for none. */
export interface SeriesContext {
  readonly modelId: string
  readonly datasetName: string
  readonly datasetDigest: string
}

/** The context of points that belong to no model or dataset. */
export const NO_CONTEXT: SeriesContext = { modelId: '', datasetName: '', datasetDigest: '' }

const MOST_KNOWN = 200_000

/** From (run, key, context) to series. Series and runs are never renumbered, so what was read stays true. */
export class SeriesIndex {
  readonly #db: Database
  readonly #plain = new Map<number, Map<number, number>>()
  #known = 0

  constructor(db: Database) {
    this.#db = db
  }

  /** The series of a run's key; undefined where it has none yet. */
  find(run: number, key: number, context: SeriesContext): number | undefined {
    if (context !== NO_CONTEXT) return this.#findWithContext(run, key, context)
    const known = this.#plain.get(run)?.get(key)
    if (known !== undefined) return known
    const sql = 'SELECT id FROM series WHERE run = ? AND key = ? AND context = 0'
    const row = this.#db.get(sql, [run, key])
    return row === undefined ? undefined : this.#keep(run, key, Number(row[0]))
  }

  /** All series of a run's key, of every model and dataset. */
  ofKey(run: number, key: number): number[] {
    const sql = 'SELECT id FROM series WHERE run = ? AND key = ? ORDER BY id'
    return this.#db.all(sql, [run, key]).map(([id]) => Number(id))
  }

  #findWithContext(run: number, key: number, context: SeriesContext): number | undefined {
    const sql = `SELECT s.id FROM series s JOIN contexts c ON c.id = s.context
      WHERE s.run = ? AND s.key = ? AND c.model_id = ? AND c.dataset_name = ? AND c.dataset_digest = ?`
    const { modelId, datasetName, datasetDigest } = context
    const row = this.#db.get(sql, [run, key, modelId, datasetName, datasetDigest])
    return row === undefined ? undefined : Number(row[0])
  }

  #keep(run: number, key: number, series: number): number {
    if (this.#known >= MOST_KNOWN) {
      this.#plain.clear()
      this.#known = 0
    }
    let ofRun = this.#plain.get(run)
    if (ofRun === undefined) this.#plain.set(run, (ofRun = new Map()))
    ofRun.set(key, series)
    this.#known++
    return series
  }
}

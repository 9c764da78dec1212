import { isRandomId } from '../entities/ids.js'
import { validateText } from '../entities/validate.js'
import { holds } from '../import/clean.js'
import type { Doubt, SourceSeries } from '../import/source.js'
import type { Cell, ForeignDatabase } from './foreign-database.js'
import { MODEL_POINTS, RUN_POINTS, RUN_POINTS_OF_NO_MODEL } from './metrics-sql.js'
import { Points } from './points.js'
import type { Schema } from './tables.js'

/** What MLflow's SQL store writes in place of the infinities (`sanitize_metric_value` of sqlalchemy_store.py). */
const CLAMPED = Number.MAX_VALUE

type Identity = Omit<SourceSeries, 'steps' | 'timestamps' | 'values'>

interface MetricReading {
  readonly db: ForeignDatabase
  readonly schema: Schema
  readonly doubt: Doubt
}

/**
 * The points of a run, by key and by (timestamp, step, value), as MLflow orders them; then those that are logged models',
 * by model. Rows that are none are doubted and left out; the greatest doubles, which may have been infinities, are doubted
 * and kept.
 */
export async function* readMetrics(
  { db, schema, doubt }: MetricReading,
  runId: string,
  path: string,
): AsyncGenerator<SourceSeries, void, undefined> {
  const doubts = new KeyDoubts(path, doubt)
  if (!hasModelPoints(db, schema, runId)) yield* readSeries(db, RUN_POINTS, runId, doubts)
  else {
    yield* readSeries(db, RUN_POINTS_OF_NO_MODEL, runId, doubts)
    yield* readSeries(db, MODEL_POINTS, runId, doubts)
  }
}

function hasModelPoints(db: ForeignDatabase, schema: Schema, runId: string): boolean {
  if (!schema.hasTable('logged_model_metrics')) return false
  return (
    [...db.rows('SELECT 1 FROM logged_model_metrics WHERE run_id = ? LIMIT 1', [runId])].length > 0
  )
}

const BAD_POINTS = 'It has rows that are no points: they were left out.'
const BAD_MODEL = 'It has points of a model or a dataset without a usable name: they were left out.'
const CLAMPED_POINTS =
  'It has values of 1.7976931348623157e+308 or its negative, which the database keeps in place of infinities: they were taken as they are.'
const MODEL_ALONE = "It has points in a logged model's history alone: the run has them now."

/** The series of one of the statements of `metrics-sql.ts`, in stretches. */
function* readSeries(
  db: ForeignDatabase,
  sql: string,
  runId: string,
  doubts: KeyDoubts,
): Generator<SourceSeries, void, undefined> {
  let [series, last, points]: [Identity | null, readonly Cell[], Points] = [null, [], new Points()]
  for (const row of db.rows(sql, [runId])) {
    if (!isSame(row, last) || points.full) {
      if (series !== null && !points.empty) yield { ...series, ...points.take() }
      series = toIdentity(row, doubts)
      last = row
    }
    if (series === null) continue
    const value = points.add(row[1]!, row[2]!, row[3]!, row[4]!)
    if (value === null) doubts.add(series.key, BAD_POINTS)
    else if (Math.abs(value) === CLAMPED) doubts.add(series.key, CLAMPED_POINTS)
    if (value !== null && row[8] === 0) doubts.add(series.key, MODEL_ALONE)
  }
  if (series !== null && !points.empty) yield { ...series, ...points.take() }
}

/** Whether two rows are of one series: of a key, and of a model and a dataset where there are such columns. */
function isSame(a: readonly Cell[], b: readonly Cell[]): boolean {
  return a[0] === b[0] && a[5] === b[5] && a[6] === b[6] && a[7] === b[7]
}

/** Whose points they are; null, and doubted, where that cannot be told. */
function toIdentity(row: readonly Cell[], doubts: KeyDoubts): Identity | null {
  const [key = null, , , , , modelId, datasetName, datasetDigest] = row
  if (typeof key !== 'string') {
    doubts.add('?', BAD_POINTS)
    return null
  }
  if (row.length <= 5) return { key }
  const isGood =
    typeof modelId === 'string' &&
    isRandomId(modelId) &&
    isName(datasetName) &&
    isName(datasetDigest)
  if (!isGood) {
    doubts.add(key, BAD_MODEL)
    return null
  }
  return {
    key,
    modelId,
    ...(datasetName !== '' && { datasetName }),
    ...(datasetDigest !== '' && { datasetDigest }),
  }
}

function isName(cell: Cell | undefined): cell is string {
  return (
    typeof cell === 'string' &&
    holds(
      () => validateText(cell, 'name'),
      '',
      () => undefined,
    )
  )
}

/** Tells each reason once a key. */
class KeyDoubts {
  readonly #path: string
  readonly #doubt: Doubt
  readonly #told = new Set<string>()

  constructor(path: string, doubt: Doubt) {
    this.#path = path
    this.#doubt = doubt
  }

  add(key: string, reason: string): void {
    const id = JSON.stringify([key, reason])
    if (this.#told.has(id)) return
    this.#told.add(id)
    this.#doubt(`${this.#path}/${key}`, reason)
  }
}

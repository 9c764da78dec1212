import type { Int64, Int64Column } from '../entities/int64.js'
import type { Doubt, SourceSeries } from '../import/source.js'
import type { Cell, ForeignDatabase } from './foreign-database.js'

/** Points held at a time. */
const SLICE = 32_768
/** What MLflow's SQL store writes in place of the infinities (`sanitize_metric_value` of sqlalchemy_store.py). */
const CLAMPED = Number.MAX_VALUE

// A key that is no text, or that sql.js would cut at a NUL, comes as NULL.
const POINTS = `SELECT
    CASE WHEN typeof("key") = 'text' AND instr(CAST("key" AS BLOB), x'00') = 0 THEN "key" END,
    timestamp, step, value, is_nan
  FROM metrics WHERE run_uuid = ? ORDER BY "key", timestamp, step, value`

/**
 * The points of a run, by key and by (timestamp, step, value), as MLflow orders them. Rows that are none are doubted and
 * left out; the greatest doubles, which may have been infinities, are doubted and kept.
 */
export async function* readMetrics(
  db: ForeignDatabase,
  runId: string,
  path: string,
  doubt: Doubt,
): AsyncGenerator<SourceSeries, void, undefined> {
  const doubts = new KeyDoubts(path, doubt)
  let [key, points] = ['', new Points()]
  for (const [name = null, ...cells] of db.rows(POINTS, [runId])) {
    if (typeof name !== 'string') {
      doubts.add('?', BAD_POINTS)
      continue
    }
    if (name !== key || points.full) {
      if (!points.empty) yield { key, ...points.take() }
      key = name
    }
    const value = points.add(cells)
    if (value === null) doubts.add(key, BAD_POINTS)
    else if (Math.abs(value) === CLAMPED) doubts.add(key, CLAMPED_POINTS)
  }
  if (!points.empty) yield { key, ...points.take() }
}

const BAD_POINTS = 'It has rows that are no points: they were left out.'
const CLAMPED_POINTS =
  'It has values of 1.7976931348623157e+308 or its negative, which the database keeps in place of infinities: they were taken as they are.'

/** Points on their way into columns. */
class Points {
  #steps: Int64[] = []
  #times: Int64[] = []
  #values: number[] = []

  get full(): boolean {
    return this.#values.length >= SLICE
  }

  get empty(): boolean {
    return this.#values.length === 0
  }

  /** The value that was added; null for cells that are no point. */
  add([time = null, step = null, value = null, isNan = null]: readonly Cell[]): number | null {
    const number = isNan === 1 ? NaN : value
    if (!isInt64(time) || time < 0 || !isInt64(step) || typeof number !== 'number') return null
    this.#steps.push(step)
    this.#times.push(time)
    this.#values.push(number)
    return number
  }

  take(): Pick<SourceSeries, 'steps' | 'timestamps' | 'values'> {
    const stretch = {
      steps: toColumn(this.#steps),
      timestamps: toColumn(this.#times),
      values: Float64Array.from(this.#values),
    }
    this.#steps = []
    this.#times = []
    this.#values = []
    return stretch
  }
}

function isInt64(cell: Cell): cell is Int64 {
  return typeof cell === 'bigint' || Number.isSafeInteger(cell)
}

function toColumn(values: readonly Int64[]): Int64Column {
  return values.every((value) => typeof value === 'number')
    ? Float64Array.from(values)
    : BigInt64Array.from(values, BigInt)
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

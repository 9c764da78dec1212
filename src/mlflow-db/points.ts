import type { Int64 } from '../entities/int64.js'
import type { SourceSeries } from '../import/source.js'
import { toInt64Column } from '../series/int64-column.js'
import type { Cell } from './foreign-database.js'

/** Points held at a time. */
const SLICE = 32_768

/** Points of one series on their way into columns. */
export class Points {
  #steps: Int64[] = []
  #times: Int64[] = []
  #values: number[] = []

  /** Whether it is time to take them. */
  get full(): boolean {
    return this.#values.length >= SLICE
  }

  get empty(): boolean {
    return this.#values.length === 0
  }

  /** Adds one; its value, or null for cells that are no point. */
  add(time: Cell, step: Cell, value: Cell, isNan: Cell): number | null {
    const number = isNan === 1 ? NaN : value
    if (!isInt64(time) || time < 0 || !isInt64(step) || typeof number !== 'number') return null
    this.#steps.push(step)
    this.#times.push(time)
    this.#values.push(number)
    return number
  }

  /** What was added since the last time. */
  take(): Pick<SourceSeries, 'steps' | 'timestamps' | 'values'> {
    const stretch = {
      steps: toInt64Column(this.#steps),
      timestamps: toInt64Column(this.#times),
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

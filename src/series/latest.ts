import type { Int64, Int64Column } from '../entities/int64.js'
import { Int64Buffer, toInt64 } from './int64-column.js'

/** The point of a series that MLflow shows as its latest. */
export interface Latest {
  readonly step: Int64
  /** Epoch milliseconds. */
  readonly timestamp: Int64
  readonly value: number
}

/** Whether `point` takes the place of `other`: greater (step, timestamp, value), NaN counted as 0. */
export function isLater(point: Latest, other: Latest): boolean {
  if (point.step !== other.step) return point.step > other.step
  if (point.timestamp !== other.timestamp) return point.timestamp > other.timestamp
  return rank(point.value) > rank(other.value)
}

/** The latest point of every series, kept in columns: some 32 bytes a series. */
export class LatestTable {
  /** Slot of a series id, 0 for none, in pages of 1,024 ids. */
  readonly #pages: (Int32Array | undefined)[] = []
  #used = 1
  #capacity = 64
  #series = new Uint32Array(64)
  #steps = new Int64Buffer(64)
  #times = new Int64Buffer(64)
  #values = new Float64Array(64)

  /** Takes in points in order of arrival. */
  add(series: Uint32Array, steps: Int64Column, times: Int64Column, values: Float64Array): void {
    if (steps instanceof Float64Array && times instanceof Float64Array) {
      const from = this.#addNarrow(series, steps, times, values)
      if (from === series.length) return
      this.#addEach(series, steps, times, values, from)
    } else this.#addEach(series, steps, times, values, 0)
  }

  /** The latest point of a series, if it has any. */
  get(series: number): Latest | undefined {
    const slot = this.#slot(series)
    return slot === 0 ? undefined : this.#at(slot)
  }

  /** Forgets a series. */
  remove(series: number): void {
    const page = this.#pages[series >>> 10]
    if (page !== undefined) page[series & 1023] = 0
  }

  /** Takes in what a younger table holds. */
  merge(younger: LatestTable): void {
    for (const { series, ...point } of younger.entries()) this.#put(series, point)
  }

  /** Every series with its latest point. */
  *entries(): Generator<{ readonly series: number } & Latest> {
    for (let slot = 1; slot < this.#used; slot++) {
      const series = this.#series[slot]!
      if (this.#slot(series) === slot) yield { series, ...this.#at(slot) }
    }
  }

  /** The hot path; gives the index of the first point it cannot take because the table is wide. */
  #addNarrow(
    series: Uint32Array,
    steps: Float64Array,
    times: Float64Array,
    values: Float64Array,
  ): number {
    let lastSteps = this.#steps.column
    let lastTimes = this.#times.column
    if (lastSteps instanceof BigInt64Array || lastTimes instanceof BigInt64Array) return 0
    for (let i = 0; i < series.length; i++) {
      const id = series[i]!
      const page = this.#pages[id >>> 10]
      let slot = page === undefined ? 0 : page[id & 1023]!
      const step = steps[i]!
      const time = times[i]!
      if (slot === 0) {
        slot = this.#newSlot(id)
        lastSteps = this.#steps.column as Float64Array
        lastTimes = this.#times.column as Float64Array
      } else if (step <= lastSteps[slot]!) {
        if (step < lastSteps[slot]! || time < lastTimes[slot]!) continue
        if (time === lastTimes[slot]! && rank(values[i]!) <= rank(this.#values[slot]!)) continue
      }
      lastSteps[slot] = step + 0
      lastTimes[slot] = time + 0
      this.#values[slot] = values[i]!
    }
    return series.length
  }

  #addEach(
    series: Uint32Array,
    steps: Int64Column,
    times: Int64Column,
    values: Float64Array,
    from: number,
  ): void {
    for (let i = from; i < series.length; i++) {
      const point = { step: toInt64(steps[i]!), timestamp: toInt64(times[i]!), value: values[i]! }
      this.#put(series[i]!, point)
    }
  }

  #put(series: number, point: Latest): void {
    let slot = this.#slot(series)
    if (slot !== 0 && !isLater(point, this.#at(slot))) return
    if (slot === 0) slot = this.#newSlot(series)
    this.#steps.write(slot, columnOf(point.step), 0, 1)
    this.#times.write(slot, columnOf(point.timestamp), 0, 1)
    this.#values[slot] = point.value
  }

  #slot(series: number): number {
    return this.#pages[series >>> 10]?.[series & 1023] ?? 0
  }

  #at(slot: number): Latest {
    const step = toInt64(this.#steps.column[slot]!)
    const timestamp = toInt64(this.#times.column[slot]!)
    return { step, timestamp, value: this.#values[slot]! }
  }

  #newSlot(series: number): number {
    if (this.#used === this.#capacity) this.#grow(this.#capacity * 2)
    const slot = this.#used++
    const page = (this.#pages[series >>> 10] ??= new Int32Array(1024))
    page[series & 1023] = slot
    this.#series[slot] = series
    return slot
  }

  #grow(capacity: number): void {
    const series = new Uint32Array(capacity)
    const values = new Float64Array(capacity)
    series.set(this.#series)
    values.set(this.#values)
    this.#series = series
    this.#values = values
    this.#steps = this.#steps.grown(capacity, this.#used)
    this.#times = this.#times.grown(capacity, this.#used)
    this.#capacity = capacity
  }
}

function rank(value: number): number {
  return value === value ? value : 0
}

function columnOf(value: Int64): Int64Column {
  return typeof value === 'bigint' ? BigInt64Array.of(value) : Float64Array.of(value)
}

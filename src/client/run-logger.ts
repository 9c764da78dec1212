import type { Int64 } from '../entities/int64.js'
import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { Run, RunInfo } from '../entities/run.js'
import { invalid } from '../entities/invalid.js'
import { validateParam, validateTag } from '../entities/validate.js'
import { TrackletError } from '../errors.js'
import type { RunLedger } from './run-ledger.js'
import type { Session } from './session.js'
import {
  metricValueToNumber,
  recordEntries,
  recordToPairs,
  shown,
  toStep,
  toTimestamp,
  valueToText,
  type MetricValue,
  type ParamValue,
  type Timestamp,
} from './values.js'

/** Where and when a metric's value belongs. */
export interface MetricOptions {
  /** 0 by default; fractions are cut, and beyond 2^53 a bigint is needed. */
  readonly step?: Int64
  /** Now by default. */
  readonly timestamp?: Timestamp
}

/** Many points of one metric, as columns of equal length. */
export interface SeriesInput {
  readonly steps: ArrayLike<Int64>
  readonly values: ArrayLike<number>
  /** Epoch milliseconds; now for all of them when absent. */
  readonly timestamps?: ArrayLike<Int64>
}

/**
 * The writes of a run handle that return nothing: checked at the call, visible to every later read of the
 * tracker, stored soon. What the store refuses later surfaces at `flush()`, at `end()` and as an error event.
 */
export abstract class RunLogger {
  protected readonly session: Session
  protected readonly ledger: RunLedger
  protected runInfo: RunInfo
  protected ended = false
  readonly #givenParams: ReadonlyMap<string, string>
  #params: Map<string, string>
  #refusedBefore = 0

  constructor(session: Session, run: Run) {
    this.session = session
    this.runInfo = run.info
    this.ledger = session.batcher.acquire(run.info.runId)
    this.#givenParams = new Map(Object.entries(run.data.params))
    this.#params = new Map(this.#givenParams)
  }

  /** The run's id. */
  get id(): string {
    return this.runInfo.runId
  }

  /** What the run is, as this handle knows it. */
  get info(): RunInfo {
    return this.runInfo
  }

  /** Whether this handle still takes writes: not after `end()`. */
  get isActive(): boolean {
    return !this.ended
  }

  /** Metric points of this run that could not be stored. */
  get lost(): number {
    return this.ledger.lost
  }

  /** Resolves when at most 4 MiB of logged data are on the way: for loops that want to wait. */
  get ready(): Promise<void> {
    return this.session.batcher.ready()
  }

  /** Logs one value of a metric. INVALID_PARAMETER_VALUE for a bad key, value, step or time. */
  logMetric(key: string, value: MetricValue, options?: MetricOptions): void {
    if (this.ended) this.refuseEnded()
    const number = typeof value === 'number' ? value : metricValueToNumber(value)
    const step = options === undefined ? 0 : toStep(options.step)
    const timestamp =
      options === undefined ? Date.now() : toTimestamp(options.timestamp, key, number)
    this.session.batcher.addPoint(this.ledger, key, number, step, timestamp)
  }

  /** Logs several metrics at one step and time; none of them when one is refused at the call. */
  logMetrics(metrics: Readonly<Record<string, MetricValue>>, options: MetricOptions = {}): void {
    this.assertWritable()
    const { batcher } = this.session
    const values = recordEntries(metrics, 'Metrics').map(
      ([key, value]) => [key, metricValueToNumber(value)] as const,
    )
    const step = toStep(options.step)
    const now = options.timestamp ?? Date.now()
    const points = values.map(([key, value]) => [key, value, toTimestamp(now, key, value)] as const)
    for (const [key] of points) batcher.checkKey(key)
    for (const [key, value, time] of points) batcher.addPoint(this.ledger, key, value, step, time)
  }

  /** Logs many points of one metric; none of them when one is refused at the call. */
  logSeries(key: string, series: SeriesInput): void {
    this.assertWritable()
    const { steps, values, timestamps } = checkSeries(key, series)
    const { batcher } = this.session
    const now = Date.now()
    batcher.checkKey(key)
    for (let i = 0; i < values.length; i++) {
      const value = metricValueToNumber(values[i])
      const time = timestamps === undefined ? now : toTimestamp(timestamps[i], key, value)
      batcher.addPoint(this.ledger, key, value, toStep(steps[i]), time)
    }
  }

  /**
   * Logs a param and gives its value back. The same value again is fine; another one is
   * INVALID_PARAMETER_VALUE: params do not change. For the text that is kept see `ParamValue`.
   */
  logParam<T extends ParamValue>(key: string, value: T): T {
    this.assertWritable()
    this.#sendParams([[key, valueToText(value, key)]])
    return value
  }

  /** Logs several params; none of them when one is refused. */
  logParams(params: Readonly<Record<string, ParamValue>>): void {
    this.assertWritable()
    this.#sendParams(recordToPairs(params, 'Params'))
  }

  /** Sets a tag; values become text as those of params do. */
  setTag(key: string, value: ParamValue): void {
    this.assertWritable()
    this.#sendTags([[key, valueToText(value, key)]])
  }

  /** Sets several tags; none of them when one is refused. */
  setTags(tags: Readonly<Record<string, ParamValue>>): void {
    this.assertWritable()
    this.#sendTags(recordToPairs(tags, 'Tags'))
  }

  /** Notes a write that could not be made, as if the store had refused it: thrown by `flush()` and `end()`. */
  noteRefusal(error: TrackletError): void {
    this.session.batcher.refuse(this.ledger, error)
  }

  /** Throws INVALID_STATE when the run was ended by this handle or the tracker is closed. */
  protected assertWritable(): void {
    this.session.assertOpen()
    if (this.ended) this.refuseEnded()
  }

  /** Throws INVALID_STATE: the handle has ended its run. */
  protected refuseEnded(): never {
    this.session.assertOpen()
    throw new TrackletError(
      'INVALID_STATE',
      `Run ${this.id} has been ended by this handle. ` +
        `Take a new one with 'await tracker.openRun("${this.id}")' to write more.`,
    )
  }

  #sendParams(pairs: readonly [key: string, value: string][]): void {
    this.#forgetAfterRefusal()
    const cut = pairs.map(([key, value]) => validateParam(key, value, this.session.truncate))
    for (const [key, value] of cut) this.#checkUnchanged(key, value)
    if (pairs.length === 0) return
    this.session.batcher.addOp(this.ledger, 'params', pairs)
    for (const [key, value] of cut) this.#params.set(key, value)
  }

  #checkUnchanged(key: string, value: string): void {
    const known = this.#params.get(key)
    if (known === undefined || known === value) return
    throw invalid(
      `Changing param values is not allowed. Param with key='${key}' was already logged with ` +
        `value='${known}' for run ID='${this.id}'. Attempted logging new value '${value}'.`,
    )
  }

  /** A refused write may have been a param: what the handle set is then no longer certain. */
  #forgetAfterRefusal(): void {
    if (this.ledger.refusals === this.#refusedBefore) return
    this.#refusedBefore = this.ledger.refusals
    this.#params = new Map(this.#givenParams)
  }

  #sendTags(pairs: readonly [key: string, value: string][]): void {
    for (const [key, value] of pairs) validateTag(key, value, this.session.truncate)
    if (pairs.length === 0) return
    this.session.batcher.addOp(this.ledger, 'tags', pairs)
    for (const [key, value] of pairs)
      if (key === MLFLOW_TAGS.runName) this.runInfo = { ...this.runInfo, runName: value }
  }
}

/** Looks at every point before the first is logged. */
function checkSeries(key: string, series: SeriesInput): SeriesInput {
  if (typeof series !== 'object' || series === null)
    throw invalid(`A series is an object with steps and values, not ${shown(series)}.`)
  const { steps, values, timestamps } = series
  const count = lengthOf(values, 'values')
  checkLength(steps, 'steps', count)
  if (timestamps !== undefined) checkLength(timestamps, 'timestamps', count)
  for (let i = 0; i < count; i++) {
    const value = metricValueToNumber(values[i])
    toStep(steps[i])
    if (timestamps !== undefined) toTimestamp(timestamps[i], key, value)
  }
  return series
}

function checkLength(column: unknown, name: string, count: number): void {
  const length = lengthOf(column, name)
  if (length === count) return
  throw invalid(`A series needs as many ${name} as values: got ${length} for ${count}.`)
}

function lengthOf(column: unknown, name: string): number {
  const length = (column as ArrayLike<unknown> | null | undefined)?.length
  if (typeof length === 'number') return length
  throw invalid(`The ${name} of a series must be an array, not ${shown(column)}.`)
}

import type { Int64 } from '../entities/int64.js'
import { TrackletError, toTrackletError, type ErrorCode } from '../errors.js'
import type { KeyValue } from '../entities/log-batch.js'
import type {
  Buffered,
  BufferedOp,
  PointColumns,
  Refusal,
  TrackingStore,
} from '../store/tracking-store.js'
import { PointBuffer } from './point-buffer.js'
import { RunLedger } from './run-ledger.js'
import { unref } from '../util/unref.js'

const SEND_AFTER_MS = 50
const SEND_AT_POINTS = 65_536
const SEND_AT_OP_BYTES = 256 * 1024
const POINT_BYTES = 32
const OP_BYTES = 64
/** Checked keys that are remembered. */
const MAX_KNOWN_KEYS = 100_000
/** Past this many bytes on the way, `ready` waits. */
const READY_BYTES = 4 * 1024 * 1024

/** What a batcher needs beside a store. */
export interface BatcherOptions {
  /** Bytes that may be on the way before a log call is refused. */
  readonly maxBytes: number
  /** Checks a metric key that was not seen before; throws. */
  readonly checkMetricKey: (key: string) => void
  /** Told of each refused write, as soon as it is known. */
  readonly onError: (error: TrackletError) => void
}

/**
 * Collects the void writes of all run handles of one tracker and sends them on: after 50 ms, at once when
 * somebody waits, or when enough has come together. One timer, and only while something is buffered.
 */
export class Batcher {
  readonly #store: TrackingStore
  readonly #options: BatcherOptions
  readonly #ledgers = new Map<string, RunLedger>()
  readonly #points = new PointBuffer()
  readonly #keys = new KeyTable()
  readonly #inFlight = new Set<Promise<void>>()
  #runs: RunLedger[] = []
  #ops: BufferedOp[] = []
  #opBytes = 0
  /** Buffered or sent, and not yet acknowledged. */
  #unstoredBytes = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  #waiting: (() => void)[] = []
  #stopped = false

  constructor(store: TrackingStore, options: BatcherOptions) {
    this.#store = store
    this.#options = options
  }

  /** The ledger of a run, shared by all its handles; give it back with `release`. */
  acquire(runId: string): RunLedger {
    const ledger = this.#ledgers.get(runId) ?? new RunLedger(runId)
    this.#ledgers.set(runId, ledger)
    ledger.holders++
    return ledger
  }

  /** Forgets a run's ledger once no handle holds it and all it knew has been told. */
  release(ledger: RunLedger): void {
    ledger.holders--
    if (ledger.holders <= 0 && !ledger.hasRefusals) this.#ledgers.delete(ledger.runId)
  }

  /** Buffers a metric point. RESOURCE_EXHAUSTED, once per run, when too much is on the way already. */
  addPoint(ledger: RunLedger, key: string, value: number, step: Int64, timestamp: Int64): void {
    if (this.#stopped) refuseStopped()
    let index = this.#keys.indexOf(key)
    if (index < 0) index = this.#keys.open(key, this.#options.checkMetricKey)
    if (this.#unstoredBytes + POINT_BYTES > this.#options.maxBytes) {
      this.#overflow(ledger, 1)
      return
    }
    this.#unstoredBytes += POINT_BYTES
    if (ledger.index < 0) this.#openRun(ledger)
    this.#points.push(ledger.index, index, step, timestamp, value)
    if (this.#points.length >= SEND_AT_POINTS) this.sendNow()
    else if (this.#timer === null) this.#arm()
  }

  /** Buffers params or tags, as one write. */
  addOp(ledger: RunLedger, kind: 'params' | 'tags', pairs: readonly KeyValue[]): void {
    if (this.#stopped) refuseStopped()
    const bytes = opBytes(pairs)
    if (this.#unstoredBytes + bytes > this.#options.maxBytes) {
      this.#overflow(ledger, 0)
      return
    }
    this.#unstoredBytes += bytes
    this.#opBytes += bytes
    const { runId } = ledger
    this.#ops.push(
      kind === 'params' ? { kind, runId, params: pairs } : { kind, runId, tags: pairs },
    )
    if (this.#opBytes >= SEND_AT_OP_BYTES) this.sendNow()
    else if (this.#timer === null) this.#arm()
  }

  /** Sends what is buffered, in this very turn. */
  sendNow(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#points.length === 0 && this.#ops.length === 0) return
    const bytes = this.#points.length * POINT_BYTES + this.#opBytes
    const delivery = this.#deliver(this.#take()).then(() => this.#stored(bytes))
    this.#inFlight.add(delivery)
    void delivery.then(() => this.#inFlight.delete(delivery))
  }

  /** Sends what is buffered and resolves when all of it is stored or refused. Never rejects. */
  async settle(): Promise<void> {
    this.sendNow()
    await Promise.all(this.#inFlight)
  }

  /** Resolves once at most 4 MiB are on the way. */
  async ready(): Promise<void> {
    if (this.#unstoredBytes <= READY_BYTES) return
    this.sendNow()
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Notes a write that never came to the store. */
  refuse(ledger: RunLedger, error: TrackletError): void {
    ledger.refuse(error, 0)
    this.#options.onError(error)
  }

  /** Refusals of one run, or of all, that nobody was told yet; null when there are none. */
  takeRefusals(ledger?: RunLedger): TrackletError | null {
    const ledgers = ledger === undefined ? [...this.#ledgers.values()] : [ledger]
    const errors = ledgers.flatMap((one) => one.take() ?? [])
    for (const one of ledgers) if (one.holders <= 0) this.#ledgers.delete(one.runId)
    const [first] = errors
    if (first === undefined || errors.length === 1) return first ?? null
    const message = `Writes of ${errors.length} runs could not be stored. ${first.message}`
    return new TrackletError(first.errorCode, message, { cause: first.cause })
  }

  /** Sends what is buffered and takes no more. */
  stop(): void {
    this.sendNow()
    this.#stopped = true
  }

  /** Throws for a bad metric key. */
  checkKey(key: string): void {
    if (this.#keys.indexOf(key) < 0) this.#keys.check(key, this.#options.checkMetricKey)
  }

  #openRun(ledger: RunLedger): void {
    ledger.index = this.#runs.length
    this.#runs.push(ledger)
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.sendNow(), SEND_AFTER_MS)
    unref(this.#timer)
  }

  #take(): Buffered {
    const ops = this.#ops
    const runs = this.#runs.map((ledger) => ledger.runId)
    const points =
      this.#points.length === 0 ? null : { runs, keys: this.#keys.take(), ...this.#points.take() }
    for (const ledger of this.#runs) ledger.index = -1
    this.#runs = []
    this.#ops = []
    this.#opBytes = 0
    return { ops, points }
  }

  async #deliver(buffered: Buffered): Promise<void> {
    // Counted before the columns are moved away with the call.
    const counts = pointsOfRuns(buffered.points)
    try {
      for (const refusal of await this.#store.logBuffered(buffered)) this.#refuse(refusal)
    } catch (error) {
      for (const refusal of refusalsOfAll(buffered, counts, toTrackletError(error)))
        this.#refuse(refusal, error)
    }
  }

  #stored(bytes: number): void {
    this.#unstoredBytes -= bytes
    if (this.#unstoredBytes > READY_BYTES) return
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #refuse(refusal: Refusal, cause?: unknown): void {
    const code = refusal.errorCode as ErrorCode
    const error = new TrackletError(code, refusal.message, cause === undefined ? {} : { cause })
    const ledger = this.#ledgers.get(refusal.runId) ?? new RunLedger(refusal.runId)
    this.#ledgers.set(refusal.runId, ledger)
    ledger.refuse(error, refusal.points)
    this.#options.onError(error)
  }

  #overflow(ledger: RunLedger, points: number): void {
    const limit = Math.round(this.#options.maxBytes / 1024 / 1024)
    const error = new TrackletError(
      'RESOURCE_EXHAUSTED',
      `More than ${limit} MiB of logged data wait to be stored. ` +
        `Let the loop wait with 'await run.ready' now and then.`,
    )
    if (ledger.overflowTold) {
      if (!ledger.hasRefusals) this.#options.onError(error)
      ledger.refuse(error, points)
      return
    }
    ledger.overflowTold = true
    ledger.lost += points
    throw error
  }
}

/** Metric keys as small integers: one look-up for a key that is in the batch already. */
class KeyTable {
  readonly #known = new Set<string>()
  #index = new Map<string, number>()

  /** The key's index in this batch; -1 when it has none. */
  indexOf(key: string): number {
    return this.#index.get(key) ?? -1
  }

  /** Gives the key an index, after `check` when it was never seen before. */
  open(key: string, check: (key: string) => void): number {
    this.check(key, check)
    const index = this.#index.size
    this.#index.set(key, index)
    return index
  }

  /** Checks a key that was never seen before. */
  check(key: string, check: (key: string) => void): void {
    if (this.#known.has(key)) return
    check(key)
    if (this.#known.size >= MAX_KNOWN_KEYS) this.#known.clear()
    this.#known.add(key)
  }

  /** The batch's keys by index; forgets them. */
  take(): string[] {
    const keys = [...this.#index.keys()]
    this.#index = new Map()
    return keys
  }
}

function pointsOfRuns(points: PointColumns | null): number[] {
  if (points === null) return []
  if (points.runs.length === 1) return [points.run.length]
  const counts = new Array<number>(points.runs.length).fill(0)
  for (const run of points.run) counts[run] = (counts[run] ?? 0) + 1
  return counts
}

function refusalsOfAll(
  { ops, points }: Buffered,
  counts: readonly number[],
  error: TrackletError,
): Refusal[] {
  const { errorCode, message } = error
  const refusals: Refusal[] = ops.map(({ runId }) => ({ runId, errorCode, message, points: 0 }))
  points?.runs.forEach((runId, run) =>
    refusals.push({ runId, errorCode, message, points: counts[run] ?? 0 }),
  )
  return refusals
}

function refuseStopped(): never {
  throw new TrackletError('INVALID_STATE', 'The tracker is closed. Open it again to go on.')
}

function opBytes(pairs: readonly KeyValue[]): number {
  let bytes = OP_BYTES
  for (const [key, value] of pairs) bytes += key.length + value.length + OP_BYTES
  return bytes
}

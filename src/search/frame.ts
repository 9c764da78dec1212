import type { RunStatus } from '../entities/run.js'
import { grown } from './frame-column.js'
import type { LatestCell } from './metric-cells.js'
import { MetricCells } from './metric-cells.js'
import { TextCells } from './text-cells.js'

/** A dataset that a run uses, as filters see it. */
export interface DatasetLink {
  readonly name: string
  readonly digest: string
  /** The input's tag `mlflow.data.context`; null without one. */
  readonly context: string | null
}

/** What a run is, as a frame keeps it. */
export interface FrameRow {
  /** The run's internal id. */
  readonly run: number
  readonly runId: string
  readonly name: string
  readonly userId: string
  readonly status: RunStatus
  readonly startTime: number
  readonly endTime: number | null
  readonly deleted: boolean
}

/** Where a row stands: shown in the active or the deleted view, or gone. */
export const ROW_ACTIVE = 0
/** See ROW_ACTIVE. */
export const ROW_DELETED = 1
/** See ROW_ACTIVE. */
export const ROW_GONE = 2

/** Numbers that were worked out of histories, by row: only those whose `known` is 1 still hold. */
export interface DerivedCells {
  readonly values: Float64Array
  readonly known: Uint8Array
}

/** The attributes of all rows, as a stored frame gives them. */
export interface FrameAttributes {
  readonly runs: Uint32Array
  readonly runIds: string[]
  readonly states: Uint8Array
  readonly startTimes: Float64Array
  readonly endTimes: Float64Array
  readonly names: TextCells
  readonly users: TextCells
  readonly statuses: TextCells
}

/** Cells of all keys, by the key's id in the catalog's dictionary. */
export type KeyedCells<T> = Map<number, T>

/**
 * The runs of one experiment as columns: attributes, latest metrics, params, tags, linked datasets. Derived from the
 * catalog, which fills and patches it; searched by `evaluate` and `rankRows`. A row keeps its place until it is purged.
 */
export class RunFrame {
  /** The experiment's internal id. */
  readonly experiment: number
  readonly experimentId: string
  readonly artifactLocation: string
  readonly metrics: KeyedCells<MetricCells> = new Map()
  readonly params: KeyedCells<TextCells> = new Map()
  readonly tags: KeyedCells<TextCells> = new Map()
  names = new TextCells()
  users = new TextCells()
  statuses = new TextCells()
  /** Internal run ids, run ids, by row. */
  runs: Uint32Array = new Uint32Array(16)
  runIds: string[] = []
  /** ROW_ACTIVE, ROW_DELETED or ROW_GONE, by row. */
  states: Uint8Array = new Uint8Array(16)
  startTimes: Float64Array = new Float64Array(16)
  /** NaN where a run has not ended. */
  endTimes: Float64Array = new Float64Array(16)
  readonly links = new Map<number, readonly DatasetLink[]>()
  /** Numbers out of metrics' histories, as filters asked for them so far, by what they are. */
  readonly derived = new Map<string, DerivedCells>()
  /** Rows, those that are gone included. */
  length = 0
  /** Rises with every change. */
  version = 0
  readonly #rowOf = new Map<number, number>()
  #measured = { version: -1, bytes: 0 }

  /** An empty frame of the experiment with this internal id. */
  constructor(experiment: number, experimentId: string, artifactLocation: string) {
    this.experiment = experiment
    this.experimentId = experimentId
    this.artifactLocation = artifactLocation
  }

  /** The row of an internal run id; undefined where it has none. */
  rowOf(run: number): number | undefined {
    return this.#rowOf.get(run)
  }

  /** Stores a run's attributes, in a new row where it has none; gives the row. */
  put(row: FrameRow): number {
    const at = this.#rowOf.get(row.run) ?? this.#newRow(row.run)
    this.runs[at] = row.run
    this.runIds[at] = row.runId
    this.states[at] = row.deleted ? ROW_DELETED : ROW_ACTIVE
    this.startTimes[at] = row.startTime
    this.endTimes[at] = row.endTime ?? Number.NaN
    this.names.set(at, row.name, this.length)
    this.users.set(at, row.userId, this.length)
    this.statuses.set(at, row.status, this.length)
    this.version++
    return at
  }

  /** Forgets what a row's run logged, before it is stored anew. */
  clear(row: number): void {
    for (const cells of [this.metrics, this.params, this.tags])
      for (const column of cells.values()) column.remove(row)
    for (const { known } of this.derived.values()) known[row] = 0
    this.links.delete(row)
    this.version++
  }

  /** Takes a purged run out. */
  drop(run: number): void {
    const row = this.#rowOf.get(run)
    if (row === undefined) return
    this.clear(row)
    this.states[row] = ROW_GONE
    this.#rowOf.delete(run)
  }

  /** Stores the latest point of a metric. */
  setMetric(row: number, key: number, cell: LatestCell): void {
    const cells = this.metrics.get(key) ?? addCells(this.metrics, key, new MetricCells())
    cells.set(row, this.startTimes[row]!, cell, this.length)
  }

  /** Stores a param. */
  setParam(row: number, key: number, value: string): void {
    const cells = this.params.get(key) ?? addCells(this.params, key, new TextCells())
    cells.set(row, value, this.length)
  }

  /** Stores a tag. */
  setTag(row: number, key: number, value: string): void {
    const cells = this.tags.get(key) ?? addCells(this.tags, key, new TextCells())
    cells.set(row, value, this.length)
  }

  /** To be called once a frame is built or patched: keys into order, indexes that are not needed any more away. */
  settle(): void {
    for (const cells of [this.metrics, this.params, this.tags]) sortKeys(cells)
    for (const column of this.#textColumns()) column.settle()
  }

  /** Bytes that the frame takes, about; measured again after changes only. */
  get bytes(): number {
    if (this.#measured.version !== this.version)
      this.#measured = { version: this.version, bytes: this.#measure() }
    return this.#measured.bytes
  }

  #measure(): number {
    let bytes = this.states.length * 21 + this.length * 110 + this.links.size * 200
    for (const column of this.#textColumns()) bytes += column.bytes
    for (const cells of this.metrics.values()) bytes += cells.bytes
    for (const { values } of this.derived.values()) bytes += values.length * 9
    return bytes
  }

  *#textColumns(): Generator<TextCells> {
    yield this.names
    yield this.users
    yield this.statuses
    yield* this.params.values()
    yield* this.tags.values()
  }

  #newRow(run: number): number {
    if (this.length === this.states.length) this.reserve(Math.max(16, this.length * 2))
    const row = this.length++
    this.#rowOf.set(run, row)
    return row
  }

  /** Takes up attributes that are there already, for as many rows as `runs` has. */
  load(columns: FrameAttributes): void {
    Object.assign(this, columns)
    this.length = columns.runs.length
    for (let row = 0; row < this.length; row++)
      if (this.states[row] !== ROW_GONE) this.#rowOf.set(this.runs[row]!, row)
  }

  /** Makes room for this many rows. */
  reserve(rows: number): void {
    if (rows <= this.states.length) return
    this.runs = grown(this.runs, rows)
    this.states = grown(this.states, rows)
    this.startTimes = grown(this.startTimes, rows)
    this.endTimes = grown(this.endTimes, rows)
  }
}

function addCells<T>(cells: KeyedCells<T>, key: number, column: T): T {
  cells.set(key, column)
  return column
}

function sortKeys(cells: KeyedCells<unknown>): void {
  if (isSorted(cells.keys())) return
  const sorted = [...cells].sort(([a], [b]) => a - b)
  cells.clear()
  for (const [key, column] of sorted) cells.set(key, column)
}

function isSorted(keys: Iterable<number>): boolean {
  let last = -1
  for (const key of keys) {
    if (key < last) return false
    last = key
  }
  return true
}

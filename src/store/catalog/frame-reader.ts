import { MLFLOW_TAGS } from '../../entities/mlflow-tags.js'
import type { RunStatus } from '../../entities/run.js'
import type { DatasetLink, FrameRow } from '../../search/frame.js'
import { RunFrame } from '../../search/frame.js'
import type { LatestCell } from '../../search/metric-cells.js'
import type { SqlParam, SqlValue } from '../database.js'
import { laterOf, readLatest } from './latest.js'
import type { CatalogState } from './state.js'

const RUN_COLUMNS = 'id, run_id, name, user_id, status, start_time, end_time, deleted_time'

/** How rows of runs are read: those of an experiment, or one. `runs` is a list of run ids to join with. */
interface Scope {
  readonly param: SqlParam
  readonly runs: string
}

const OF_EXPERIMENT = '(SELECT id FROM runs WHERE experiment = ? ORDER BY id)'
const ONE = '(SELECT ? AS id)'

/** All runs of an experiment as columns; null where there is no such experiment (any more). */
export function readFrame(state: CatalogState, experiment: number): RunFrame | null {
  const frame = newFrame(state, experiment)
  if (frame === null) return null
  const sql = `SELECT ${RUN_COLUMNS} FROM runs WHERE experiment = ? ORDER BY id`
  const count = Number(
    state.db.get('SELECT count(*) FROM runs WHERE experiment = ?', [experiment])?.[0],
  )
  frame.reserve(count)
  state.db.each(sql, [experiment], (row) => frame.put(rowToFrameRow(row)))
  readData(state, frame, { param: experiment, runs: OF_EXPERIMENT })
  frame.settle()
  return frame
}

/** A frame without rows; null where there is no such experiment. */
function newFrame(state: CatalogState, experiment: number): RunFrame | null {
  const sql = 'SELECT experiment_id, artifact_location FROM experiments WHERE id = ?'
  const row = state.db.get(sql, [experiment])
  return row === undefined ? null : new RunFrame(experiment, String(row[0]), String(row[1]))
}

/** Reads one run anew into its frame; takes it out where it was purged. */
export function patchFrame(state: CatalogState, frame: RunFrame, run: number): void {
  const row = state.db.get(`SELECT ${RUN_COLUMNS} FROM runs WHERE id = ?`, [run])
  if (row === undefined) return frame.drop(run)
  const known = frame.rowOf(run)
  if (known !== undefined) frame.clear(known)
  frame.put(rowToFrameRow(row))
  readData(state, frame, { param: run, runs: ONE })
}

function rowToFrameRow(row: readonly SqlValue[]): FrameRow {
  const [run, runId, name, userId, status, startTime, endTime, deletedTime] = row
  return {
    run: Number(run),
    runId: String(runId),
    name: String(name),
    userId: String(userId),
    status: status as RunStatus,
    startTime: Number(startTime),
    endTime: endTime as number | null,
    deleted: deletedTime !== null,
  }
}

function readData(state: CatalogState, frame: RunFrame, scope: Scope): void {
  const { db } = state
  const { param, runs } = scope
  const pairs = (table: string): string =>
    `SELECT d.run, d.key, d.value FROM ${runs} r CROSS JOIN ${table} d ON d.run = r.id`
  db.each(pairs('params'), [param], ([run, key, value]) =>
    frame.setParam(rowOf(frame, run), Number(key), value as string),
  )
  db.each(pairs('tags'), [param], ([run, key, value]) =>
    frame.setTag(rowOf(frame, run), Number(key), value as string),
  )
  readMetrics(state, frame, scope)
  readLinks(state, frame, scope)
}

function readMetrics({ db, latest }: CatalogState, frame: RunFrame, { param, runs }: Scope): void {
  const sql = `SELECT s.id, s.step, s.time, s.value, s.key, s.run, s.context FROM ${runs} r
    CROSS JOIN series_spans g ON g.run = r.id CROSS JOIN series s ON s.id BETWEEN g.first AND g.last`
  db.each(sql, [param], (row) => {
    const point = laterOf(readLatest(db, row), latest.latest(Number(row[0])))
    if (point !== undefined) putLatest(frame, rowOf(frame, row[5]), Number(row[4]), point)
  })
}

/** A key's series of several models and datasets share one cell: the latest of all. */
function putLatest(frame: RunFrame, row: number, key: number, point: LatestCell): void {
  const before = frame.metrics.get(key)?.get(row, frame.startTimes[row]!)
  if (laterOf(before, point) === point) frame.setMetric(row, key, point)
}

function readLinks({ db }: CatalogState, frame: RunFrame, { param, runs }: Scope): void {
  const sql = `SELECT i.run, d.name, d.digest, t.value FROM ${runs} r CROSS JOIN inputs i ON i.run = r.id
    JOIN datasets d ON d.id = i.dataset LEFT JOIN input_tags t
    ON t.run = i.run AND t.dataset = i.dataset AND t.name = '${MLFLOW_TAGS.datasetContext}'`
  db.each(sql, [param], ([run, name, digest, context]) => {
    const row = rowOf(frame, run)
    const link: DatasetLink = {
      name: String(name),
      digest: String(digest),
      context: context as string | null,
    }
    frame.links.set(row, [...(frame.links.get(row) ?? []), link])
  })
}

function rowOf(frame: RunFrame, run: SqlValue | undefined): number {
  return frame.rowOf(Number(run))!
}

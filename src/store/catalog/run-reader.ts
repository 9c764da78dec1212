import { appendToLocation } from '../../entities/artifact-location.js'
import type { DatasetInput } from '../../entities/dataset.js'
import type { Metric } from '../../entities/metric.js'
import type { Run, RunData, RunInfo, RunStatus } from '../../entities/run.js'
import { validateRequired } from '../../entities/validate.js'
import { TrackletError } from '../../errors.js'
import type { SqlValue } from '../database.js'
import { SERIES_OF_RUN } from '../schema.js'
import { laterOf, readLatest } from './latest.js'
import { NO_MODELS, readRunModels } from './logged-models/links.js'
import { findRun } from './lookup.js'
import type { CatalogState, LatestPoint } from './state.js'

/** A run's columns as `rowToRun` takes them, of `runs r JOIN experiments e`. */
const RUN_SELECT = `SELECT r.id, r.run_id, e.experiment_id, r.name, r.user_id, r.status, r.start_time,
  r.end_time, r.deleted_time, e.artifact_location FROM runs r JOIN experiments e ON e.id = r.experiment`

const LATEST_SQL = `SELECT s.id, s.step, s.time, s.value, s.key ${SERIES_OF_RUN}`

/** A run, whole; RESOURCE_DOES_NOT_EXIST where there is none. */
export function getRun(state: CatalogState, runId: string): Run {
  return rowToRun(state, findRow(state, runId))
}

/** A run's info alone. */
export function getRunInfo(state: CatalogState, runId: string): RunInfo {
  return rowToInfo(findRow(state, runId))
}

/** A run's start, params and tags. */
export interface RunTexts {
  readonly runId: string
  readonly startTime: number
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

/** A run's start, params and tags alone; RESOURCE_DOES_NOT_EXIST where there is none. */
export function getRunTexts(state: CatalogState, runId: string): RunTexts {
  const { id } = findRun(state, runId)
  const row = state.db.get('SELECT start_time FROM runs WHERE id = ?', [id])
  const { params, tags } = readTexts(state, id)
  return { runId, startTime: Number(row?.[0]), params, tags }
}

/** A run out of a row of `RUN_SELECT`. */
function rowToRun(state: CatalogState, row: readonly SqlValue[]): Run {
  const id = Number(row[0])
  const { modelInputs, modelOutputs } = readRunModels(state, [id]).get(id) ?? NO_MODELS
  return {
    info: rowToInfo(row),
    data: readData(state, id),
    inputs: { datasetInputs: readInputs(state, id), modelInputs },
    outputs: { modelOutputs },
  }
}

function findRow(state: CatalogState, runId: string): readonly SqlValue[] {
  const id = validateRequired(runId, 'run_id')
  const row = state.db.get(`${RUN_SELECT} WHERE r.run_id = ?`, [id])
  if (row === undefined)
    throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `Run with id=${id} not found`)
  return row
}

function rowToInfo(row: readonly SqlValue[]): RunInfo {
  const [, runId, experimentId, name, userId, status, start, end, deleted, location] = row
  return {
    runId: String(runId),
    experimentId: String(experimentId),
    runName: String(name),
    userId: String(userId),
    status: status as RunStatus,
    startTime: Number(start),
    endTime: end as number | null,
    artifactUri: appendToLocation(String(location), String(runId), 'artifacts'),
    lifecycleStage: deleted === null ? 'active' : 'deleted',
  }
}

function readData(state: CatalogState, run: number): RunData {
  const latestMetrics = readLatestMetrics(state, run)
  return {
    metrics: Object.fromEntries(latestMetrics.map(({ key, value }) => [key, value])),
    ...readTexts(state, run),
    latestMetrics,
  }
}

function readTexts(state: CatalogState, run: number): Pick<RunData, 'params' | 'tags'> {
  return {
    params: readPairs(state, 'SELECT key, value FROM params WHERE run = ?', run),
    tags: readPairs(state, 'SELECT key, value FROM tags WHERE run = ?', run),
  }
}

function readPairs(state: CatalogState, sql: string, run: number): Record<string, string> {
  const rows = state.db.all(sql, [run])
  return Object.fromEntries(
    rows.map(([key, value]) => [state.keys.nameOf(Number(key)), value as string]),
  )
}

function readLatestMetrics(state: CatalogState, run: number): Metric[] {
  const byKey = new Map<number, LatestPoint>()
  for (const row of state.db.all(LATEST_SQL, [run])) {
    const own = laterOf(readLatest(state.db, row), state.latest.latest(Number(row[0])))
    const key = Number(row[4])
    const latest = laterOf(byKey.get(key), own)
    if (latest !== undefined) byKey.set(key, latest)
  }
  return [...byKey].map(([key, { step, timestamp, value }]) => {
    return { key: state.keys.nameOf(key), value, timestamp, step }
  })
}

/** The datasets that a run uses. */
export function readInputs(state: CatalogState, run: number): DatasetInput[] {
  const sql = `SELECT d.id, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
    FROM inputs i JOIN datasets d ON d.id = i.dataset WHERE i.run = ? ORDER BY d.id`
  return state.db
    .all(sql, [run])
    .map(([id, name, digest, sourceType, source, schema, profile]) => ({
      dataset: {
        name: String(name),
        digest: String(digest),
        sourceType: String(sourceType),
        source: String(source),
        schema: schema as string | null,
        profile: profile as string | null,
      },
      tags: readInputTags(state, run, Number(id)),
    }))
}

function readInputTags(state: CatalogState, run: number, dataset: number): Record<string, string> {
  const sql = 'SELECT name, value FROM input_tags WHERE run = ? AND dataset = ?'
  const rows = state.db.all(sql, [run, dataset])
  return Object.fromEntries(rows.map(([name, value]) => [String(name), String(value)]))
}

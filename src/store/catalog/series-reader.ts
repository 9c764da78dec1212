import { validateRequired } from '../../entities/validate.js'
import type { Int64 } from '../../entities/int64.js'
import { findRun } from './lookup.js'
import { int64ToSql, valueToSql } from './latest.js'
import type { SeriesContext } from './series-index.js'
import type { CatalogState } from './state.js'

/** Which run and key a series belongs to, with internal ids and what sets series of one key apart. */
export interface SeriesDescription extends SeriesContext {
  readonly run: number
  readonly runId: string
  readonly key: string
}

/** A series' latest point, as `writeLatest` takes it. */
export interface LatestEntry {
  readonly series: number
  readonly step: Int64
  readonly timestamp: Int64
  readonly value: number
}

/**
 * All series of a run's key, of every model and dataset. None for an unknown key; for an unknown run none
 * either, or RESOURCE_DOES_NOT_EXIST when `strict`.
 */
export function seriesOf(
  state: CatalogState,
  runId: string,
  key: string,
  options: { strict?: boolean } = {},
): number[] {
  const id = validateRequired(runId, 'run_id')
  const name = validateRequired(key, 'metric_key')
  const row = state.db.get('SELECT id FROM runs WHERE run_id = ?', [id])
  const run = row === undefined && options.strict ? findRun(state, id).id : Number(row?.[0] ?? -1)
  const keyId = state.keys.idOf(name)
  return keyId === undefined ? [] : state.series.ofKey(run, keyId)
}

/** What a series is; undefined for one that does not exist (any more). */
export function seriesName(state: CatalogState, series: number): SeriesDescription | undefined {
  const sql = `SELECT s.run, r.run_id, s.key, c.model_id, c.dataset_name, c.dataset_digest FROM series s
    JOIN runs r ON r.id = s.run LEFT JOIN contexts c ON c.id = s.context WHERE s.id = ?`
  const row = state.db.get(sql, [series])
  if (row === undefined) return undefined
  const [run, runId, key, modelId, datasetName, datasetDigest] = row
  return {
    run: Number(run),
    runId: String(runId),
    key: state.keys.nameOf(Number(key)),
    modelId: String(modelId ?? ''),
    datasetName: String(datasetName ?? ''),
    datasetDigest: String(datasetDigest ?? ''),
  }
}

/** Keeps latest points in the series' rows; entries of purged series are passed over. */
export function writeLatest(state: CatalogState, entries: Iterable<LatestEntry>): void {
  // A later point may have been stored by an earlier checkpoint: the rule of `isLater`, in SQL.
  const sql = `UPDATE series SET step = ?1, time = ?2, value = ?3 WHERE id = ?4 AND (step IS NULL
    OR step < ?1 OR (step = ?1 AND (time < ?2
    OR (time = ?2 AND CAST(coalesce(value, 0) AS REAL) < CAST(coalesce(?3, 0) AS REAL)))))`
  state.db.transaction(() => {
    for (const { series, step, timestamp, value } of entries)
      state.db.run(sql, [int64ToSql(step), int64ToSql(timestamp), valueToSql(value), series])
  })
}

/** Whether a series exists, that is, was not purged. */
export function isLiveSeries(state: CatalogState, series: number): boolean {
  return state.db.get('SELECT 1 FROM series WHERE id = ?', [series]) !== undefined
}

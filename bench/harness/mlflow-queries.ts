import type { Search } from './run-data.js'

/** A row by column. */
export type Row = Readonly<Record<string, unknown>>

/** Runs a query; what it gives. */
export type RunQuery = (sql: string, values: readonly (string | number)[]) => Row[] | Promise<Row[]>

/** A run as MLflow's client has it. */
export interface FetchedRun {
  readonly name: string
  readonly metrics: Record<string, number>
  readonly params: Record<string, string>
  readonly tags: Record<string, string>
}

/** A search by hand over MLflow's tables, in one query, and the runs that it finds with all their data, in three. */
export async function searchByHand(query: RunQuery, search: Search): Promise<FetchedRun[]> {
  const found = await query(
    `SELECT r.run_uuid, r.name, r.status, r.start_time, r.end_time, r.artifact_uri
     FROM latest_metrics m
     JOIN params p ON p.run_uuid = m.run_uuid AND p.key = ? AND p.value ${search.comparator} ?
     JOIN runs r ON r.run_uuid = m.run_uuid
     LEFT JOIN latest_metrics o ON o.run_uuid = m.run_uuid AND o.key = ?
     WHERE m.key = ? AND m.value < ? AND m.is_nan = 0 AND r.experiment_id = 0 AND r.lifecycle_stage = 'active'
     ORDER BY o.value IS NULL, o.value ${search.direction}, r.start_time DESC, r.run_uuid LIMIT 100`,
    [search.param, search.value, search.order, search.metric, search.below],
  )
  const ids = found.map((row) => row['run_uuid'] as string)
  const runs = new Map(
    found.map((row) => [
      row['run_uuid'],
      { name: row['name'] as string, metrics: {}, params: {}, tags: {} } as FetchedRun,
    ]),
  )
  const marks = ids.map(() => '?').join()
  const from = (table: string): string =>
    `SELECT run_uuid, key, value FROM ${table} WHERE run_uuid IN (${marks})`
  if (ids.length === 0) return []
  for (const { run_uuid, key, value } of await query(from('latest_metrics'), ids))
    runs.get(run_uuid)!.metrics[key as string] = value as number
  for (const { run_uuid, key, value } of await query(from('params'), ids))
    runs.get(run_uuid)!.params[key as string] = value as string
  for (const { run_uuid, key, value } of await query(from('tags'), ids))
    runs.get(run_uuid)!.tags[key as string] = value as string
  return [...runs.values()]
}

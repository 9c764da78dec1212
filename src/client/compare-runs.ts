import type { ColumnTable, TableColumn } from '../entities/column-table.js'
import { invalid, invalidValue } from '../entities/invalid.js'
import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { RunInfo, RunStatus } from '../entities/run.js'
import type { AnalysisStore } from '../store/analysis-store.js'
import { columnToValues } from '../tables/rows.js'

const SYSTEM_TAG = 'mlflow.'

/** How runs are compared. */
export interface CompareRunsOptions {
  /** Leave out the rows in which all runs have the same value; false by default. */
  readonly onlyDiffering?: boolean
  /** Compare MLflow's own tags (`mlflow.*`) too; false by default. */
  readonly systemTags?: boolean
}

/** A run of a comparison. Name and user are those of its tags, empty where it has none. */
export type ComparedRun = Omit<RunInfo, 'lifecycleStage'>

/** One key of a comparison, with a value for each run in their order. */
export interface ComparisonRow<T> {
  readonly key: string
  /** Null where a run has no value. */
  readonly values: readonly (T | null)[]
  /** Whether two runs have different values; having none is different too, NaN is the same as NaN. */
  readonly differs: boolean
}

/** Runs beside each other. Rows are in order of key, for keys that one of the runs has. */
export interface RunComparison {
  readonly runs: readonly ComparedRun[]
  readonly params: readonly ComparisonRow<string>[]
  /** The latest values. */
  readonly metrics: readonly ComparisonRow<number>[]
  readonly tags: readonly ComparisonRow<string>[]
}

/**
 * Puts runs beside each other, in the order of their ids, each once, deleted ones too; one call of the store for any
 * number of them. INVALID_PARAMETER_VALUE without an id, RESOURCE_DOES_NOT_EXIST for an unknown one.
 */
export async function compareRuns(
  store: Pick<AnalysisStore, 'getRunColumns'>,
  runIds: readonly string[],
  options: CompareRunsOptions = {},
): Promise<RunComparison> {
  const ids = uniqueIds(runIds)
  const query = { runIds: ids, experimentIds: [], viewType: 'ALL' } as const
  return tableToComparison(await store.getRunColumns(query), options)
}

/** The comparison of all runs of a table with the columns of `getRunColumns`. */
export function tableToComparison(
  table: ColumnTable,
  { onlyDiffering = false, systemTags = false }: CompareRunsOptions = {},
): RunComparison {
  const rows = <T>(
    kind: TableColumn['kind'],
    prefix: string,
    keep?: (key: string) => boolean,
  ): ComparisonRow<T>[] =>
    table.columns
      .filter((column) => column.kind === kind && column.name.startsWith(prefix))
      .map((column) => columnToRow<T>(column, prefix))
      .filter(({ key, values }) => keep?.(key) !== false && values.some((value) => value !== null))
      .filter(({ differs }) => differs || !onlyDiffering)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  return {
    runs: tableToRuns(table),
    params: rows<string>('text', 'params.'),
    metrics: rows<number>('number', 'metrics.'),
    tags: rows<string>('text', 'tags.', (key) => systemTags || !key.startsWith(SYSTEM_TAG)),
  }
}

function uniqueIds(runIds: readonly string[]): string[] {
  if (!Array.isArray(runIds) || runIds.some((id) => typeof id !== 'string'))
    throw invalidValue('runIds', runIds, 'give an array of run ids.')
  if (runIds.length === 0) throw invalid('There is nothing to compare: give at least one run id.')
  return [...new Set(runIds)]
}

function columnToRow<T>(column: TableColumn, prefix: string): ComparisonRow<T> {
  const values = columnToValues(column) as (T | null)[]
  const [first] = values
  return {
    key: column.name.slice(prefix.length),
    values,
    differs: values.some((value) => !isSame(value, first)),
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

function tableToRuns(table: ColumnTable): ComparedRun[] {
  const columns = new Map(table.columns.map((column) => [column.name, column]))
  const values = (name: string): unknown[] => {
    const column = columns.get(name)
    return column === undefined ? [] : columnToValues(column)
  }
  const text = (name: string): ((row: number) => string) => {
    const cells = values(name)
    return (row) => (cells[row] ?? '') as string
  }
  const time = (name: string): ((row: number) => number | null) => {
    const cells = values(name)
    return (row) => (cells[row] as Date | null | undefined)?.getTime() ?? null
  }
  const [runId, experimentId, status] = [text('run_id'), text('experiment_id'), text('status')]
  const [runName, userId] = [text(`tags.${MLFLOW_TAGS.runName}`), text(`tags.${MLFLOW_TAGS.user}`)]
  const [startTime, endTime] = [time('start_time'), time('end_time')]
  const artifactUri = text('artifact_uri')
  return Array.from({ length: table.length }, (_, row) => ({
    runId: runId(row),
    experimentId: experimentId(row),
    runName: runName(row),
    userId: userId(row),
    status: status(row) as RunStatus,
    startTime: startTime(row) ?? 0,
    endTime: endTime(row),
    artifactUri: artifactUri(row),
  }))
}

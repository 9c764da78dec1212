import type {
  ColumnTable,
  NumberColumn,
  TableColumn,
  TextColumn,
  TimeColumn,
} from '../../entities/column-table.js'
import type { Run } from '../../entities/run.js'
import { compareCodePoints } from '../../search/code-points.js'

/** Runs as columns, named as pandas' frame of `mlflow.search_runs`; keys that none of the runs has have none. */
export function runsToTable(runs: readonly Run[]): ColumnTable {
  const columns: TableColumn[] = [
    texts('run_id', runs, ({ info }) => info.runId),
    texts('experiment_id', runs, ({ info }) => info.experimentId),
    texts('status', runs, ({ info }) => info.status),
    texts('artifact_uri', runs, ({ info }) => info.artifactUri),
    times('start_time', runs, ({ info }) => info.startTime),
    times('end_time', runs, ({ info }) => info.endTime),
  ]
  for (const key of keys(runs, 'metrics')) columns.push(metric(key, runs))
  for (const kind of ['params', 'tags'] as const)
    for (const key of keys(runs, kind))
      columns.push(texts(`${kind}.${key}`, runs, ({ data }) => own(data[kind], key)))
  return { length: runs.length, columns }
}

/** A value of a record's own; undefined where it has none of that name. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function keys(runs: readonly Run[], kind: 'metrics' | 'params' | 'tags'): string[] {
  const all = new Set(runs.flatMap(({ data }) => Object.keys(data[kind])))
  return [...all].sort(compareCodePoints)
}

function texts(
  name: string,
  runs: readonly Run[],
  read: (run: Run) => string | undefined,
): TextColumn {
  const dictionary: string[] = []
  const known = new Map<string, number>()
  const codes = Int32Array.from(runs, (run) => {
    const text = read(run)
    if (text === undefined) return -1
    const code = known.get(text) ?? dictionary.push(text) - 1
    known.set(text, code)
    return code
  })
  return { kind: 'text', name, codes, dictionary }
}

function times(name: string, runs: readonly Run[], read: (run: Run) => number | null): TimeColumn {
  return { kind: 'time', name, ...numbers(runs, (run) => read(run) ?? undefined, Number.NaN) }
}

function metric(key: string, runs: readonly Run[]): NumberColumn {
  const cells = numbers(runs, ({ data }) => own(data.metrics, key), 0)
  return { kind: 'number', name: `metrics.${key}`, ...cells }
}

function numbers(
  runs: readonly Run[],
  read: (run: Run) => number | undefined,
  absent: number,
): { values: Float64Array; missing: Uint8Array | null } {
  const cells = runs.map(read)
  const missing = Uint8Array.from(cells, (cell) => (cell === undefined ? 1 : 0))
  return {
    values: Float64Array.from(cells, (cell) => cell ?? absent),
    missing: missing.includes(1) ? missing : null,
  }
}

import type { Run } from 'tracklet'
import { formatDuration, formatMetric, formatTime } from './format.js'
import { metricOf, metricsOf, paramOf, paramsOf } from './run-keys.js'

/** A column of the table of runs. */
export interface Column {
  readonly key: string
  readonly title: string
  readonly isNumber: boolean
  /** What rows are sorted by; undefined goes last, whichever way. */
  readonly value: (run: Run) => string | number | undefined
  readonly text: (run: Run) => string
}

/** Columns beneath one heading. */
export interface ColumnGroup {
  /** Empty for those that every run has. */
  readonly title: string
  readonly columns: readonly Column[]
  /** How many more there would be. */
  readonly left: number
}

/** Beyond these a table is no table any more; the details of a run have them all. */
const MOST_COLUMNS = 12

/** What every run has; the first is the row's header. */
const ALWAYS: readonly Column[] = [
  textColumn('name', 'Run', (run) => run.info.runName),
  textColumn('status', 'Status', (run) => run.info.status),
  numberColumn('started', 'Started', (run) => run.info.startTime, formatTime),
  numberColumn('duration', 'Duration', durationOf, formatDuration),
]

/** The columns for these runs: what every run has, their metrics, their params. */
export function columnsFor(runs: readonly Run[]): ColumnGroup[] {
  const [metrics, params] = [metricsOf(runs), paramsOf(runs)]
  const metricColumns = metrics.slice(0, MOST_COLUMNS).map(({ key }) => metricColumn(key))
  const paramColumns = params.slice(0, MOST_COLUMNS).map(({ key }) => paramColumn(key, runs))
  return [
    { title: '', columns: ALWAYS, left: 0 },
    { title: 'Metrics', columns: metricColumns, left: metrics.length - metricColumns.length },
    { title: 'Params', columns: paramColumns, left: params.length - paramColumns.length },
  ]
}

/** Sorts runs by a column; runs without a value come last. */
export function sortRuns(runs: readonly Run[], column: Column, ascending: boolean): Run[] {
  const direction = ascending ? 1 : -1
  return [...runs].sort((one, other) => {
    const [left, right] = [column.value(one), column.value(other)]
    if (left === undefined || right === undefined)
      return Number(left === undefined) - Number(right === undefined)
    return left < right ? -direction : left > right ? direction : 0
  })
}

/** The run of the highest `val_accuracy`, of the lowest `val_loss` where several have it. */
export function bestRun(runs: readonly Run[]): Run | undefined {
  const [best] = runs
    .filter((run) => metricOf(run, 'val_accuracy') !== undefined)
    .sort(
      (one, other) =>
        (metricOf(other, 'val_accuracy') ?? NaN) - (metricOf(one, 'val_accuracy') ?? NaN) ||
        (metricOf(one, 'val_loss') ?? NaN) - (metricOf(other, 'val_loss') ?? NaN),
    )
  return best
}

function durationOf({ info }: Run): number | undefined {
  if (info.endTime !== null) return info.endTime - info.startTime
  return undefined
}

function textColumn(key: string, title: string, value: (run: Run) => string | undefined): Column {
  return { key, title, isNumber: false, value, text: (run) => value(run) ?? '' }
}

function numberColumn(
  key: string,
  title: string,
  read: (run: Run) => number | undefined,
  format: (value: number) => string,
): Column {
  // NaN is neither more nor less than anything: it would leave the rows in no order.
  const value = (run: Run): number | undefined => {
    const number = read(run)
    return Number.isNaN(number) ? undefined : number
  }
  const text = (run: Run): string => {
    const number = read(run)
    return number === undefined ? '' : format(number)
  }
  return { key, title, isNumber: true, value, text }
}

/** Params are texts; where all of them are numbers they are sorted as such. */
function paramColumn(key: string, runs: readonly Run[]): Column {
  const read = (run: Run): string | undefined => paramOf(run, key)
  const column = textColumn(`param ${key}`, key, read)
  if (!runs.every((run) => isNumeric(read(run)))) return column
  const value = (run: Run): number | undefined => {
    const text = read(run)
    return text === undefined ? undefined : Number(text)
  }
  return { ...column, isNumber: true, value }
}

function metricColumn(key: string): Column {
  return numberColumn(`metric ${key}`, key, (run) => metricOf(run, key), formatMetric)
}

function isNumeric(text: string | undefined): boolean {
  return text === undefined || (text.trim() !== '' && !Number.isNaN(Number(text)))
}

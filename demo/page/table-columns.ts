import type { Run } from 'tracklet'
import { formatDuration, formatMetric, formatTime } from './format.js'

/** A column of the table of runs. */
export interface Column {
  readonly key: string
  readonly title: string
  readonly isNumber: boolean
  /** What rows are sorted by; undefined goes last, whichever way. */
  readonly value: (run: Run) => string | number | undefined
  readonly text: (run: Run) => string
}

/** All columns, in order; the first is the row's header. */
export const COLUMNS: readonly Column[] = [
  textColumn('name', 'Run', (run) => run.info.runName),
  textColumn('status', 'Status', (run) => run.info.status),
  numberColumn('started', 'Started', (run) => run.info.startTime, formatTime),
  numberColumn('duration', 'Duration', durationOf, formatDuration),
  paramColumn('learning_rate', 'Learning rate'),
  paramColumn('hidden_units', 'Units'),
  metricColumn('loss'),
  metricColumn('val_loss'),
  metricColumn('val_accuracy'),
]

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
    .filter((run) => run.data.metrics.val_accuracy !== undefined)
    .sort(
      (one, other) =>
        metric(other, 'val_accuracy') - metric(one, 'val_accuracy') ||
        metric(one, 'val_loss') - metric(other, 'val_loss'),
    )
  return best
}

function metric(run: Run, key: string): number {
  return run.data.metrics[key] ?? NaN
}

function durationOf({ info }: Run): number | undefined {
  if (info.endTime !== null) return info.endTime - info.startTime
  return undefined
}

function textColumn(key: string, title: string, text: (run: Run) => string): Column {
  return { key, title, isNumber: false, value: text, text }
}

function numberColumn(
  key: string,
  title: string,
  value: (run: Run) => number | undefined,
  format: (value: number) => string,
): Column {
  const text = (run: Run): string => {
    const number = value(run)
    return number === undefined || Number.isNaN(number) ? '' : format(number)
  }
  return { key, title, isNumber: true, value, text }
}

function paramColumn(key: string, title: string): Column {
  const value = (run: Run): number | undefined => {
    const param = run.data.params[key]
    return param === undefined ? undefined : Number(param)
  }
  return numberColumn(key, title, value, String)
}

function metricColumn(key: string): Column {
  return numberColumn(key, key, (run) => run.data.metrics[key], formatMetric)
}

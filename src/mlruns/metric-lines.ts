import type { Int64 } from '../entities/int64.js'
import type { ModelMetric } from '../entities/logged-model.js'
import type { MetricColumns } from '../entities/metric.js'
import { pythonFloat } from '../entities/python-text.js'
import type { DatasetSeries } from '../store/export-store.js'
import type { ZipEntry } from '../zip/zip-writer.js'

/** Points made into text at a time. */
const SLICE = 8192
/** Two int64, a double in Python's form, two blanks and a line feed. */
const MAX_LINE = 20 + 1 + 25 + 1 + 20 + 1
/** Where a line or one of its words ends, for Python. */
const BREAK = /[\s\x1c-\x1e\x85]/

/** Points, with what follows the step in their lines. */
interface Lines {
  readonly columns: MetricColumns
  readonly ending: string
}

/** Whether MLflow can tell a dataset in a metric's line: words are set apart by blanks there. */
function isDatasetWord(text: string): boolean {
  return text !== '' && !BREAK.test(text)
}

/** Whether points are lines with a dataset: those of none, or of one that lines cannot name, are not. */
export function hasDatasetWords(of: { datasetName: string; datasetDigest: string }): boolean {
  return isDatasetWord(of.datasetName) && isDatasetWord(of.datasetDigest)
}

/** The file of a run's metric, points of all datasets in order of step and time, with their datasets if so asked. */
export function metricFile(
  path: string,
  series: readonly DatasetSeries[],
  named: boolean,
): ZipEntry {
  const lines = series.map((one) => ({
    columns: one.columns,
    ending: named && hasDatasetWords(one) ? ` ${one.datasetName} ${one.datasetDigest}\n` : '\n',
  }))
  const count = lines.reduce((sum, { columns }) => sum + columns.values.length, 0)
  const longest = Math.max(0, ...lines.map(({ ending }) => 4 * ending.length))
  const parts = (): Iterable<Uint8Array> => encoded(merged(lines))
  if (count > SLICE) return { path, stream: { parts, maxSize: count * (MAX_LINE + longest) } }
  const [bytes = new Uint8Array(0)] = [...parts()]
  return { path, bytes }
}

/** The file of a logged model's metric. */
export function modelMetricFile(path: string, metrics: readonly ModelMetric[]): ZipEntry {
  const text = metrics.map((metric) => {
    const of = { datasetName: metric.datasetName ?? '', datasetDigest: metric.datasetDigest ?? '' }
    const dataset = hasDatasetWords(of) ? ` ${of.datasetName} ${of.datasetDigest}` : ''
    return `${point(metric.timestamp, metric.value, metric.step)} ${metric.runId}${dataset}\n`
  })
  return { path, bytes: new TextEncoder().encode(text.join('')) }
}

function point(timestamp: Int64, value: number, step: Int64): string {
  return `${timestamp} ${pythonFloat(value)} ${step}`
}

function* encoded(lines: Iterable<string>): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder()
  let text = ''
  let count = 0
  for (const line of lines) {
    text += line
    count += 1
    if (count % SLICE !== 0) continue
    yield encoder.encode(text)
    text = ''
  }
  if (text !== '') yield encoder.encode(text)
}

/** Each series is in order already: the one whose next point is the first goes on. */
function* merged(series: readonly Lines[]): Generator<string, void, undefined> {
  const next = series.map(() => 0)
  for (;;) {
    let first = -1
    for (const [i, { columns }] of series.entries()) {
      if (next[i]! >= columns.values.length) continue
      if (first < 0 || isBefore(columns, next[i]!, series[first]!.columns, next[first]!)) first = i
    }
    if (first < 0) return
    const { columns, ending } = series[first]!
    const at = next[first]!++
    yield point(columns.timestamps[at]!, columns.values[at]!, columns.steps[at]!) + ending
  }
}

function isBefore(a: MetricColumns, i: number, b: MetricColumns, j: number): boolean {
  const [stepA, stepB] = [a.steps[i]!, b.steps[j]!]
  return stepA < stepB || (stepA === stepB && a.timestamps[i]! < b.timestamps[j]!)
}

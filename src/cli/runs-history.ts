import type { MetricSeries } from '../client/metric-series.js'
import type { Tracker } from '../client/tracker.js'
import type { Int64 } from '../entities/int64.js'
import { TrackletError } from '../errors.js'
import { timeToCell, valueToCell } from './cell-text.js'
import type { Given } from './given.js'
import { listToJson } from './json.js'
import { RUN_ID } from './options.js'
import { printStream, printTable } from './print.js'
import { givenFormat, TABLE_OUTPUT, writeTable } from './table-output.js'
import { WHOLE } from './table-text.js'
import { withTracker, type Context, type Verb } from './verb.js'

/** `tracklet runs history`: the points of a metric. */
export const runsHistory: Verb = {
  group: 'runs',
  name: 'history',
  summary: "List a metric's points, by step: as a table, CSV, Arrow or JSON.",
  options: [
    RUN_ID,
    { flags: '-k, --key <key>', help: 'key of the metric', required: true },
    { flags: '--max-points <n>', help: 'thin the points out, as for a chart', count: true },
    ...TABLE_OUTPUT,
  ],
  examples: [
    'tracklet runs history --run-id 0a5e...d1 --key loss --csv > loss.csv',
    'tracklet runs history --run-id 0a5e...d1 --key loss --arrow --filename loss.arrows',
    'python -c "import pyarrow as pa; print(pa.ipc.open_stream(\'loss.arrows\').read_pandas())"',
  ],
  run: async (context, given) => {
    const format = givenFormat(context, given)
    await withTracker(context, async (tracker) => {
      const series = await readHistory(tracker, given)
      if (format !== null) return writeTable(context, given, series)
      if (context.json) return printStream(context, listToJson(dictionaries(series)))
      return printHistory(context, series)
    })
  },
}

/** RESOURCE_DOES_NOT_EXIST, with the metrics that there are, for an unknown key. */
async function readHistory(tracker: Tracker, given: Given): Promise<MetricSeries> {
  const [key, maxPoints] = [given.required('key'), given.count('maxPoints')]
  const run = await tracker.openRun(given.required('runId'))
  const series = await run.history(key, maxPoints === undefined ? {} : { maxPoints })
  if (series.total > 0) return series
  const keys = Object.keys((await run.read()).data.metrics).sort()
  const there = keys.length === 0 ? 'It has none.' : `It has ${keys.join(', ')}.`
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `The run '${run.id}' has no metric '${key}'. ${there}`,
  )
}

/** Points as MLflow's REST protocol has them; integers that JSON's readers would round are texts. */
function* dictionaries({ key, steps, timestamps, values }: MetricSeries): Generator<unknown> {
  for (const [i, value] of values.entries())
    yield { key, value, timestamp: toNumber(timestamps[i]!), step: toNumber(steps[i]!) }
}

function toNumber(value: Int64): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

function printHistory(
  context: Context,
  { steps, timestamps, values }: MetricSeries,
): Promise<void> {
  const cells = <T>(column: ArrayLike<T>, text: (value: T) => string): string[] =>
    Array.from(column, text)
  const exact = { least: WHOLE, align: 'right', rank: 0 } as const
  const times: ArrayLike<Int64> = timestamps
  const date = (time: Int64): string => timeToCell(Number(time))
  const number = (value: number): string => valueToCell(value, context.out)
  return printTable(context, [
    { title: 'Step', cells: cells<Int64>(steps, String), ...exact },
    { title: 'Date', cells: cells(times, date), rank: 1 },
    { title: 'Value', cells: cells(values, number), ...exact },
  ])
}

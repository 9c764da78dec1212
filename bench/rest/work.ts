import { foundText, type Search } from '../harness/run-data.js'
import { verify } from '../harness/statistics.js'
import { Connection, toRequest, type HttpAnswer } from './connection.js'
import type { Work } from './load.js'

const API = '/api/2.0/mlflow'
const START = 1_760_000_000_000

/** What `log-batch` has in each request: these keys, so many steps each. */
const KEYS = Array.from({ length: 10 }, (_, i) => `metric_${i}`)
const STEPS = 10

/** Makes runs over the protocol; gives their ids. */
export async function makeRuns(port: number, count: number): Promise<string[]> {
  const connection = await Connection.open(port)
  const ids: string[] = []
  for (let number = 0; number < count; number++) {
    const body = { experiment_id: '0', run_name: `client ${number}`, start_time: START }
    const { status, body: answer } = await connection.ask(
      toRequest('POST', `${API}/runs/create`, body),
    )
    if (status !== 200) throw new Error(`runs/create answered ${status}: ${answer.toString()}`)
    ids.push(
      (JSON.parse(answer.toString()) as { run: { info: { run_id: string } } }).run.info.run_id,
    )
  }
  connection.close()
  return ids
}

/** Each connection logs points of one metric to a run of its own, one a request. */
export function logMetric(runIds: readonly string[]): Work {
  return {
    request: (connection, step) =>
      toRequest('POST', `${API}/runs/log-metric`, {
        run_id: runIds[connection],
        key: 'loss',
        value: 1 / (step + 1),
        timestamp: START + step,
        step,
      }),
  }
}

/** The same with batches of 100 points, of 10 metrics. */
export function logBatch(runIds: readonly string[]): Work {
  return {
    request: (connection, index) =>
      toRequest('POST', `${API}/runs/log-batch`, {
        run_id: runIds[connection],
        metrics: KEYS.flatMap((key) =>
          Array.from({ length: STEPS }, (_, i) => {
            const step = index * STEPS + i
            return { key, value: 1 / (step + 1), timestamp: START + step, step }
          }),
        ),
      }),
  }
}

/** Pages of runs with all their data, one search after the other; those must find no less than a page. */
export function searchRuns(searches: readonly Search[]): Work {
  const requests = searches.map(({ filter, orderBy }) =>
    toRequest('POST', `${API}/runs/search`, {
      experiment_ids: ['0'],
      filter,
      order_by: [orderBy],
      max_results: 100,
    }),
  )
  const lengths = searches.map(() => 0)
  const numberOf = (connection: number, index: number): number =>
    (connection * 7 + index) % searches.length
  return {
    request: (connection, index) => requests[numberOf(connection, index)]!,
    // Reading 400 KB of JSON each time would take longer than a good server takes to write it.
    isRight: ({ body }, connection, index) => {
      const number = numberOf(connection, index)
      if (lengths[number] === 0 && isFound(body, searches[number]!)) lengths[number] = body.length
      return lengths[number] === body.length
    },
  }
}

function isFound(body: Buffer, { expected }: Search): boolean {
  const { runs } = JSON.parse(body.toString()) as { runs: readonly FoundRun[] }
  const { metrics, params } = runs[0]!.data
  return (
    foundText(runs.map(({ info }) => info.run_name)) === expected &&
    metrics.length + params.length === 40
  )
}

interface FoundRun {
  readonly info: { readonly run_name: string }
  readonly data: { readonly metrics: readonly unknown[]; readonly params: readonly unknown[] }
}

/** Throws unless every point of a metric is there that was answered with 200. */
export async function checkPoints(
  port: number,
  runIds: readonly string[],
  { key, points }: { key: string; points: (connection: number) => number },
): Promise<void> {
  const connection = await Connection.open(port)
  for (const [number, runId] of runIds.entries()) {
    const path = `${API}/metrics/get-history?run_id=${runId}&metric_key=${key}`
    const answer = await connection.ask(toRequest('GET', path))
    verify(`points of ${key}`, pointsIn(answer), points(number))
  }
  connection.close()
}

function pointsIn({ status, body }: HttpAnswer): number {
  if (status !== 200) throw new Error(`get-history answered ${status}: ${body.toString()}`)
  return (JSON.parse(body.toString()) as { metrics?: readonly unknown[] }).metrics?.length ?? 0
}

/** Points that a request of `logBatch` has of each of its metrics, and one of these. */
export const BATCH = { key: KEYS[0]!, points: STEPS } as const

import type { Benchmark, Contestant, Place, Sample } from './harness/benchmark.js'
import { mlflowDatabase, searchesOver } from './harness/mlflow-database.js'
import { storeOfRuns } from './harness/run-stores.js'
import { copySupply } from './harness/supply.js'
import { runLoad, type Load, type Work } from './rest/load.js'
import { pinGenerator, startBare, startMlflow, startTracklet, type Server } from './rest/servers.js'
import { BATCH, checkPoints, logBatch, logMetric, makeRuns, searchRuns } from './rest/work.js'

const TRACKLET = 'tracklet server'
const SHIPPED = 'MLflow server, 4 workers'
const ONE_WORKER = 'MLflow server, 1 worker'
const OPERATIONS = ['log-metric', 'log-batch', 'runs/search'] as const
const CONNECTIONS = 32
const RUNS = 1000
/** MLflow's answers take long, those to batches half a minute: each writer waits for the others. */
const LENGTH = {
  ours: { warmMs: 3000, ms: 8000 },
  theirs: { warmMs: 5000, ms: 20_000, batchMs: 90_000 },
}

type Operation = (typeof OPERATIONS)[number]

/** A server and its clients over HTTP. */
export const restServer: Benchmark = {
  name: 'rest-server',
  title: 'Requests of 32 clients to a server, over connections that are kept',
  note: 'One process asks, on a core of its own, the server has the others; each client sends its next request when the last is answered. log-metric: one point to a run of its own; log-batch: 100 points; runs/search: a page of 100 of 1,000 runs with all their data, by two predicates and the order of a metric. After seconds of warmth 8 s count, of MLflow 20 s, of its log-batch 90 s. Every answer is checked, and every point is read back.',
  rounds: 2,
  measures: OPERATIONS.flatMap((operation) => [
    { name: rate(operation), unit: 'requests/s', better: 'more' as const },
    ...(['p50', 'p95', 'p99'] as const).map((share) => ({
      name: `${operation}, ${share}`,
      unit: 'ms',
      better: 'less' as const,
    })),
    { name: errors(operation), unit: 'requests', better: 'less' as const },
  ]),
  contestants: [
    { name: TRACKLET, ours: true, measure: askTracklet },
    mlflow(SHIPPED),
    mlflow(ONE_WORKER, 1),
    { name: 'limit: node:http that parses and answers {}', measure: askBare },
  ],
  targets: OPERATIONS.flatMap((operation) => [
    { measure: rate(operation), of: TRACKLET, against: SHIPPED, times: 20 },
    { measure: rate(operation), of: TRACKLET, against: ONE_WORKER, times: 20 },
    { measure: errors(operation), of: TRACKLET, atMost: 0 },
  ]),
}

function rate(operation: Operation): string {
  return `${operation}, answered`
}

function errors(operation: Operation): string {
  return `${operation}, errors`
}

async function askTracklet({ folder }: Place): Promise<Sample> {
  await copySupply(await storeOfRuns(RUNS, { framed: false }), folder)
  return askAll(await startTracklet(folder), LENGTH.ours)
}

function mlflow(name: string, workers?: number): Contestant {
  const measure = async ({ folder }: Place): Promise<Sample | null> => {
    const filled = await mlflowDatabase(RUNS, { analyzed: false })
    if (filled === null) return null
    await copySupply(filled, folder)
    const server = await startMlflow(folder, workers)
    return server && askAll(server, LENGTH.theirs)
  }
  return { name, rounds: 1, measure }
}

interface Length {
  readonly warmMs: number
  readonly ms: number
  /** For `log-batch`, where it differs. */
  readonly batchMs?: number
}

/** Searching first: it is over 1,000 runs, before the clients make theirs. */
async function askAll(server: Server, length: Length): Promise<Sample> {
  pinGenerator()
  const { port } = server
  const searches = (await searchesOver(RUNS)).filter(({ expected }) => expected.startsWith('100 '))
  const ask = async (operation: Operation, work: Work): Promise<[Sample, Load]> => {
    const { warmMs, batchMs = length.ms } = length
    const ms = operation === 'log-batch' ? batchMs : length.ms
    const load = await runLoad(port, work, { connections: CONNECTIONS, warmMs, ms })
    return [toSample(operation, load), load]
  }
  try {
    const [searched] = await ask('runs/search', searchRuns(searches))
    const runIds = await makeRuns(port, CONNECTIONS)
    const [logged, points] = await ask('log-metric', logMetric(runIds))
    const [batched, batches] = await ask('log-batch', logBatch(runIds))
    const { key, points: each } = BATCH
    await checkPoints(port, runIds, { key: 'loss', points: (i) => points.answered[i]! })
    await checkPoints(port, runIds, { key, points: (i) => batches.answered[i]! * each })
    return { ...logged, ...batched, ...searched }
  } finally {
    await server.stop()
  }
}

async function askBare(): Promise<Sample> {
  const server = await startBare()
  pinGenerator()
  const runIds = Array.from({ length: CONNECTIONS }, (_, i) => String(i).padStart(32, '0'))
  const length = { connections: CONNECTIONS, ...LENGTH.ours }
  try {
    const metric = await runLoad(server.port, logMetric(runIds), length)
    const batch = await runLoad(server.port, logBatch(runIds), length)
    return { ...toSample('log-metric', metric), ...toSample('log-batch', batch) }
  } finally {
    await server.stop()
  }
}

function toSample(operation: Operation, { perSecond, p50, p95, p99, errors: wrong }: Load): Sample {
  return {
    [rate(operation)]: perSecond,
    [`${operation}, p50`]: p50,
    [`${operation}, p95`]: p95,
    [`${operation}, p99`]: p99,
    [errors(operation)]: wrong,
  }
}

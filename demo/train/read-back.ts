import type { Tracker } from 'tracklet'
import { RUN_FILES } from '../shared/tracking.js'
import type { Receipt } from './train-runs.js'

/** What a check of the store has found to be right. */
export interface ReadBack {
  readonly runs: number
  readonly points: number
  readonly artifactBytes: number
}

/**
 * Compares what the store holds with what was logged: latest metrics, whole histories, model files.
 * Throws at the first difference.
 */
export async function readBack(tracker: Tracker, receipts: readonly Receipt[]): Promise<ReadBack> {
  let points = 0
  let artifactBytes = 0
  for (const receipt of receipts) {
    await checkMetrics(tracker, receipt)
    points += await checkHistory(tracker, receipt)
    artifactBytes += await checkWeights(tracker, receipt)
  }
  return { runs: receipts.length, points, artifactBytes }
}

async function checkMetrics(tracker: Tracker, receipt: Receipt): Promise<void> {
  const { data, info } = await tracker.getRun(receipt.runId)
  same(receipt, 'status', info.status, 'FINISHED')
  for (const [key, value] of Object.entries(receipt.finalMetrics))
    same(receipt, key, data.metrics[key], value)
}

async function checkHistory(tracker: Tracker, receipt: Receipt): Promise<number> {
  const run = await tracker.openRun(receipt.runId)
  const lengths = await Promise.all(
    ['loss', 'accuracy'].map(async (key) => (await run.history(key)).values.length),
  )
  for (const length of lengths) same(receipt, 'batches', length, receipt.batches)
  return lengths.reduce((sum, length) => sum + length, 0)
}

async function checkWeights(tracker: Tracker, receipt: Receipt): Promise<number> {
  const run = await tracker.openRun(receipt.runId)
  const { size } = await run.openArtifact(RUN_FILES.weights)
  same(receipt, RUN_FILES.weights, size, receipt.weightBytes)
  return size
}

function same(receipt: Receipt, what: string, found: unknown, expected: unknown): void {
  if (Object.is(found, expected)) return
  throw new Error(`${what} of run "${receipt.name}" is ${found} in the store, was ${expected}.`)
}

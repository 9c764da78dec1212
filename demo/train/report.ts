import Table from 'cli-table3'
import type { Run } from 'tracklet'

/** Prints runs side by side, best first, as the store gives them. */
export function printRuns(title: string, runs: readonly Run[]): void {
  const table = new Table({
    head: ['run', 'status', 'time', 'loss', 'val_loss', 'val_accuracy'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  table.push(...byAccuracy(runs).map(runToRow))
  console.log(`\n${title}\n${table.toString()}`)
}

/** Prints the run of the highest `val_accuracy`. */
export function printBest(runs: readonly Run[]): void {
  const [best] = byAccuracy(runs)
  if (!best) return
  const accuracy = ((best.data.metrics.val_accuracy ?? NaN) * 100).toFixed(1)
  console.log(
    `Best: ${best.info.runName}, ${accuracy} % right on unseen digits (${best.info.runId})`,
  )
}

function byAccuracy(runs: readonly Run[]): Run[] {
  const accuracy = (run: Run): number => run.data.metrics.val_accuracy ?? -1
  return [...runs].sort((one, other) => accuracy(other) - accuracy(one))
}

function runToRow({ info, data }: Run): string[] {
  const { loss, val_loss, val_accuracy } = data.metrics
  const seconds =
    info.endTime === null ? '' : `${((info.endTime - info.startTime) / 1000).toFixed(1)} s`
  const metrics = [loss, val_loss, val_accuracy].map((value) => value?.toFixed(4) ?? '')
  return [info.runName, info.status, seconds, ...metrics]
}

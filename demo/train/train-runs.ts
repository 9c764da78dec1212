import type { ActiveRun, Tracker } from 'tracklet'
import type { Split } from '../shared/dataset.js'
import { describeDataset } from '../shared/describe-dataset.js'
import { batchesIn, settingsGrid, settingsToName, settingsToParams } from '../shared/settings.js'
import type { TrainSettings } from '../shared/settings.js'
import { logDatasets, logEvents, logResult } from '../shared/tracking.js'
import type { DescribedSplit } from '../shared/tracking.js'
import { trainClassifier } from '../shared/train.js'
import type { Metrics } from '../shared/train.js'
import type { Progress } from './progress.js'

/** What a finished run must hold; compared with what the store gives back later. */
export interface Receipt {
  readonly runId: string
  readonly name: string
  readonly batches: number
  readonly finalMetrics: Metrics
  readonly weightBytes: number
}

/** A dataset to train on, in two parts, with its description made once for all runs. */
export interface Task {
  readonly split: Split
  readonly description: DescribedSplit
}

/** What every training run needs. */
export interface Workshop {
  readonly tracker: Tracker
  readonly progress: Progress
  /** Tags of every run. */
  readonly tags: Readonly<Record<string, string>>
}

/** A task from the two parts of a dataset. */
export function taskFor(split: Split): Task {
  return {
    split,
    description: { train: describeDataset(split.train), test: describeDataset(split.test) },
  }
}

/** Trains one model as one run. */
export async function trainRun(
  { tracker, progress, tags }: Workshop,
  task: Task,
  settings: TrainSettings,
  parent?: ActiveRun,
): Promise<Receipt> {
  const name = settingsToName(settings)
  progress.start(name, batchesIn(settings, task.split.train.labels.length))
  const options = { name, tags, params: settingsToParams(settings), ...(parent && { parent }) }
  try {
    return await tracker.run(options, (run) => trainInRun(run, task, settings, progress))
  } finally {
    progress.stop()
  }
}

async function trainInRun(
  run: ActiveRun,
  { split, description }: Task,
  settings: TrainSettings,
  progress: Progress,
): Promise<Receipt> {
  await logDatasets(run, description)
  const log = logEvents(run)
  let batches = 0
  let finalMetrics: Metrics = {}
  const result = await trainClassifier(split, settings, {
    onBatch: (step, metrics) => {
      log.onBatch(step, metrics)
      progress.advance(step, metrics)
      batches = step
    },
    onEpoch: (step, metrics) => {
      log.onEpoch(step, metrics)
      progress.advance(step, metrics)
      finalMetrics = metrics
    },
  })
  await logResult(run, settings, result)
  const weightBytes = result.model.weights.length
  return { runId: run.id, name: settingsToName(settings), batches, finalMetrics, weightBytes }
}

/** What a sweep gives: its own run, and its children's receipts in the order of training. */
export interface SweepReceipt {
  readonly parentRunId: string
  readonly children: readonly Receipt[]
}

/** Trains a grid of settings: a parent run that holds the outcome, a child run for each combination. */
export async function sweep(
  workshop: Workshop,
  task: Task,
  base: TrainSettings,
  grid: { readonly learningRates: readonly number[]; readonly hiddenUnits: readonly number[] },
): Promise<SweepReceipt> {
  const { tracker, tags } = workshop
  const options = { name: 'sweep', tags, params: { seed: base.seed, epochs: base.epochs } }
  return tracker.run(options, async (parent) => {
    const children: Receipt[] = []
    for (const settings of settingsGrid(base, grid.learningRates, grid.hiddenUnits))
      children.push(await trainRun(workshop, task, settings, parent))
    const best = bestOf(children)
    parent.logMetrics({ best_val_accuracy: best.finalMetrics.val_accuracy ?? NaN })
    parent.setTag('best_run_id', best.runId)
    return { parentRunId: parent.id, children }
  })
}

function bestOf(receipts: readonly Receipt[]): Receipt {
  const accuracy = (receipt: Receipt): number => receipt.finalMetrics.val_accuracy ?? 0
  return receipts.reduce((best, next) => (accuracy(next) > accuracy(best) ? next : best))
}

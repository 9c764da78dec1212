import type { ActiveRun } from 'tracklet'
import { confusionSvg, confusionTable } from './confusion.js'
import type { DatasetDescription } from './describe-dataset.js'
import { settingsToParams } from './settings.js'
import type { TrainSettings } from './settings.js'
import type { TrainEvents, TrainResult } from './train.js'

/** The two parts of a dataset as a run records them. */
export interface DescribedSplit {
  readonly train: DatasetDescription
  readonly test: DatasetDescription
}

/** Logs what the run learns from and what it is measured on. */
export async function logDatasets(run: ActiveRun, { train, test }: DescribedSplit): Promise<void> {
  await run.logInput(train, { context: 'training' })
  await run.logInput(test, { context: 'validation' })
}

/** Logs every batch and every epoch. These calls return at once: training never waits for storage. */
export function logEvents(run: ActiveRun): TrainEvents {
  return {
    onBatch: (step, metrics) => run.logMetrics(metrics, { step }),
    onEpoch: (step, metrics) => run.logMetrics(metrics, { step }),
  }
}

/** Where a run keeps its files. */
export const RUN_FILES = {
  config: 'config.yaml',
  summary: 'model-summary.txt',
  confusionTable: 'confusion-matrix.json',
  confusionFigure: 'confusion-matrix.svg',
  model: 'model/model.json',
  weights: 'model/weights.bin',
} as const

/** Logs what training left behind: the model's files, its summary, its confusion matrix. */
export async function logResult(
  run: ActiveRun,
  settings: TrainSettings,
  { summary, confusion, model }: TrainResult,
): Promise<void> {
  await run.logDict(settingsToParams(settings), RUN_FILES.config)
  await run.logText(summary, RUN_FILES.summary)
  await run.logTable(confusionTable(confusion), RUN_FILES.confusionTable)
  await run.logFigure(confusionSvg(confusion), RUN_FILES.confusionFigure)
  await run.logText(model.modelJson, RUN_FILES.model)
  await run.logArtifact(model.weights, RUN_FILES.weights)
}

import { writeFile } from 'node:fs/promises'
import { openTracker } from 'tracklet'
import type { Run, Tracker } from 'tracklet'
import { readDigits, readPenguins } from '../data/read-packages.js'
import { splitDataset, standardise } from '../shared/dataset.js'
import { digitsFromBytes } from '../shared/digits.js'
import { penguinsFromRows } from '../shared/penguins.js'
import { startBackend } from './backend.js'
import { readOptions, USAGE } from './options.js'
import type { Options } from './options.js'
import { createProgress } from './progress.js'
import { readBack } from './read-back.js'
import { printBest, printRuns } from './report.js'
import { sweep, taskFor, trainRun } from './train-runs.js'
import type { Receipt, SweepReceipt, Workshop } from './train-runs.js'

const SEED = 7

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (!options) return console.log(USAGE)

  const backend = await startBackend()
  console.log(`Training with TensorFlow.js (${backend}); tracking in ${options.store}`)
  const receipts = await trainAndReport(options, backend)
  await reopenAndExport(options, receipts)
}

async function trainAndReport(options: Options, backend: string): Promise<Receipt[]> {
  const tracker = await openTracker(options.store)
  try {
    const workshop = { tracker, progress: createProgress(), tags: { backend } }
    const penguins = await trainPenguins(workshop)
    const digits = await sweepDigits(workshop, options)
    await report(tracker, penguins, digits)
    return [penguins, ...digits.children]
  } finally {
    await tracker.close()
  }
}

async function trainPenguins(workshop: Workshop): Promise<Receipt> {
  await workshop.tracker.setExperiment('penguins')
  const penguins = penguinsFromRows(await readPenguins())
  console.log(`\n${penguins.labels.length} penguins of ${penguins.classNames.length} species`)
  const task = taskFor(standardise(splitDataset(penguins, 0.25, SEED)))
  const settings = { learningRate: 0.01, hiddenUnits: 16, batchSize: 32, epochs: 30, seed: SEED }
  return trainRun(workshop, task, settings)
}

async function sweepDigits(workshop: Workshop, options: Options): Promise<SweepReceipt> {
  await workshop.tracker.setExperiment('digits')
  const digits = digitsFromBytes(await readDigits())
  const { train, test } = splitDataset(digits, 0.2, SEED)
  const task = taskFor(options.quick ? splitDataset(test, 0.2, SEED) : { train, test })
  console.log(
    `\n${digits.labels.length} handwritten digits; training on ${task.split.train.labels.length}`,
  )
  const base = {
    learningRate: 0.01,
    hiddenUnits: 32,
    batchSize: 128,
    epochs: options.epochs,
    seed: SEED,
  }
  return sweep(workshop, task, base, {
    learningRates: options.quick ? [0.01] : [0.001, 0.003, 0.01],
    hiddenUnits: options.quick ? [16, 32] : [32, 96],
  })
}

async function report(tracker: Tracker, penguins: Receipt, digits: SweepReceipt): Promise<void> {
  const parent = await tracker.openRun(digits.parentRunId)
  const children = await parent.children().all()
  printRuns('penguins', [await tracker.getRun(penguins.runId)])
  printRuns('digits', children)
  printBest(children)
}

function runsOf(tracker: Tracker, experiment: string): Promise<Run[]> {
  return tracker.searchRuns({ experimentNames: [experiment] }).all()
}

async function reopenAndExport(options: Options, receipts: readonly Receipt[]): Promise<void> {
  const tracker = await openTracker(options.store)
  try {
    const found = await readBack(tracker, receipts)
    console.log(
      `\nOpened ${options.store} anew: ${found.runs} runs, ${found.points} points and ` +
        `${found.artifactBytes} bytes of weights are there, as they were logged.`,
    )
    const all = [...(await runsOf(tracker, 'penguins')), ...(await runsOf(tracker, 'digits'))]
    await writeFile(options.out, tracker.exportZip())
    console.log(
      `Wrote all ${all.length} runs of the store to ${options.out} (the layout of mlruns).`,
    )
  } finally {
    await tracker.close()
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

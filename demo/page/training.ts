import type { ActiveRun, StartRun, Tracker } from 'tracklet'
import { settingsGrid, settingsToName, settingsToParams } from '../shared/settings.js'
import type { TrainSettings } from '../shared/settings.js'
import { logDatasets, logEvents, logResult } from '../shared/tracking.js'
import { Trainer } from './trainer.js'
import type { TaskName } from './worker-messages.js'

/** What the page hears of a training. */
export interface TrainingHooks {
  /** A run has begun. */
  readonly started: (runId: string) => void
  /** How far the work is, from 0 to 1, and in words. */
  readonly progressed: (share: number, text: string) => void
}

/** What a sweep tries out, each with each. */
const SWEEP = { learningRates: [0.001, 0.003, 0.01], hiddenUnits: [16, 64] } as const

/** Trains in the worker and tracks in the page: every message of the worker becomes a log call. */
export class Training {
  readonly #tracker: Tracker
  readonly #hooks: TrainingHooks
  readonly #trainer = new Trainer()
  readonly #underway = new Set<string>()
  #stop = new AbortController()

  constructor(tracker: Tracker, hooks: TrainingHooks) {
    this.#tracker = tracker
    this.#hooks = hooks
  }

  /** Whether this run is being trained by this page. */
  isUnderway(runId: string): boolean {
    return this.#underway.has(runId)
  }

  /** Stops what is being trained; its runs end as KILLED. */
  stop(): void {
    this.#stop.abort()
  }

  /** Trains one model as one run. Rejects with `TrainingStopped` after `stop()`. */
  async trainOne(task: TaskName, settings: TrainSettings): Promise<void> {
    await this.#begin(task)
    await this.#run(runOptions(settings), (run) => this.#train(run, task, settings))
  }

  /** Trains a grid of settings: a run for each, as children of one more. */
  async sweep(task: TaskName, base: TrainSettings): Promise<void> {
    await this.#begin(task)
    const params = { seed: base.seed, epochs: base.epochs }
    await this.#run({ name: 'sweep', params }, async (parent) => {
      for (const settings of settingsGrid(base, SWEEP.learningRates, SWEEP.hiddenUnits)) {
        const options = { ...runOptions(settings), parent }
        await this.#run(options, (run) => this.#train(run, task, settings))
      }
    })
  }

  async #begin(task: TaskName): Promise<void> {
    this.#stop = new AbortController()
    await this.#tracker.setExperiment(task)
  }

  async #run(options: StartRun, work: (run: ActiveRun) => Promise<void>): Promise<void> {
    const { signal } = this.#stop
    await this.#tracker.run({ ...options, signal }, async (run) => {
      this.#underway.add(run.id)
      try {
        await work(run)
      } finally {
        this.#underway.delete(run.id)
      }
    })
  }

  async #train(run: ActiveRun, task: TaskName, settings: TrainSettings): Promise<void> {
    this.#hooks.started(run.id)
    this.#hooks.progressed(0, `${run.info.runName}: loading the data`)
    const log = logEvents(run)
    let described: Promise<void> | undefined
    let total = 0
    const result = await this.#trainer.train(
      task,
      settings,
      {
        onData: (description, batches) => {
          total = batches
          described = logDatasets(run, description)
        },
        onBatch: (step, metrics) => {
          log.onBatch(step, metrics)
          const text = `${run.info.runName}: ${step} of ${total} batches`
          this.#hooks.progressed(step / total, text)
        },
        onEpoch: log.onEpoch,
      },
      run.signal,
    )
    await described
    await logResult(run, settings, result)
  }
}

function runOptions(settings: TrainSettings): StartRun {
  return { name: settingsToName(settings), params: settingsToParams(settings) }
}

import type { TrainSettings } from '../shared/settings.js'
import type { DescribedSplit } from '../shared/tracking.js'
import type { TrainEvents, TrainResult } from '../shared/train.js'
import type { TaskName, TrainReport, TrainRequest } from './worker-messages.js'

/** What a caller hears while the worker trains. */
export interface TrainerEvents extends TrainEvents {
  /** Before the first batch: what is trained on, and how many batches there will be. */
  readonly onData: (description: DescribedSplit, batches: number) => void
}

/** Rejects a training that was stopped. */
export class TrainingStopped extends Error {
  override readonly name = 'TrainingStopped'
}

/** Trains in a worker of its own, one model at a time, so that the page stays quick. */
export class Trainer {
  #worker: Worker | null = null

  /** Trains; rejects with `TrainingStopped` when the signal is aborted. */
  train(
    task: TaskName,
    settings: TrainSettings,
    events: TrainerEvents,
    signal: AbortSignal,
  ): Promise<TrainResult> {
    const worker = (this.#worker ??= startWorker())
    const dataUrl = new URL('data/', document.baseURI).href
    return new Promise((resolve, reject) => {
      signal.onabort = () => {
        this.#discard()
        reject(new TrainingStopped('Training was stopped.'))
      }
      worker.onerror = (event) => {
        this.#discard()
        reject(new Error(event.message || 'The training worker could not be started.'))
      }
      worker.onmessage = ({ data }: MessageEvent<TrainReport>) => {
        if (data.kind === 'done') resolve(data.result)
        else if (data.kind === 'failed') reject(new Error(data.message))
        else forward(data, events)
      }
      worker.postMessage({ task, settings, dataUrl } satisfies TrainRequest)
    })
  }

  /** A worker in the middle of a batch hears no message: the way to stop it is to end it. */
  #discard(): void {
    this.#worker?.terminate()
    this.#worker = null
  }
}

function startWorker(): Worker {
  return new Worker(new URL('./train.worker.ts', import.meta.url), { type: 'module' })
}

type Underway = Exclude<TrainReport, { kind: 'done' | 'failed' }>

function forward(report: Underway, events: TrainerEvents): void {
  if (report.kind === 'data') events.onData(report.description, report.batches)
  else if (report.kind === 'batch') events.onBatch(report.step, report.metrics)
  else events.onEpoch(report.step, report.metrics)
}

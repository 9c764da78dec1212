import { Presets, SingleBar } from 'cli-progress'
import type { Metrics } from '../shared/train.js'

/** Shows how far a training run is; the same object serves one run after another. */
export interface Progress {
  start(name: string, batches: number): void
  /** `step` is the number of batches done; the metrics are shown until the next call. */
  advance(step: number, metrics: Metrics): void
  /** Ends the display, also of a run that failed. */
  stop(): void
}

/** A bar that moves on a terminal; one plain line a run where the output is a file or a pipe. */
export function createProgress(): Progress {
  return process.stdout.isTTY ? new ProgressBar() : new ProgressLines()
}

const NAME_WIDTH = 20

class ProgressBar implements Progress {
  readonly #bar = new SingleBar(
    {
      format: '  {name} {bar} {value}/{total} batches  {metrics}',
      barsize: 24,
      hideCursor: true,
      stopOnComplete: false,
    },
    Presets.shades_classic,
  )

  start(name: string, batches: number): void {
    this.#bar.start(batches, 0, { name: name.padEnd(NAME_WIDTH), metrics: '' })
  }

  advance(step: number, metrics: Metrics): void {
    this.#bar.update(step, { metrics: metricsToText(metrics) })
  }

  stop(): void {
    this.#bar.stop()
  }
}

class ProgressLines implements Progress {
  #name = ''
  #startedAt = 0
  #metrics: Metrics = {}

  start(name: string): void {
    this.#name = name
    this.#startedAt = performance.now()
  }

  advance(_step: number, metrics: Metrics): void {
    this.#metrics = metrics
  }

  stop(): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(5)
    console.log(`  ${this.#name.padEnd(NAME_WIDTH)} ${seconds} s  ${metricsToText(this.#metrics)}`)
  }
}

function metricsToText(metrics: Metrics): string {
  return Object.entries(metrics)
    .map(([key, value]) => `${key} ${value.toFixed(4)}`)
    .join('  ')
}

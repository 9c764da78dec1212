import type { ChangeSet, Run, Tracker } from 'tracklet'
import type { Board } from './board.js'
import { Chart } from './chart.js'
import type { Line } from './chart.js'
import { byId } from './dom.js'
import { Histories } from './histories.js'
import { smooth } from './smooth.js'

/** Metrics that can be drawn. */
export const DRAWABLE_METRICS = ['loss', 'accuracy', 'val_loss', 'val_accuracy'] as const

/** The chart with its metric, its smoothing and its note. */
export class HistoryView {
  readonly #board: Board
  readonly #histories: Histories
  readonly #chart = new Chart(byId('chart', HTMLDivElement))
  readonly #metric = byId('metric', HTMLSelectElement)
  readonly #smoothing = byId('smoothing', HTMLInputElement)
  readonly #onError: (error: unknown) => void
  #frame: number | null = null

  constructor(tracker: Tracker, board: Board, onError: (error: unknown) => void) {
    this.#board = board
    this.#onError = onError
    this.#histories = new Histories(tracker, this.#metric.value)
    this.#metric.addEventListener('change', () => {
      this.#histories.metric = this.#metric.value
      this.#smoothing.disabled = this.#isPerEpoch
      this.refresh()
    })
    this.#smoothing.addEventListener('input', () => this.#drawSoon())
  }

  /** Reads what is missing of the drawn runs, and draws. */
  refresh(): void {
    this.#drawSoon()
    this.#histories
      .load(this.#board.colours.runIds)
      .then(() => this.#drawSoon())
      .catch(this.#onError)
  }

  /** Takes new points as they are told. */
  async noteChanges(changes: ChangeSet): Promise<void> {
    if (changes.resync) {
      this.#histories.clear()
      this.refresh()
      return
    }
    for (const points of changes.points) await this.#histories.append(points)
    if (changes.points.length > 0) this.#drawSoon()
  }

  /** One value an epoch is no noise: smoothing would only be wrong. */
  get #isPerEpoch(): boolean {
    return this.#metric.value.startsWith('val_')
  }

  #drawSoon(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null
      this.#draw()
    })
  }

  #draw(): void {
    const drawn = this.#board.runs.filter((run) => this.#board.colours.has(run.info.runId))
    const lines = drawn.flatMap((run) => this.#lineOf(run))
    this.#chart.draw(lines)
    byId('chart-note', HTMLParagraphElement).textContent = this.#note(drawn, lines)
  }

  #lineOf({ info }: Run): Line[] {
    const history = this.#histories.get(info.runId)
    const colour = this.#board.colours.variableOf(info.runId)
    if (!history || colour === null || history.values.length === 0) return []
    const weight = this.#isPerEpoch ? 0 : this.#smoothing.valueAsNumber
    const values = smooth(history.values, weight)
    return [{ label: info.runName, colour, steps: history.steps, values }]
  }

  #note(drawn: readonly Run[], lines: readonly Line[]): string {
    if (this.#board.runs.length === 0) return ''
    if (drawn.length === 0) return 'Tick runs below to draw them.'
    if (lines.length === 0) return `No drawn run has points of ${this.#metric.value} yet.`
    const shown = lines.reduce((sum, line) => sum + line.values.length, 0)
    const all = drawn.reduce(
      (sum, run) => sum + (this.#histories.get(run.info.runId)?.total ?? 0),
      0,
    )
    return `${shown.toLocaleString('en')} of ${all.toLocaleString('en')} points, over batches seen.`
  }
}

import type { ChangeSet, Run, Tracker } from 'tracklet'
import type { Board } from './board.js'
import { Chart } from './chart.js'
import type { Axis, Line } from './chart.js'
import { byId, h } from './dom.js'
import { formatCount } from './format.js'
import { Histories } from './histories.js'
import type { History } from './histories.js'
import { metricsOf } from './run-keys.js'
import { smooth } from './smooth.js'

/** Histories this short have no noise to speak of: smoothing would only be wrong. */
const FEW_POINTS = 50

/** The chart with its metric, its smoothing and its note. It follows the runs as they log. */
export class HistoryView {
  readonly #tracker: Tracker
  readonly #board: Board
  readonly #histories: Histories
  readonly #chart = new Chart(byId('chart', HTMLDivElement))
  readonly #choice = byId('metric', HTMLSelectElement)
  readonly #smoothing = byId('smoothing', HTMLInputElement)
  readonly #onError: (error: unknown) => void
  #metric: string | null = null
  #choices = ''
  #following = new AbortController()
  #frame: number | null = null

  constructor(tracker: Tracker, board: Board, onError: (error: unknown) => void) {
    this.#tracker = tracker
    this.#board = board
    this.#onError = onError
    this.#histories = new Histories(tracker)
    this.#choice.addEventListener('change', () => board.drawMetric(this.#choice.value))
    this.#smoothing.addEventListener('input', () => this.#drawSoon())
  }

  /** Reads what is missing of the drawn runs, and draws. */
  refresh(): void {
    this.#offer()
    if (this.#metric !== this.#board.metric) this.#follow(this.#board.metric)
    this.#drawSoon()
    if (this.#metric === null) return
    this.#histories
      .load(this.#board.colours.runIds)
      .then(() => this.#drawSoon())
      .catch(this.#onError)
  }

  /** Lists the metrics that the runs have. */
  #offer(): void {
    const keys = metricsOf(this.#board.runs).map(({ key }) => key)
    const { metric } = this.#board
    const choices = JSON.stringify([keys, metric])
    if (choices === this.#choices) return
    this.#choices = choices
    this.#choice.replaceChildren(...keys.map((key) => h('option', { value: key }, key)))
    this.#choice.disabled = keys.length === 0
    if (metric !== null) this.#choice.value = metric
  }

  /** Forgets the metric before, and hears of each new point of this one. */
  #follow(metric: string | null): void {
    this.#following.abort()
    this.#following = new AbortController()
    this.#metric = metric
    this.#histories.metric = metric ?? ''
    if (metric !== null) this.#watch(metric, this.#following.signal).catch(this.#onError)
  }

  async #watch(metric: string, signal: AbortSignal): Promise<void> {
    for await (const changes of this.#tracker.watch({ metrics: [metric], signal }))
      if (!signal.aborted) await this.#noteChanges(changes)
  }

  async #noteChanges(changes: ChangeSet): Promise<void> {
    if (changes.resync) {
      this.#histories.clear()
      this.refresh()
      return
    }
    for (const points of changes.points) await this.#histories.append(points)
    if (changes.points.length > 0) this.#drawSoon()
  }

  #drawSoon(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null
      this.#draw()
    })
  }

  #draw(): void {
    const drawn = this.#board.runs.filter((run) => this.#board.colours.has(run.info.runId))
    const histories = drawn.flatMap((run) => this.#histories.get(run.info.runId) ?? [])
    const axis = axisOf(histories)
    const lines = drawn.flatMap((run) => this.#lineOf(run, axis))
    this.#smoothing.disabled = histories.every(isShort)
    this.#chart.draw(lines, axis)
    byId('chart-note', HTMLParagraphElement).textContent = this.#note(drawn, histories, axis)
  }

  #lineOf({ info }: Run, axis: Axis): Line[] {
    const history = this.#histories.get(info.runId)
    const colour = this.#board.colours.variableOf(info.runId)
    if (!history || colour === null || history.values.length === 0) return []
    const weight = isShort(history) ? 0 : this.#smoothing.valueAsNumber
    const values = smooth(history.values, weight)
    return [{ label: info.runName, colour, places: placesOf(history, axis), values }]
  }

  #note(drawn: readonly Run[], histories: readonly History[], axis: Axis): string {
    if (this.#board.runs.length === 0) return ''
    if (this.#metric === null) return 'These runs have no metrics.'
    if (drawn.length === 0) return 'Tick runs below to draw them.'
    const all = histories.reduce((sum, { total }) => sum + total, 0)
    if (all === 0) return `No drawn run has points of ${this.#metric} yet.`
    const values = histories.flatMap((history) => history.values)
    const gaps = values.filter((value) => !Number.isFinite(value)).length
    const missing = gaps > 0 ? `; ${gaps.toLocaleString('en')} not finite` : ''
    const over = axis === 'step' ? 'over steps' : 'in order, as all have the same step'
    const counts = `${values.length.toLocaleString('en')} of ${formatCount(all, 'point')}`
    return `${counts}, ${over}${missing}.`
  }
}

function isShort({ total }: History): boolean {
  return total <= FEW_POINTS
}

/** Who logs without steps has all points at the same one: over steps they would be a single place. */
function axisOf(histories: readonly History[]): Axis {
  const long = histories.filter(({ steps }) => steps.length > 1)
  const isFlat = long.every(({ steps }) => steps[0] === steps.at(-1))
  return long.length > 0 && isFlat ? 'point' : 'step'
}

/** Points are in the order of their steps; where some were left out, those that are here keep their distance. */
function placesOf({ steps, total }: History, axis: Axis): readonly number[] {
  if (axis === 'step') return steps
  return steps.map((_, index) => 1 + Math.round((index * total) / steps.length))
}

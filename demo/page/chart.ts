import uPlot from 'uplot'
import { formatMetric, formatTick } from './format.js'

/** What the points of a line are over. */
export type Axis = 'step' | 'point'

/** A line of the chart. */
export interface Line {
  readonly label: string
  /** The CSS variable that holds its colour. */
  readonly colour: string
  /** Where its points are on the axis, growing. */
  readonly places: readonly number[]
  /** What is not finite is a gap. */
  readonly values: readonly number[]
}

const HEIGHT = 350

/** Draws lines; the sole user of the chart library. */
export class Chart {
  readonly #element: HTMLElement
  #plot: uPlot | null = null
  #lines: readonly Line[] = []
  #axis: Axis = 'step'
  #shape = ''

  constructor(element: HTMLElement) {
    this.#element = element
    new ResizeObserver(() => this.#resize()).observe(element)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#rebuild())
  }

  /** Shows these lines; the chart is built anew only where their number, names or colours differ. */
  draw(lines: readonly Line[], axis: Axis): void {
    this.#lines = lines
    this.#axis = axis
    const shape = JSON.stringify([axis, lines.map(({ label, colour }) => [label, colour])])
    if (this.#plot && shape === this.#shape) this.#plot.setData(linesToData(lines))
    else this.#rebuild()
    this.#shape = shape
  }

  #rebuild(): void {
    this.#plot?.destroy()
    this.#plot = null
    if (this.#lines.length === 0) return
    const options = optionsFor(this.#lines, this.#axis, this.#element)
    this.#plot = new uPlot(options, linesToData(this.#lines), this.#element)
  }

  #resize(): void {
    this.#plot?.setSize({ width: this.#element.clientWidth, height: HEIGHT })
  }
}

function linesToData(lines: readonly Line[]): uPlot.AlignedData {
  if (lines.length === 0) return [[]]
  return uPlot.join(
    lines.map(({ places, values }) => [
      [...places],
      values.map((value) => (Number.isFinite(value) ? value : null)),
    ]),
  )
}

function optionsFor(lines: readonly Line[], axisName: Axis, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const axis: uPlot.Axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    scales: { x: { time: false } },
    axes: [axis, { ...axis, size: 60, values: (_, ticks) => ticks.map(formatTick) }],
    cursor: { points: { size: 6 } },
    series: [
      { label: axisName },
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 1.75,
        spanGaps: true,
        value: (_: uPlot, value: number | null) => formatMetric(value ?? undefined),
      })),
    ],
  }
}

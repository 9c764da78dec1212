import type { Run } from 'tracklet'
import type { Colours } from './colours.js'
import { h } from './dom.js'
import { bestRun, COLUMNS, sortRuns } from './table-columns.js'
import type { Column } from './table-columns.js'

/** What the table asks of the page. */
export interface TableActions {
  readonly draw: (runId: string, drawn: boolean) => void
  readonly open: (run: Run) => void
  readonly remove: (run: Run) => void
  /** Whether the run is being trained by this page right now. */
  readonly isUnderway: (runId: string) => boolean
}

/** The table of runs, sortable by each column. */
export class RunsTable {
  readonly #element: HTMLElement
  readonly #colours: Colours
  readonly #actions: TableActions
  #runs: readonly Run[] = []
  #sortKey = 'started'
  #ascending = false

  constructor(element: HTMLElement, colours: Colours, actions: TableActions) {
    this.#element = element
    this.#colours = colours
    this.#actions = actions
  }

  /** Shows these runs; keeps the focus where it was. */
  show(runs: readonly Run[]): void {
    this.#runs = runs
    const focused = document.activeElement?.getAttribute('data-focus')
    const column = COLUMNS.find(({ key }) => key === this.#sortKey) as Column
    const sorted = sortRuns(runs, column, this.#ascending)
    const best = bestRun(runs)
    const rows = sorted.map((run) => this.#row(run, run === best))
    const table = h('table', {}, this.#head(), h('tbody', {}, ...rows))
    this.#element.replaceChildren(...(runs.length > 0 ? [table] : []))
    if (focused) this.#focus(focused)
  }

  #head(): HTMLElement {
    const cells = COLUMNS.map((column) => {
      const sorted = column.key === this.#sortKey
      const direction = this.#ascending ? 'ascending' : 'descending'
      const button = h(
        'button',
        {
          type: 'button',
          class: 'plain',
          'data-focus': `sort-${column.key}`,
          onclick: () => this.#sortBy(column),
        },
        column.title,
      )
      const attributes = { scope: 'col', class: column.isNumber ? 'number' : '' }
      return h('th', sorted ? { ...attributes, 'aria-sort': direction } : attributes, button)
    })
    const draw = h('th', { scope: 'col' }, 'Draw')
    return h('thead', {}, h('tr', {}, draw, ...cells, h('td', {})))
  }

  #row(run: Run, isBest: boolean): HTMLElement {
    const [, ...columns] = COLUMNS
    const cells = columns.map((column) => {
      const status = column.key === 'status' ? ` status-${run.info.status}` : ''
      return h('td', { class: (column.isNumber ? 'number' : '') + status }, column.text(run))
    })
    return h(
      'tr',
      { class: isBest ? 'best' : '' },
      h('td', {}, ...this.#drawCell(run)),
      h('th', { scope: 'row' }, ...this.#nameCell(run, isBest)),
      ...cells,
      h('td', {}, this.#removeButton(run)),
    )
  }

  #drawCell({ info }: Run): (Node | null)[] {
    const variable = this.#colours.variableOf(info.runId)
    const box = h('input', {
      type: 'checkbox',
      checked: variable !== null,
      'aria-label': `Draw ${info.runName}`,
      'data-focus': `draw-${info.runId}`,
      onchange: () => this.#actions.draw(info.runId, box.checked),
    })
    const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' })
    if (variable !== null) swatch.style.background = `var(${variable})`
    return [box, swatch]
  }

  #nameCell(run: Run, isBest: boolean): (Node | null)[] {
    const open = h(
      'button',
      {
        type: 'button',
        class: 'plain',
        'data-focus': `open-${run.info.runId}`,
        onclick: () => this.#actions.open(run),
      },
      run.info.runName,
    )
    const isChild = 'mlflow.parentRunId' in run.data.tags
    return [
      open,
      isBest ? h('span', { class: 'badge good' }, 'best') : null,
      isChild ? h('span', { class: 'badge' }, 'in sweep') : null,
    ]
  }

  #removeButton(run: Run): HTMLElement {
    return h(
      'button',
      {
        type: 'button',
        class: 'plain',
        disabled: this.#actions.isUnderway(run.info.runId),
        'aria-label': `Delete ${run.info.runName}`,
        'data-focus': `remove-${run.info.runId}`,
        onclick: () => this.#actions.remove(run),
      },
      'Delete',
    )
  }

  #sortBy(column: Column): void {
    this.#ascending = column.key === this.#sortKey ? !this.#ascending : !column.isNumber
    this.#sortKey = column.key
    this.show(this.#runs)
  }

  #focus(name: string): void {
    this.#element.querySelector<HTMLElement>(`[data-focus="${CSS.escape(name)}"]`)?.focus()
  }
}

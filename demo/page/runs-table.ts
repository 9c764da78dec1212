import type { Run } from 'tracklet'
import type { Colours } from './colours.js'
import { h } from './dom.js'
import { bestRun, columnsFor, sortRuns } from './table-columns.js'
import type { Column, ColumnGroup } from './table-columns.js'

/** What the table asks of the page. */
export interface TableActions {
  readonly draw: (runId: string, drawn: boolean) => void
  readonly open: (run: Run) => void
}

const NEWEST_FIRST = { key: 'started', ascending: false } as const
const LONGEST_TITLE = 1000

/** Rows that are made at first, and with each `showMore()`. */
const ROWS = 50

/** The table of runs, sortable by each column. */
export class RunsTable {
  readonly #element: HTMLElement
  readonly #colours: Colours
  readonly #actions: TableActions
  #runs: readonly Run[] = []
  #rows = ROWS
  #state = ''
  #sort: { readonly key: string; readonly ascending: boolean } = NEWEST_FIRST

  constructor(element: HTMLElement, colours: Colours, actions: TableActions) {
    this.#element = element
    this.#colours = colours
    this.#actions = actions
  }

  /** How many runs have no row yet. */
  get hidden(): number {
    return Math.max(0, this.#runs.length - this.#rows)
  }

  /** Begins anew, as for other runs than before: the newest first, few rows, at the left. */
  reset(): void {
    this.#sort = NEWEST_FIRST
    this.#rows = ROWS
    this.#element.scrollLeft = 0
  }

  /** Makes more rows. */
  showMore(): void {
    this.#rows += ROWS
    this.show(this.#runs)
  }

  /** Shows these runs; keeps the focus where it was, and everything where nothing has changed. */
  show(runs: readonly Run[]): void {
    this.#runs = runs
    const shows = runs.map(({ info, data: { metrics, params, tags } }) => [
      ...[info, params, tags, this.#colours.variableOf(info.runId)],
      // As text: JSON knows neither NaN nor the infinities.
      String(Object.entries(metrics)),
    ])
    const state = JSON.stringify([this.#rows, this.#sort, shows])
    if (state === this.#state) return
    this.#state = state
    this.#build(runs)
  }

  #build(runs: readonly Run[]): void {
    const focused = document.activeElement?.getAttribute('data-focus')
    const groups = columnsFor(runs)
    const [first, ...columns] = groups.flatMap((group) => group.columns)
    const sorted = sortRuns(runs, this.#sortColumn(groups), this.#sort.ascending)
    const best = bestRun(runs)
    const shown = sorted.slice(0, this.#rows)
    const rows = shown.map((run) => this.#row(run, columns, run === best))
    const table = h('table', {}, this.#head(groups), h('tbody', {}, ...rows))
    this.#element.replaceChildren(...(first && runs.length > 0 ? [table] : []))
    if (focused) this.#focus(focused)
  }

  #sortColumn(groups: readonly ColumnGroup[]): Column {
    const columns = groups.flatMap((group) => group.columns)
    const find = (key: string): Column | undefined => columns.find((one) => one.key === key)
    return (find(this.#sort.key) ?? find(NEWEST_FIRST.key)) as Column
  }

  #head(groups: readonly ColumnGroup[]): HTMLElement {
    const sorted = this.#sortColumn(groups)
    const titles = groups
      .filter(({ columns }) => columns.length > 0)
      .map(({ title, columns, left }) => {
        const text = left > 0 ? `${title} (${left} more in the details of a run)` : title
        const attributes = { colspan: String(columns.length) }
        return title === ''
          ? h('td', attributes)
          : h('th', { ...attributes, scope: 'colgroup' }, h('span', {}, text))
      })
    const cells = groups.flatMap(({ columns }) =>
      columns.map((column, index) => this.#headCell(column, column === sorted, index === 0)),
    )
    return h('thead', {}, h('tr', { class: 'groups' }, ...titles), h('tr', {}, ...cells))
  }

  #headCell(column: Column, isSorted: boolean, isFirst: boolean): HTMLElement {
    const attributes = {
      type: 'button',
      class: 'plain cut',
      title: column.title,
      'data-focus': `sort ${column.key}`,
      onclick: () => this.#sortBy(column),
    }
    const direction = this.#sort.ascending ? 'ascending' : 'descending'
    return h(
      'th',
      {
        scope: 'col',
        class: classesOf(column, isFirst),
        ...(isSorted && { 'aria-sort': direction }),
      },
      h('button', attributes, column.title),
    )
  }

  #row(run: Run, columns: readonly Column[], isBest: boolean): HTMLElement {
    const cells = columns.map((column) => {
      const status = column.key === 'status' ? ` status-${run.info.status}` : ''
      const text = column.text(run)
      return h(
        'td',
        { class: classesOf(column, false) + status },
        // Few texts are long, and each element more is felt where there are thousands.
        text.length > 24
          ? h('span', { class: 'cut', title: text.slice(0, LONGEST_TITLE) }, text.slice(0, 100))
          : text,
      )
    })
    const isDeleted = run.info.lifecycleStage === 'deleted'
    return h(
      'tr',
      { class: `${isBest ? 'best' : ''}${isDeleted ? ' deleted' : ''}` },
      h('th', { scope: 'row' }, h('div', {}, ...this.#nameCell(run, isBest, isDeleted))),
      ...cells,
    )
  }

  #nameCell(run: Run, isBest: boolean, isDeleted: boolean): (Node | null)[] {
    const { runId, runName } = run.info
    const attributes = {
      type: 'button',
      class: 'plain cut',
      title: runName,
      'data-focus': `open ${runId}`,
      onclick: () => this.#actions.open(run),
    }
    return [
      ...this.#drawBox(run),
      h('button', attributes, runName),
      isBest ? badge('best', 'badge good', 'The highest val_accuracy') : null,
      'mlflow.parentRunId' in run.data.tags ? badge('child', 'badge', 'Has a parent run') : null,
      isDeleted ? badge('deleted', 'badge', 'Is deleted') : null,
    ]
  }

  #drawBox({ info }: Run): (Node | null)[] {
    const variable = this.#colours.variableOf(info.runId)
    const box = h('input', {
      type: 'checkbox',
      checked: variable !== null,
      'aria-label': `Draw ${info.runName}`,
      'data-focus': `draw ${info.runId}`,
      onchange: () => this.#actions.draw(info.runId, box.checked),
    })
    const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' })
    if (variable !== null) swatch.style.background = `var(${variable})`
    return [box, swatch]
  }

  #sortBy(column: Column): void {
    const isSame = column.key === this.#sort.key
    const ascending = isSame ? !this.#sort.ascending : !column.isNumber
    this.#sort = { key: column.key, ascending }
    this.show(this.#runs)
  }

  #focus(name: string): void {
    this.#element.querySelector<HTMLElement>(`[data-focus="${CSS.escape(name)}"]`)?.focus()
  }
}

function classesOf(column: Column, isFirst: boolean): string {
  return `${column.isNumber ? 'number' : ''}${isFirst ? ' first' : ''}`
}

function badge(text: string, className: string, title: string): HTMLElement {
  return h('span', { class: className, title }, text)
}

import type { ImportCount, ImportKind, ImportProgress, ImportReport } from 'tracklet'
import { byId, h } from './dom.js'
import type { ListedExperiment } from './experiments.js'
import { formatBytes, formatCount } from './format.js'

/** Lines of a list that is opened; what is beyond is counted. */
const MOST_LINES = 200

/** Doubts this few are shown without being asked for. */
const FEW_DOUBTS = 5

const KINDS: Readonly<Record<ImportKind, string>> = {
  experiments: 'Experiments',
  runs: 'Runs',
  loggedModels: 'Logged models',
  traces: 'Traces',
  registeredModels: 'Registered models',
}

const ALL_KINDS = Object.keys(KINDS) as ImportKind[]

type Outcome = keyof ImportCount

const OUTCOMES: readonly Outcome[] = ['added', 'replaced', 'skipped']

/** What an import has done, and what may be done about it. */
export interface Imported {
  readonly name: string
  readonly report: ImportReport
  /** The experiments that are new or have more runs than before. */
  readonly brought: readonly ListedExperiment[]
  /** What an experiment of the source is called here. */
  readonly nameOf: (experimentId: string) => string
  readonly open: (experiment: ListedExperiment) => void
  /** Imports the same again, in the place of what was here already. */
  readonly replace: () => void
}

/** The panel that tells of an import: how far it is, and what became of it. */
export class ImportView {
  readonly #element = byId('import', HTMLElement)

  /** Shows that something is being read, with a button to cancel it; gives what tells how far it is. */
  showReading(name: string, cancel: () => void): (progress: ImportProgress) => void {
    const text = h('p', { class: 'quiet', role: 'status' }, 'Reading…')
    const bar = h('progress', { 'aria-label': `Reading ${name}` })
    this.#show('', `Importing “${name}”`, button('Cancel', cancel), bar, text)
    return (progress) => (text.textContent = progressText(progress))
  }

  /** Shows what an import did, with a button for each experiment that it has brought. */
  showReport(imported: Imported): void {
    const { name, report, brought, open } = imported
    this.#show(
      '',
      `Imported “${name}”: ${summaryOf(report)}`,
      button('Dismiss', () => this.hide()),
      counts(report),
      brought.length > 1 ? opening(brought, open) : null,
      ...lists(imported),
    )
  }

  /** Shows that nothing came of an import, and why. */
  showFailure(name: string, error: unknown, wasCancelled: boolean): void {
    const dismiss = button('Dismiss', () => this.hide())
    if (wasCancelled)
      return this.#show('', `Importing “${name}” was cancelled: nothing was changed.`, dismiss)
    const message = error instanceof Error ? error.message : String(error)
    const reason = h('p', {}, message)
    this.#show('bad', `“${name}” was not imported: nothing was changed.`, dismiss, reason)
  }

  /** Takes the panel away. */
  hide(): void {
    this.#element.hidden = true
  }

  #show(kind: '' | 'bad', title: string, action: HTMLElement, ...body: (Node | null)[]): void {
    const heading = h('h2', { role: kind === 'bad' ? 'alert' : 'status' }, title)
    const head = h('div', { class: 'card-head' }, heading, action)
    this.#element.className = `card import-card ${kind}`
    this.#element.replaceChildren(head, ...body.filter((child) => child !== null))
    this.#element.hidden = false
  }
}

function progressText({ runs, points, artifacts, artifactBytes }: ImportProgress): string {
  const files = `${formatCount(artifacts, 'file')} (${formatBytes(artifactBytes)})`
  return `${formatCount(runs, 'run')}, ${formatCount(points, 'point')}, ${files} read; nothing is stored until all is.`
}

function summaryOf(report: ImportReport): string {
  const sums: Readonly<Record<string, number>> = {
    added: sumOf(report, 'added'),
    skipped: sumOf(report, 'skipped'),
    replaced: sumOf(report, 'replaced'),
    doubtful: report.doubts.length + report.moreDoubts,
  }
  return Object.entries(sums)
    .filter(([what, sum]) => what === 'added' || what === 'skipped' || sum > 0)
    .map(([what, sum]) => `${sum.toLocaleString('en')} ${what}`)
    .join(', ')
}

function sumOf(report: ImportReport, outcome: Outcome): number {
  return ALL_KINDS.reduce((sum, kind) => sum + report[kind][outcome], 0)
}

/** Kinds that the import had nothing of are left out, and `replaced` where nothing was. */
function counts(report: ImportReport): HTMLElement {
  const outcomes = OUTCOMES.filter((one) => one !== 'replaced' || sumOf(report, one) > 0)
  const rows = ALL_KINDS.filter((kind) => OUTCOMES.some((one) => report[kind][one] > 0)).map(
    (kind) => {
      const numbers = outcomes.map((one) => h('td', {}, report[kind][one].toLocaleString('en')))
      return h('tr', {}, h('th', { scope: 'row' }, KINDS[kind]), ...numbers)
    },
  )
  const titles = outcomes.map((one) => h('th', { scope: 'col' }, one))
  const head = h('thead', {}, h('tr', {}, h('td', {}), ...titles))
  const table = rows.length > 0 ? h('table', {}, head, h('tbody', {}, ...rows)) : null
  const { points, artifacts, artifactBytes } = report
  const files = `${formatCount(artifacts, 'file')} (${formatBytes(artifactBytes)})`
  const sum = h('p', { class: 'quiet' }, `With ${formatCount(points, 'point')} and ${files}.`)
  return h('div', { class: 'counts' }, table, points + artifacts > 0 ? sum : null)
}

function opening(
  brought: readonly ListedExperiment[],
  open: (experiment: ListedExperiment) => void,
): HTMLElement {
  const buttons = brought.slice(0, 12).map((experiment) => {
    const suffix = experiment.isDeleted ? ' (deleted)' : ''
    return button(experiment.name + suffix, () => open(experiment))
  })
  return h('p', { class: 'opening' }, h('span', { class: 'quiet' }, 'Show'), ...buttons)
}

function lists({ report, nameOf, replace }: Imported): (HTMLElement | null)[] {
  const { doubts, moreDoubts, skipped, renamed } = report
  const renames = Object.entries(renamed)
  const doubtful = doubts.length + moreDoubts
  return [
    list('doubtful: not taken, or only in part', doubtful, {
      lines: doubts.map(({ path, reason }) => [path, reason]),
      open: doubtful <= FEW_DOUBTS,
    }),
    list('skipped: here already', skipped.length, {
      lines: skipped.map(({ kind, id }) => [KINDS[kind], kind === 'experiments' ? nameOf(id) : id]),
      action: report.runs.skipped > 0 ? button('Import again in their place', replace) : null,
    }),
    list('under another id or name here', renames.length, { lines: renames }),
  ]
}

interface ListParts {
  readonly lines: readonly (readonly [string, string])[]
  readonly open?: boolean
  readonly action?: HTMLElement | null
}

/** A list to be opened; its lines are made then, as there may be thousands. */
function list(
  title: string,
  total: number,
  { lines, open = false, action = null }: ListParts,
): HTMLElement | null {
  if (total === 0) return null
  const terms = h('dl', {})
  const fill = (): void => {
    const shown = lines.slice(0, MOST_LINES)
    const pairs = shown.flatMap(([term, text]) => [h('dt', {}, term), h('dd', {}, text)])
    const left = total - shown.length
    const more =
      left > 0 ? [h('dt', {}, '…'), h('dd', {}, `and ${left.toLocaleString('en')} more`)] : []
    terms.replaceChildren(...pairs, ...more)
  }
  if (open) fill()
  const ontoggle = (): void => {
    if (terms.childElementCount === 0) fill()
  }
  const summary = h('summary', {}, `${total.toLocaleString('en')} ${title}`)
  return h('details', { open, ontoggle }, summary, terms, action)
}

function button(text: string, onclick: () => void): HTMLButtonElement {
  return h('button', { type: 'button', onclick }, text)
}

import type { Run, Tracker } from 'tracklet'
import { h } from './dom.js'
import { filesView, picturesOf } from './files-view.js'
import { formatMetric, formatTime } from './format.js'
import { compareNames } from './run-keys.js'

/** A heading's term and what is said of it. */
type Pair = readonly [term: string, text: string]

/** What the details ask of the page. */
export interface DetailsActions {
  readonly remove: (run: Run) => void
  readonly restore: (run: Run) => void
}

/** Shows all that a run has: metrics, params, tags, datasets, files, and those files that are pictures. */
export async function showDetails(
  element: HTMLElement,
  tracker: Tracker,
  run: Run,
  actions: DetailsActions,
): Promise<void> {
  const handle = await tracker.openRun(run.info.runId)
  const files = await handle.listArtifacts()
  const pictures = await picturesOf(handle, files)
  element.replaceChildren(
    head(element, run, actions),
    h(
      'div',
      { class: 'details-body' },
      h(
        'div',
        {},
        ...pairs('Metrics', metricPairs(run)),
        ...pairs('Params', byTerm(run.data.params)),
      ),
      h('div', {}, h('h3', {}, 'Files'), filesView(handle, files), ...pictures),
      h(
        'div',
        {},
        ...pairs('Run', aboutRun(run)),
        ...pairs('Datasets', datasetPairs(run)),
        ...pairs('Tags', byTerm(run.data.tags)),
      ),
    ),
  )
  element.toggleAttribute('hidden', false)
  element.querySelector('h2')?.focus()
}

function head(element: HTMLElement, run: Run, { remove, restore }: DetailsActions): HTMLElement {
  const isDeleted = run.info.lifecycleStage === 'deleted'
  const close = (): void => void element.toggleAttribute('hidden', true)
  const change = (): void => (isDeleted ? restore(run) : remove(run))
  return h(
    'div',
    { class: 'card-head' },
    h('h2', { tabindex: '-1' }, run.info.runName),
    h('button', { type: 'button', onclick: change }, isDeleted ? 'Restore run' : 'Delete run'),
    h('button', { type: 'button', onclick: close }, 'Close'),
  )
}

function aboutRun({ info }: Run): Pair[] {
  const { runId, status, userId, startTime, endTime } = info
  const end: Pair[] = endTime === null ? [] : [['ended', formatTime(endTime)]]
  const user: Pair[] = userId === '' ? [] : [['user', userId]]
  return [['id', runId], ['status', status], ...user, ['started', formatTime(startTime)], ...end]
}

function metricPairs({ data }: Run): Pair[] {
  return sorted(
    Object.entries(data.metrics).map(([key, value]): Pair => [key, formatMetric(value)]),
  )
}

function datasetPairs({ inputs }: Run): Pair[] {
  return inputs.datasetInputs.map(({ dataset, tags }) => {
    const context = tags['mlflow.data.context'] ?? 'used'
    const rows = rowsOf(dataset.profile ?? '')
    const size = rows === undefined ? '' : `, ${rows} rows`
    return [context, `${dataset.name}${size}, digest ${dataset.digest}`]
  })
}

/** Profiles are JSON as whoever logged them wrote it. */
function rowsOf(profile: string): number | undefined {
  try {
    const { num_rows: rows } = JSON.parse(profile) as { num_rows?: unknown }
    return typeof rows === 'number' ? rows : undefined
  } catch {
    return undefined
  }
}

function byTerm(values: Readonly<Record<string, string>>): Pair[] {
  return sorted(Object.entries(values))
}

function sorted(found: readonly Pair[]): Pair[] {
  return [...found].sort(([one], [other]) => compareNames(one, other))
}

function pairs(title: string, found: readonly Pair[]): HTMLElement[] {
  if (found.length === 0) return []
  const lines = found.flatMap(([term, text]) => [h('dt', {}, term), h('dd', {}, text)])
  return [h('h3', {}, title), h('dl', {}, ...lines)]
}

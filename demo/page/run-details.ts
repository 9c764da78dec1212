import type { ActiveRun, FileInfo, Run, Tracker } from 'tracklet'
import { RUN_FILES } from '../shared/tracking.js'
import { h } from './dom.js'
import { saveBlob } from './download.js'
import { formatBytes } from './format.js'
import { reporting } from './notices.js'

/** Shows what a run logged beside its metrics: params, datasets, files, the picture of its mistakes. */
export async function showDetails(element: HTMLElement, tracker: Tracker, run: Run): Promise<void> {
  const handle = await tracker.openRun(run.info.runId)
  const files = await listFiles(handle)
  const hasFigure = files.some((file) => file.path === RUN_FILES.confusionFigure)
  const close = (): void => void element.toggleAttribute('hidden', true)
  element.replaceChildren(
    h(
      'div',
      { class: 'card-head' },
      h('h2', { tabindex: '-1' }, run.info.runName),
      h('button', { type: 'button', onclick: close }, 'Close'),
    ),
    h(
      'div',
      { class: 'details-body' },
      h('div', {}, ...pairs('Params', run.data.params), ...pairs('Datasets', datasetsOf(run))),
      h('div', {}, h('h3', {}, 'Files'), fileList(handle, files), ...pairs('Tags', run.data.tags)),
      hasFigure ? await figure(handle) : null,
    ),
  )
  element.toggleAttribute('hidden', false)
  element.querySelector('h2')?.focus()
}

async function listFiles(run: ActiveRun, path?: string): Promise<FileInfo[]> {
  const entries = await run.listArtifacts(path)
  const nested = entries.map(async (entry) => (entry.isDir ? listFiles(run, entry.path) : [entry]))
  return (await Promise.all(nested)).flat()
}

function fileList(run: ActiveRun, files: readonly FileInfo[]): HTMLElement {
  const items = files.map(({ path, fileSize }) => {
    const download = (): Promise<void> =>
      run.openArtifact(path).then((blob) => saveBlob(blob, path.slice(path.lastIndexOf('/') + 1)))
    const onclick = (): void => reporting(`${path} could not be read`, download)
    const button = h('button', { type: 'button', class: 'plain', onclick }, path)
    return h('li', {}, button, h('span', { class: 'quiet' }, formatBytes(fileSize ?? 0)))
  })
  return items.length > 0 ? h('ul', {}, ...items) : h('p', { class: 'quiet' }, 'None yet.')
}

/** As an image, an SVG runs no script and loads nothing. */
async function figure(run: ActiveRun): Promise<HTMLElement> {
  const blob = await run.openArtifact(RUN_FILES.confusionFigure)
  const url = URL.createObjectURL(new Blob([blob], { type: 'image/svg+xml' }))
  const image = h('img', { src: url, alt: 'How often each class was taken for each other' })
  image.onload = () => URL.revokeObjectURL(url)
  return image
}

function datasetsOf({ inputs }: Run): Record<string, string> {
  return Object.fromEntries(
    inputs.datasetInputs.map(({ dataset, tags }) => {
      const { num_rows: rows } = JSON.parse(dataset.profile ?? '{}') as { num_rows?: number }
      const context = tags['mlflow.data.context'] ?? 'used'
      return [context, `${dataset.name}, ${rows ?? '?'} rows, digest ${dataset.digest}`]
    }),
  )
}

function pairs(title: string, values: Readonly<Record<string, string>>): HTMLElement[] {
  const entries = Object.entries(values)
  if (entries.length === 0) return []
  const lines = entries.flatMap(([key, value]) => [h('dt', {}, key), h('dd', {}, value)])
  return [h('h3', {}, title), h('dl', {}, ...lines)]
}

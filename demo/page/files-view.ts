import type { ActiveRun, FileInfo } from 'tracklet'
import { h } from './dom.js'
import { saveBlob } from './download.js'
import { formatBytes, formatCount } from './format.js'
import { reporting } from './notices.js'

/** Rows of one folder; what is beyond is counted. */
const MOST_ROWS = 500
const MOST_PICTURES = 3
const LARGEST_PICTURE = 4_000_000

/** By the ends of names: a type that the page gives, so that no file says by itself what it is. */
const PICTURES: Readonly<Record<string, string>> = {
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
}

/** The files of a run's folder, each to be saved; folders in it are read when they are opened. */
export function filesView(run: ActiveRun, files: readonly FileInfo[]): HTMLElement {
  if (files.length === 0) return h('p', { class: 'quiet' }, 'None.')
  const rows = files
    .slice(0, MOST_ROWS)
    .map((file) => (file.isDir ? folder(run, file) : leaf(run, file)))
  const left = files.length - rows.length
  const more =
    left > 0 ? h('li', { class: 'quiet' }, `and ${formatCount(left, 'more file')}`) : null
  return h('ul', {}, ...rows, more)
}

/** The pictures among some files, at most a few. As images, SVGs run no script and load nothing. */
export async function picturesOf(
  run: ActiveRun,
  files: readonly FileInfo[],
): Promise<HTMLElement[]> {
  const pictures = files.filter(
    ({ path, fileSize }) =>
      pictureType(path) !== undefined && (fileSize ?? Infinity) <= LARGEST_PICTURE,
  )
  return Promise.all(pictures.slice(0, MOST_PICTURES).map(({ path }) => picture(run, path)))
}

function folder(run: ActiveRun, { path }: FileInfo): HTMLElement {
  const below = h('div', { class: 'quiet' }, 'Reading…')
  const read = async (): Promise<void> => {
    below.replaceChildren(filesView(run, await run.listArtifacts(path)))
  }
  let isRead = false
  const ontoggle = (): void => {
    if (!isRead) reporting(`${path} could not be read`, read)
    isRead = true
  }
  return h('li', {}, h('details', { ontoggle }, h('summary', {}, `${nameOf(path)}/`), below))
}

function leaf(run: ActiveRun, { path, fileSize }: FileInfo): HTMLElement {
  const save = async (): Promise<void> => saveBlob(await run.openArtifact(path), nameOf(path))
  const attributes = {
    type: 'button',
    class: 'plain',
    title: `Save ${path}`,
    onclick: () => reporting(`${path} could not be read`, save),
  }
  const size = h('span', { class: 'quiet' }, formatBytes(fileSize ?? 0))
  return h('li', { class: 'file' }, h('button', attributes, nameOf(path)), size)
}

async function picture(run: ActiveRun, path: string): Promise<HTMLElement> {
  const blob = await run.openArtifact(path)
  const url = URL.createObjectURL(new Blob([blob], { type: pictureType(path) ?? '' }))
  const image = h('img', { src: url, alt: nameOf(path), title: path })
  const free = (): void => URL.revokeObjectURL(url)
  image.onload = free
  image.onerror = () => (free(), image.remove())
  return image
}

function pictureType(path: string): string | undefined {
  const end = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  return Object.hasOwn(PICTURES, end) ? PICTURES[end] : undefined
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

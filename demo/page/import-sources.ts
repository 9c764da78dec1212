import { byId } from './dom.js'
import { filesToFolder } from './folder-handles.js'
import { droppedToGiven, filesToGiven } from './given.js'
import type { Given } from './given.js'
import { reporting } from './notices.js'

type FolderPicker = (options: { mode: 'read' }) => Promise<FileSystemDirectoryHandle>

/** Takes what is to be imported: what is dropped anywhere on the page, and what the buttons ask for. */
export function takeImports(take: (given: Given) => void): void {
  takeDrops(take)
  takeFiles(take)
  takeFolders(take)
}

function takeDrops(take: (given: Given) => void): void {
  const hint = byId('drop-hint', HTMLDivElement)
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'copy'
    hint.hidden = false
  }
  addEventListener('dragenter', over)
  addEventListener('dragover', over)
  addEventListener('dragleave', (event) => {
    // Left for nothing else of the page: the pointer is out of the window.
    if (event.relatedTarget === null) hint.hidden = true
  })
  addEventListener('drop', (event) => {
    hint.hidden = true
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    const given = droppedToGiven(event.dataTransfer)
    if (given) take(given)
  })
}

function takeFiles(take: (given: Given) => void): void {
  const input = byId('file-input', HTMLInputElement)
  byId('import-file', HTMLButtonElement).addEventListener('click', () => input.click())
  input.addEventListener('change', () => {
    const given = filesToGiven([...(input.files ?? [])])
    // So that the same file can be chosen again.
    input.value = ''
    if (given) take(given)
  })
}

function takeFolders(take: (given: Given) => void): void {
  const input = byId('folder-input', HTMLInputElement)
  byId('import-folder', HTMLButtonElement).addEventListener('click', () =>
    reporting('The folder could not be opened', async () => {
      const { showDirectoryPicker } = globalThis as { showDirectoryPicker?: FolderPicker }
      if (showDirectoryPicker === undefined) return input.click()
      const folder = await showDirectoryPicker({ mode: 'read' }).catch(nullWhereCancelled)
      if (folder) take({ name: folder.name, input: folder })
    }),
  )
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])]
    input.value = ''
    const folder = filesToFolder(files)
    if (files.length > 0) take({ name: folder.name, input: folder })
  })
}

function nullWhereCancelled(error: unknown): null {
  if (error instanceof DOMException && error.name === 'AbortError') return null
  throw error
}

import { byId, h } from './dom.js'

/** A thing that the reader may do about a notice. */
export interface NoticeAction {
  readonly label: string
  readonly run: () => void
}

/** Shows an error until it is dismissed; says what was being done. */
export function showError(doing: string, error: unknown): void {
  console.error(error)
  const message = error instanceof Error ? error.message : String(error)
  addNotice(`${doing}: ${message}`, 'notice bad')
}

/** Shows a short message, with an action where there is one. */
export function showNotice(text: string, action?: NoticeAction): void {
  addNotice(text, 'notice', action)
}

/** Runs something that may fail in an event handler, and shows the error where it does. */
export function reporting(doing: string, work: () => Promise<void>): void {
  work().catch((error: unknown) => showError(doing, error))
}

function addNotice(text: string, className: string, action?: NoticeAction): void {
  const close = (): void => notice.remove()
  const actionButton = action
    ? h('button', { type: 'button', onclick: () => (close(), action.run()) }, action.label)
    : null
  const notice = h(
    'div',
    { class: className },
    h('span', {}, text),
    actionButton,
    h('button', { type: 'button', class: 'plain', onclick: close }, 'Dismiss'),
  )
  byId('errors', HTMLDivElement).replaceChildren(notice)
}

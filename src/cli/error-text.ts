import type { ErrorPlace, TrackletError } from '../errors.js'
import { styled } from './style.js'
import type { Screen } from './terminal.js'
import { textWidth, toVisible } from './text-width.js'

const MARGIN = '  '
/** Characters of a long line that are shown on each side of what is wrong. */
const AROUND = 60

/** The texts of a search, for an error to point into. */
export interface SearchTexts {
  readonly filter: string | undefined
  readonly orderBy: readonly string[]
}

/** An error as a command line says it: code and message; where a search's text is wrong, the text with a mark below. */
export function errorToText(error: TrackletError, texts: SearchTexts, screen: Screen): string {
  const message = error.message.split('\n').map(toVisible).join('\n')
  const head = `${styled(screen, 'red', 'error:')} ${error.errorCode}: ${message}\n`
  const text = error.at === undefined ? undefined : textAt(error.at, texts)
  return text === undefined ? head : head + markedText(text, error.at!, screen)
}

/** The same for a program, as MLflow's REST protocol has errors, and where a search's text is wrong. */
export function errorToDictionary({ errorCode, message, at }: TrackletError): unknown {
  return { error_code: errorCode, message, ...(at === undefined ? {} : { at }) }
}

function textAt(at: ErrorPlace, { filter, orderBy }: SearchTexts): string | undefined {
  return at.text === 'filter' ? filter : orderBy[at.index]
}

/** The line that the place begins in, and `^` below the characters that are wrong. */
function markedText(text: string, { start, end }: ErrorPlace, screen: Screen): string {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const next = text.indexOf('\n', start)
  const to = next === -1 ? text.length : next
  const stop = Math.min(Math.max(end, start), to)
  const [left, right] = [Math.max(from, start - AROUND), Math.min(to, stop + AROUND)]
  const before = `${left > from ? '…' : ''}${toVisible(text.slice(left, start))}`
  const wrong = toVisible(text.slice(start, stop))
  const after = `${toVisible(text.slice(stop, right))}${right < to ? '…' : ''}`
  const mark = '^'.repeat(Math.max(1, textWidth(wrong)))
  const space = ' '.repeat(textWidth(before))
  return `${MARGIN}${before}${wrong}${after}\n${MARGIN}${space}${styled(screen, 'red', mark)}\n`
}

import type { SqlArgument } from '../analysis-store.js'
import type { SqlToken } from './tokens.js'

/** Whether a query may mean a table: it stands there as a word or in any kind of quotes. */
export function mentions(tokens: readonly SqlToken[], table: string): boolean {
  return tokens.some(({ kind, text }) => isText(kind) && text.toLowerCase() === table)
}

/** The same without single quotes, in which it is mostly a value. */
export function mentionsAsName(tokens: readonly SqlToken[], table: string): boolean {
  return mentions(
    tokens.filter(({ kind }) => kind !== 'string'),
    table,
  )
}

/** Every text that could be the id of a run: literals, arguments, and the members of those that are JSON arrays. */
export function possibleIds(tokens: readonly SqlToken[], args: readonly SqlArgument[]): string[] {
  const literals = tokens.filter(({ kind }) => kind === 'string' || kind === 'name')
  const texts = [
    ...literals.map(({ text }) => text),
    ...args.filter((arg) => typeof arg === 'string'),
  ]
  return [...new Set(texts.flatMap((text) => [text, ...members(text)]))]
}

function members(text: string): string[] {
  if (!text.trimStart().startsWith('[')) return []
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed.filter((member) => typeof member === 'string') : []
  } catch {
    return []
  }
}

function isText(kind: SqlToken['kind']): boolean {
  return kind === 'word' || kind === 'name' || kind === 'string'
}

import type { User } from '../src/rest/auth.js'

const FIELDS = [
  'run_id',
  'run_uuid',
  'experiment_id',
  'name',
  'version',
  'stage',
  'alias',
  'model_id',
]
const MAX_TEXT = 250

/**
 * One line of a log: when, who (`-` where nobody logs in), what, and to what. Everything of the client's is JSON in
 * ASCII, so that no line can be forged and no terminal is moved.
 */
export function auditLine(
  { method, path, body }: { method: string; path: string; body: Uint8Array | null },
  user: User | null,
  now = new Date(),
): string {
  const who = user === null ? '-' : printable(user.name)
  return [now.toISOString(), who, method, printable(path), ...details(body)].join(' ')
}

function details(body: Uint8Array | null): string[] {
  const value = body === null ? null : parsed(body)
  if (typeof value !== 'object' || value === null) return []
  return FIELDS.flatMap((field) => {
    const text = (value as Record<string, unknown>)[field]
    const isPlain = typeof text === 'string' || typeof text === 'number'
    return isPlain ? [`${field}=${quoted(String(text))}`] : []
  })
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return null
  }
}

function printable(text: string): string {
  return /^[\w./@%~+-]{1,250}$/.test(text) ? text : quoted(text)
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, MAX_TEXT)).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

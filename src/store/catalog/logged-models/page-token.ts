import { invalid, wrongType } from '../../../entities/invalid.js'
import { pythonRepr } from '../../../entities/python-text.js'

// After mlflow/utils/search_utils.py, SearchLoggedModelsPaginationToken.

/** A term of an order as a token holds it. */
export interface TokenOrder {
  readonly field_name: string
  readonly ascending: boolean
  readonly dataset_name: string | null
  readonly dataset_digest: string | null
}

/** What a search of logged models asks for, as its tokens hold it; null for what is not given. */
export interface TokenQuery {
  readonly experiment_ids: readonly string[]
  readonly filter_string: string | null
  readonly order_by: readonly TokenOrder[] | null
}

const NAMES: readonly (readonly [keyof TokenQuery, string])[] = [
  ['experiment_ids', 'Experiment IDs'],
  ['filter_string', 'Filter string'],
  ['order_by', 'Order by'],
]

/** MLflow's token of the page that begins at `offset`. */
export function queryToPageToken(query: TokenQuery, offset: number): string {
  return btoa(pythonJson({ ...query, offset }))
}

/** Where a token's page begins; 0 without one. INVALID_PARAMETER_VALUE for the token of another query. */
export function pageTokenToOffset(token: string | undefined | null, query: TokenQuery): number {
  if (token === undefined || token === null || token === '') return 0
  if (typeof token !== 'string') throw wrongType('page_token', token)
  const fields = parseToken(token)
  for (const [field, name] of NAMES) {
    const found = fields[field] || null
    if (pythonJson(found) !== pythonJson(query[field])) throw otherQuery(name, query[field], found)
  }
  const offset = fields['offset'] || 0
  if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return offset
  throw invalid(`Invalid page token: ${token}. The offset must not be ${pythonRepr(offset)}.`)
}

function parseToken(token: string): Record<string, unknown> {
  try {
    const fields: unknown = JSON.parse(atob(token))
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields))
      return fields as Record<string, unknown>
  } catch {
    // Refused below, as is what is no object.
  }
  throw invalid(`Invalid page token: ${token}. Give the next_page_token of an answer as it is.`)
}

function otherQuery(name: string, expected: unknown, found: unknown): Error {
  const lower = name === 'Experiment IDs' ? 'experiment IDs' : name.toLowerCase()
  const verb = name === 'Experiment IDs' ? 'do' : 'does'
  return invalid(
    `${name} in the page token ${verb} not match the requested ${lower}. ` +
      `Expected: ${shown(expected)}. Found: ${shown(found)}`,
  )
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** JSON as Python's `json.dumps` writes it: a blank after each colon and comma, ASCII alone. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, item]) => `${jsonText(key)}: ${pythonJson(item)}`,
    )
    return `{${members.join(', ')}}`
  }
  return typeof value === 'string' ? jsonText(value) : JSON.stringify(value ?? null)
}

function jsonText(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

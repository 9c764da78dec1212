import { invalid, wrongType } from '../entities/invalid.js'
import { pythonBytes, pythonRepr } from '../entities/python-text.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** How a listing may be cut into pages. */
export interface PageRule {
  /** Items of a page when none are asked for; Infinity for all. */
  readonly default: number
  /** The most that may be asked for. */
  readonly max: number
  /** MLflow words the refusal of too many differently from listing to listing. */
  readonly tooMany: 'hint' | 'at-most'
  /** Whether MLflow's sentence about a positive integer ends with a period. */
  readonly period: boolean
  /** MLflow's sentence about what is no positive integer, where it is not the usual one. */
  readonly tooFew?: (value: number) => string
}

/** Pages of runs. */
export const RUN_PAGES: PageRule = { default: 1000, max: 50_000, tooMany: 'hint', period: false }

/** Pages of experiments. */
export const EXPERIMENT_PAGES: PageRule = { ...RUN_PAGES, tooMany: 'at-most' }

/** Pages of registered models. MLflow does not look at 0 and less, and answers nonsense; here they are refused. */
export const MODEL_PAGES: PageRule = { ...RUN_PAGES, default: 100, max: 1000 }

/** Pages of model versions. */
export const VERSION_PAGES: PageRule = {
  ...RUN_PAGES,
  default: 200_000,
  max: 200_000,
  tooFew: (value) =>
    `Invalid value for max_results. It must be a positive integer, but got ${value}`,
}

/** Pages of a metric's history: all of it unless asked otherwise. */
export const HISTORY_PAGES: PageRule = {
  default: Number.POSITIVE_INFINITY,
  max: Number.MAX_SAFE_INTEGER,
  tooMany: 'at-most',
  period: true,
}

/** A stretch of a listing: `limit` items from `offset` on. */
export interface Page {
  readonly offset: number
  readonly limit: number
}

/** The page that a request asks for; INVALID_PARAMETER_VALUE for a bad size or token. */
export function pageOf(
  maxResults: number | undefined,
  pageToken: string | undefined,
  rule: PageRule,
): Page {
  return { limit: pageSize(maxResults, rule), offset: pageTokenToOffset(pageToken) }
}

/** How many items a page holds at most; INVALID_PARAMETER_VALUE for a bad number. */
export function pageSize(maxResults: number | undefined, rule: PageRule): number {
  if (maxResults === undefined) return rule.default
  checkMaxResults(maxResults, rule)
  return maxResults
}

/** MLflow's token of a page that begins at `offset`: base64 of `{"offset": N}`. */
export function offsetToPageToken(offset: number): string {
  return btoa(`{"offset": ${offset}}`)
}

/** The token of the page after `page`, null when `more` says that there is none. */
export function nextPageToken(page: Page, more: boolean): string | null {
  return more ? offsetToPageToken(page.offset + page.limit) : null
}

/** Where a token's page begins; 0 without a token. Throws MLflow's four complaints. */
export function pageTokenToOffset(pageToken: string | undefined | null): number {
  if (pageToken === undefined || pageToken === null || pageToken === '') return 0
  if (typeof pageToken !== 'string') throw wrongType('page_token', pageToken)
  const bytes = decodeBase64(pageToken)
  if (bytes === null) throw invalid('Invalid page token, could not base64-decode')
  const parsed = parseJson(bytes)
  const offset =
    typeof parsed === 'object' && parsed !== null && 'offset' in parsed ? parsed.offset : undefined
  if (!offset) throw invalid(`Invalid page token, parsed value=${pythonRepr(parsed)}`)
  return toOffset(offset)
}

function checkMaxResults(value: unknown, rule: PageRule): void {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType('max_results', value)
  if (value <= 0)
    throw invalid(
      rule.tooFew?.(value) ??
        `Invalid value ${value} for parameter 'max_results' supplied. ` +
          `It must be a positive integer${rule.period ? '.' : ''}`,
    )
  if (value <= rule.max) return
  if (rule.tooMany === 'hint') throw wrongType('max_results', value)
  throw invalid(
    `Invalid value ${value} for parameter 'max_results' supplied. It must be at most ${rule.max}`,
  )
}

function toOffset(value: unknown): number {
  const number =
    typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)
      ? Number(value)
      : typeof value === 'number'
        ? Math.trunc(value)
        : Number.NaN
  if (Number.isSafeInteger(number) && number >= 0) return number
  const text = typeof value === 'string' ? value : pythonRepr(value)
  throw invalid(`Invalid page token, not stringable ${text}`)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalid(`Invalid page token, decoded value=${pythonBytes(bytes)}`)
  }
}

/** As lenient as Python's decoder: foreign characters are skipped, what follows full padding is ignored. */
function decodeBase64(text: string): Uint8Array | null {
  const bytes: number[] = []
  let bits = 0
  let digits = 0
  let pads = 0
  for (const char of text) {
    if (char === '=' && digits >= 2 && digits + ++pads >= 4) return Uint8Array.from(bytes)
    const value = ALPHABET.indexOf(char)
    if (value < 0) continue
    pads = 0
    bits = ((bits << 6) | value) & 0xffff
    if (digits > 0) bytes.push((bits >> (6 - 2 * digits)) & 0xff)
    digits = (digits + 1) % 4
  }
  return digits === 0 ? Uint8Array.from(bytes) : null
}

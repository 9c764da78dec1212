import type { Span } from './ast.js'
import { charAt, followsWord, isDigit, isLatin, isSpace, isWord, runEnd } from './characters.js'
import { bracketedEnd, Delimiters, numberAt, quotedEnd } from './literals.js'
import { ALWAYS_KEYWORDS, PHRASES_BY_WORD, wordType, type WordType } from './sql-words.js'

/** What a token is. `statement` is SELECT and its like, `builtin` a type of SQL, `symbol` a text in double quotes. */
export type TokenType =
  | WordType
  | 'space'
  | 'newline'
  | 'comment'
  | 'assignment'
  | 'punctuation'
  | 'wildcard'
  | 'name'
  | 'placeholder'
  | 'command'
  | 'hex'
  | 'float'
  | 'integer'
  | 'string'
  | 'symbol'
  | 'literal'
  | 'error'

/** One token of a search's text; together they cover all of it. */
export interface Token extends Span {
  readonly type: TokenType
}

type Found = readonly [type: TokenType, end: number]

const JSON_OPERATORS = ['->>', '->', '#>>', '#>', '@>', '<@', '-', '#-']
const COMPARATOR = /[<>=~!]/
const OPERATOR = /[+/@#%^&|-]/
const PUNCTUATION = ';:()[],.'

/**
 * The tokens of a search's text, by the rules of sqlparse's lexer (0.6.1), through which MLflow reads filters and orders.
 * Any text has tokens; what nothing else is becomes an `error` of one character. The time is linear in its length.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const delimiters = new Delimiters(text)
  for (let start = 0; start < text.length;) {
    const [type, end] = tokenAt(text, start, delimiters)
    tokens.push({ type, start, end })
    start = end
  }
  return tokens
}

function tokenAt(text: string, at: number, delimiters: Delimiters): Found {
  const char = charAt(text, at)
  const next = text[at + 1]
  if (isWord(char)) return wordAt(text, at, char)
  if (isSpace(char)) return spaceAt(text, at)
  if ((char === '-' && next === '-') || (char === '#' && next === ' '))
    return ['comment', lineEnd(text, at)]
  const number = char === '-' || char === '.' ? numberAt(text, at) : null
  return (
    number ??
    delimitedAt(text, at, char, delimiters) ??
    prefixedAt(text, at, char) ??
    signAt(text, at, char)
  )
}

function spaceAt(text: string, at: number): Found {
  const char = text[at]
  if (char === '\n') return ['newline', at + 1]
  if (char === '\r') return ['newline', text[at + 1] === '\n' ? at + 2 : at + 1]
  return ['space', at + 1]
}

/** A comment takes the line break that ends it. */
function lineEnd(text: string, at: number): number {
  let end = at
  while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++
  return end === text.length ? end : spaceAt(text, end)[1]
}

function delimitedAt(text: string, at: number, char: string, delimiters: Delimiters): Found | null {
  const type = DELIMITED[char]
  if (type === undefined) return null
  const end = delimitedEnd(text, at, char, delimiters)
  return end === null ? null : [type, end]
}

function delimitedEnd(
  text: string,
  at: number,
  char: string,
  delimiters: Delimiters,
): number | null {
  if (char === '$') return delimiters.literalEnd(at)
  if (char === '/') return delimiters.commentEnd(at)
  return char === '[' ? bracketedEnd(text, at) : quotedEnd(text, at)
}

const DELIMITED: Readonly<Record<string, TokenType>> = {
  "'": 'string',
  '"': 'symbol',
  '`': 'name',
  '´': 'name',
  '[': 'name',
  $: 'literal',
  '/': 'comment',
}

/** `:=`, `::`, `%s`, `$1`, `\d`, `@name`: signs that mean something with what follows. */
function prefixedAt(text: string, at: number, char: string): Found | null {
  const next = text[at + 1] ?? ''
  if (char === ':' && next === '=') return ['assignment', at + 2]
  if (char === ':' && next === ':') return ['punctuation', at + 2]
  if (char === '?') return ['placeholder', at + 1]
  if (char === '%') return formatAt(text, at)
  const end = runEnd(text, at + 1, isWord)
  if ((char === '$' || char === ':') && end > at + 1 && !followsWord(text, at))
    return ['placeholder', end]
  if (char === '\\') return [end > at + 1 ? 'command' : 'error', Math.max(end, at + 1)]
  if (char === '@' || char === '#') return localNameAt(text, at)
  return null
}

/** `%s` or `%(name)s`. */
function formatAt(text: string, at: number): Found | null {
  let end = at + 1
  if (text[end] === '(') {
    const close = runEnd(text, end + 1, isWord)
    if (close === end + 1 || text[close] !== ')') return null
    end = close + 1
  }
  return text[end] === 's' || text[end] === 'S' ? ['placeholder', end + 1] : null
}

/** `@name`, `#name` or `##name`, of two characters and more. */
function localNameAt(text: string, at: number): Found | null {
  const start = text.startsWith('##', at) ? at + 2 : at + 1
  const first = charAt(text, start)
  if (!isLatin(first)) return null
  const end = runEnd(text, start, isWord)
  return end > start + first.length ? ['name', end] : null
}

function signAt(text: string, at: number, char: string): Found {
  if (char === '*') return ['wildcard', at + 1]
  if (PUNCTUATION.includes(char)) return ['punctuation', at + 1]
  const operator = JSON_OPERATORS.find((sign) => text.startsWith(sign, at))
  if (operator !== undefined) return ['operator', at + operator.length]
  if (COMPARATOR.test(char)) return ['comparator', runEnd(text, at, (one) => COMPARATOR.test(one))]
  if (OPERATOR.test(char)) return ['operator', runEnd(text, at, (one) => OPERATOR.test(one))]
  return ['error', at + char.length]
}

function wordAt(text: string, at: number, char: string): Found {
  if (isDigit(char)) {
    const number = numberAt(text, at)
    if (number !== null) return number
  } else if (isLatin(char)) {
    const found = latinWordAt(text, at)
    if (found !== null) return found
  }
  const end = runEnd(text, at, (one) => one === '$' || one === '#' || isWord(one))
  return [wordType(text.slice(at, end).toUpperCase()) ?? 'name', end]
}

function latinWordAt(text: string, at: number): Found | null {
  const end = runEnd(text, at, isWord)
  const upper = text.slice(at, end).toUpperCase()
  if (ALWAYS_KEYWORDS.has(upper)) return ['keyword', end]
  if (text[at - 1] === '.' || text[end] === '(' || isFollowedByDot(text, end)) return ['name', end]
  const batch = upper === 'GO' ? batchEnd(text, end) : null
  if (batch !== null) return ['keyword', batch]
  for (const { words, type } of PHRASES_BY_WORD.get(upper) ?? []) {
    const phraseEnd = restOfPhrase(text, end, words)
    if (phraseEnd !== null) return [type, phraseEnd]
  }
  return null
}

/** The end of `GO 2`, which takes one blank; null where no number stands there. */
function batchEnd(text: string, at: number): number | null {
  const end = runEnd(text, at + 1, isDigit)
  return isSpace(charAt(text, at)) && end > at + 1 && !isWord(charAt(text, end)) ? end : null
}

/** White space may come before the dot; a digit behind it makes it a number's. */
function isFollowedByDot(text: string, at: number): boolean {
  const dot = runEnd(text, at, isSpace)
  return text[dot] === '.' && !isDigit(charAt(text, dot + 1))
}

/** The end of a phrase whose first word ends at `at`; null where it does not stand there. */
function restOfPhrase(text: string, at: number, words: readonly string[]): number | null {
  let end = at
  for (const word of words.slice(1)) {
    const start = runEnd(text, end, isSpace)
    if (start === end) return null
    end = runEnd(text, start, isWord)
    if (end - start !== word.length || text.slice(start, end).toUpperCase() !== word) return null
  }
  return end
}

import { invalid } from '../../entities/invalid.js'
import type { SqlToken } from './tokens.js'
import { tokenize } from './tokens.js'

/** A query, read as far as it has to be before SQLite sees it. */
export interface QueryText {
  readonly text: string
  readonly tokens: readonly SqlToken[]
  /** How many arguments its `?` take. */
  readonly parameters: number
}

const LONGEST_TEXT = 1_000_000
const MOST_PARAMETERS = 32_766
const FIRST_WORDS = ['SELECT', 'WITH', 'VALUES']

/** Reads a query. INVALID_PARAMETER_VALUE unless it is one statement that reads, with no parameters but `?` and `?1`. */
export function readQuery(text: unknown): QueryText {
  if (typeof text !== 'string') throw invalid('The SQL must be a text.')
  if (text.length > LONGEST_TEXT)
    throw invalid(
      `The SQL has ${text.length} characters, ${LONGEST_TEXT} at most are taken. Pass long values as arguments.`,
    )
  if (text.includes('\0'))
    throw invalid('The SQL contains a NUL character. Pass such a value as an argument.')
  const tokens = oneStatement(tokenize(text))
  checkFirstWords(tokens)
  return { text, tokens, parameters: countParameters(tokens) }
}

function oneStatement(tokens: readonly SqlToken[]): readonly SqlToken[] {
  const isEnd = ({ kind, text }: SqlToken): boolean => kind === 'sign' && text === ';'
  const end = tokens.findIndex(isEnd)
  if (end < 0) return tokens
  const more = tokens.slice(end).find((token) => !isEnd(token))
  if (more !== undefined)
    throw invalid(
      `One statement at a time: something follows the semicolon, at character ${more.start}.`,
    )
  return tokens.slice(0, end)
}

// EXPLAIN PRAGMA would already do what the pragma says.
function checkFirstWords(tokens: readonly SqlToken[]): void {
  const words = tokens.slice(0, 4).map((token) => (token.kind === 'word' ? upper(token) : ''))
  const plan = words[0] === 'EXPLAIN' && words[1] === 'QUERY' && words[2] === 'PLAN'
  const first = words[plan ? 3 : words[0] === 'EXPLAIN' ? 1 : 0] ?? ''
  if (FIRST_WORDS.includes(first)) return
  throw invalid(
    'Only queries are run: a single statement that begins with SELECT, WITH, VALUES, EXPLAIN or EXPLAIN QUERY PLAN.',
  )
}

// `?` is one more than the greatest so far, `?5` the fifth (sqlite.org/lang_expr.html#varparam).
function countParameters(tokens: readonly SqlToken[]): number {
  let most = 0
  for (const { kind, text } of tokens) {
    if (kind === 'named')
      throw invalid(`Named parameters such as ${text} are not taken. Write ? or ?1, ?2, ...`)
    if (kind !== 'parameter') continue
    const number = text === '?' ? most + 1 : Number(text.slice(1))
    if (!(number >= 1 && number <= MOST_PARAMETERS))
      throw invalid(`The parameter ${text} is none: from ?1 to ?${MOST_PARAMETERS} there are.`)
    most = Math.max(most, number)
  }
  return most
}

/** The word as keywords are compared. */
function upper({ text }: SqlToken): string {
  return text.toUpperCase()
}

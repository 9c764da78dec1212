import { GroupingLimit, type Node } from './grouping.js'
import { groupTokens } from './grouping-rules.js'
import { tokenize, type Token } from './tokenizer.js'

/** A text's one statement, or why there is none, and from where on. */
export type Parsed =
  | { readonly statement: Node }
  | { readonly reason: 'blank' | 'several' | 'limits'; readonly from: number }

/** Reads the one statement that a filter or an order is. */
export function parseStatement(text: string): Parsed {
  const statements = splitStatements(tokenize(text), text)
  const [first, second] = statements
  if (first === undefined) return { reason: 'blank', from: 0 }
  try {
    const groups = statements.map((tokens) => groupTokens(tokens, text))
    if (second !== undefined) return { reason: 'several', from: second[0]!.start }
    return { statement: groups[0]! }
  } catch (error) {
    if (error instanceof GroupingLimit) return { reason: 'limits', from: 0 }
    throw error
  }
}

/** Statements end at a `;` outside of parentheses and of BEGIN ... END, or at GO; what follows on the line stays theirs. */
function splitStatements(tokens: readonly Token[], text: string): Token[][] {
  const statements: Token[][] = []
  const splitter = new Splitter(text)
  let current: Token[] = []
  for (const token of tokens) {
    if (splitter.isDone && token.type !== 'space' && !isLineComment(token, text)) {
      statements.push(current)
      current = []
      splitter.reset()
    }
    current.push(token)
    splitter.take(token)
  }
  const hasMore = current.some(({ type }) => type !== 'space' && type !== 'newline')
  return hasMore ? [...statements, current] : statements
}

function isLineComment({ type, start }: Token, text: string): boolean {
  return type === 'comment' && text[start] !== '/'
}

class Splitter {
  readonly #text: string
  #level = 0
  #blocks = 0
  #justBegun = false
  isDone = false

  constructor(text: string) {
    this.#text = text
  }

  reset(): void {
    this.#level = this.#blocks = 0
    this.#justBegun = this.isDone = false
  }

  take({ type, start, end }: Token): void {
    if (type !== 'punctuation' && type !== 'keyword') {
      if (type !== 'space' && type !== 'newline' && type !== 'comment') this.#justBegun = false
      return
    }
    const sign = this.#text.slice(start, end).toUpperCase()
    if (sign === ';') this.#takeSemicolon()
    else {
      this.#justBegun = sign === 'BEGIN' && type === 'keyword'
      if (sign === '(' || this.#justBegun) this.#level++
      if (sign === ')' || sign === 'END') this.#level--
      if (this.#justBegun) this.#blocks++
      if (sign === 'END') this.#blocks = Math.max(0, this.#blocks - 1)
      if (/^GO(?!\S)/.test(this.#text.slice(start, end))) this.isDone = true
    }
  }

  /** `BEGIN;` alone opens no block. */
  #takeSemicolon(): void {
    if (this.#justBegun) {
      this.#blocks--
      this.#level--
    }
    this.#justBegun = false
    if (this.#level <= 0 && this.#blocks === 0) this.isDone = true
  }
}

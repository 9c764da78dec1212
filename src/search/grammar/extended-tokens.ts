import type { Span } from './ast.js'
import type { Operand } from './rules.js'
import { failIn, shown } from './refusals.js'
import { tokenize, type Token, type TokenType } from './tokenizer.js'

const NAMES: ReadonlySet<TokenType> = new Set(['name', 'symbol', 'builtin'])
const PARTS: ReadonlySet<TokenType> = new Set([...NAMES, 'keyword', 'string', 'order', 'statement'])
const VALUES: Readonly<Partial<Record<TokenType, Operand['kind']>>> = {
  integer: 'number',
  float: 'number',
  string: 'string',
  symbol: 'identifier',
}

/** A comparator; `isNegated` is NOT LIKE and its like, of which `comparator` is the positive one. */
export interface FoundComparator {
  readonly comparator: string
  readonly isNegated: boolean
  readonly token: Token
}

/** The tokens of an extended filter, taken from left to right. */
export class ExtendedTokens {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokenize(text).filter(({ type }) => type !== 'space' && type !== 'newline')
    if (this.#tokens.length === 0)
      failIn({ start: 0, end: text.length })(
        `Invalid filter '${shown(text)}'. Could not be parsed.`,
      )
  }

  /** The end of the last token that was taken. */
  get end(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0
  }

  /** The next token; undefined at the end. */
  peek(): Token | undefined {
    return this.#tokens[this.#at]
  }

  /** What stands at a place. */
  textOf({ start, end }: Span): string {
    return this.#text.slice(start, end)
  }

  /** Refuses the next token, where something else is expected. */
  refuse(expected: string): never {
    const token = this.peek()
    const place = token ?? { start: this.#text.length, end: this.#text.length }
    const found = token === undefined ? 'nothing more' : `'${shown(this.textOf(token))}'`
    return failIn(place)(`Invalid filter: ${expected} is expected, and there is ${found}.`)
  }

  /** Takes the next token if it is this word, in upper case; null otherwise. */
  takeWord(word: string): Token | null {
    const token = this.peek()
    if (token === undefined || !/^[A-Za-z]/.test(this.#text[token.start]!)) return null
    if (token.end - token.start !== word.length || this.#isPath()) return null
    return this.textOf(token).toUpperCase() === word ? this.#take() : null
  }

  /** Takes the next token if it is this sign; null otherwise. */
  takeSign(sign: string): Token | null {
    const token = this.peek()
    return token?.type === 'punctuation' && this.textOf(token) === sign ? this.#take() : null
  }

  /** Takes the next token if it is of this type; null otherwise. */
  takeType(type: TokenType): Token | null {
    return this.peek()?.type === type ? this.#take() : null
  }

  /** Whether nothing more can belong to the conjunction that is being read. */
  endsConjunction(): boolean {
    const token = this.peek()
    if (token === undefined) return true
    const text = this.textOf(token)
    return text === ')' || (text.toUpperCase() === 'OR' && !this.#isPath())
  }

  /** Takes a name that an opening parenthesis follows; null where there is none. */
  functionName(): Token | null {
    const [token, next] = [this.peek(), this.#tokens[this.#at + 1]]
    const isFunction = token?.type === 'name' && next !== undefined && this.textOf(next) === '('
    return isFunction ? this.#take() : null
  }

  /** Takes `name` or `name.part.part`, without white space around the dots. */
  path(): Span {
    const first = this.peek()
    if (first === undefined || !NAMES.has(first.type)) return this.refuse('a comparison')
    this.#at++
    while (this.#isNext('.')) {
      this.#at++
      const part = this.peek()
      if (part !== undefined && part.start === this.end && PARTS.has(part.type)) this.#at++
    }
    return { start: first.start, end: this.end }
  }

  /** Takes a comparator, in upper case and with one blank between its words. */
  comparator(): FoundComparator {
    const token = this.peek()
    if (token?.type === 'comparator') {
      this.#at++
      const text = this.textOf(token).toUpperCase().replace(/\s+/g, ' ')
      const isNegated = text.startsWith('NOT ') && !text.includes('REGEXP')
      return { comparator: isNegated ? text.slice(4) : text, isNegated, token }
    }
    if (token === undefined) return this.refuse('a comparator')
    return { comparator: this.#wordComparator(), isNegated: false, token }
  }

  /** Takes one value, or a parenthesis where a value should be. */
  value(): Span & { readonly kind: Operand['kind'] } {
    const token = this.peek()
    if (token === undefined) return this.refuse('a value')
    if (this.textOf(token) === '(') return { ...this.list(), kind: 'list' }
    const kind = VALUES[token.type]
    if (kind === undefined)
      return NAMES.has(token.type) ? { ...this.path(), kind: 'identifier' } : this.refuse('a value')
    this.#at++
    return { start: token.start, end: token.end, kind }
  }

  /** Takes a list in parentheses; its items are the tokens between its commas. */
  list(): Span & { readonly items: readonly Token[] } {
    const open = this.takeSign('(') ?? this.refuse('a list in parentheses')
    const items: Token[] = []
    while (this.takeSign(')') === null) {
      if (items.length > 0 && this.peek()?.type !== 'string' && this.peek()?.type !== 'symbol')
        if (this.takeSign(',') === null) this.refuse("',' or ')'")
      if (this.takeSign(')') !== null) break
      if (this.takeSign('(') !== null || this.peek() === undefined) this.refuse('a value')
      items.push(this.#take())
    }
    return { start: open.start, end: this.end, items }
  }

  #wordComparator(): string {
    if (this.takeWord('IN') !== null) return 'IN'
    if (this.takeWord('NOT') !== null)
      return this.takeWord('IN') === null ? this.refuse('IN or LIKE') : 'NOT IN'
    if (this.takeWord('IS') === null) return this.refuse('a comparator')
    if (this.takeWord('NULL') !== null) return 'IS NULL'
    const token = this.peek()
    const isNotNull = token !== undefined && /^NOT\s+NULL$/i.test(this.textOf(token))
    if (!isNotNull) return this.refuse('NULL or NOT NULL')
    this.#at++
    return 'IS NOT NULL'
  }

  /** Whether the next token is the start of `name.part`, whatever word it is. */
  #isPath(): boolean {
    const [token, next] = [this.peek()!, this.#tokens[this.#at + 1]]
    return next !== undefined && next.start === token.end && this.textOf(next) === '.'
  }

  #isNext(sign: string): boolean {
    const token = this.peek()
    return token !== undefined && token.start === this.end && this.textOf(token) === sign
  }

  #take(): Token {
    return this.#tokens[this.#at++]!
  }
}

/** How `parseJson` reads what `JSON.parse` has no choice about. */
export interface JsonRules {
  /** What an integer is, by its text: `-?\d+`. */
  readonly integer: (digits: string) => number | bigint
  /** How many lists and objects may lie in one another. */
  readonly deepest: number
}

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const WORDS: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  // Python's reader knows these three.
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]

/**
 * What a JSON text says, its integers read by a rule of the caller's, since `JSON.parse` forgets how a number was
 * written; other numbers are doubles. `NaN`, `Infinity` and `-Infinity` are read as Python reads them. Throws SyntaxError
 * where the text is no JSON, or nests too deep.
 */
export function parseJson(text: string, rules: JsonRules): unknown {
  return new JsonParser(text, rules).parse()
}

/** Where the quote is that ends the string whose first one is at `start`; -1 where there is none. */
export function endOfJsonString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1)
  while (at !== -1 && isEscaped(text, at)) at = text.indexOf('"', at + 1)
  return at
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - slashes - 1) === 0x5c) slashes++
  return slashes % 2 === 1
}

class JsonParser {
  readonly #text: string
  readonly #rules: JsonRules
  #at = 0

  constructor(text: string, rules: JsonRules) {
    this.#text = text
    this.#rules = rules
  }

  parse(): unknown {
    this.#skipSpace()
    const value = this.#value(0)
    if (this.#at < this.#text.length) throw new SyntaxError('text behind the value')
    return value
  }

  #value(depth: number): unknown {
    if (depth > this.#rules.deepest) throw new SyntaxError('too deep')
    const value = this.#bareValue(depth)
    this.#skipSpace()
    return value
  }

  #bareValue(depth: number): unknown {
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#array(depth)
    if (first === '"') return this.#string()
    return this.#number() ?? this.#word()
  }

  #object(depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = []
    this.#list('}', () => {
      const name = this.#string()
      this.#skipSpace()
      this.#expect(':')
      this.#skipSpace()
      entries.push([name, this.#value(depth + 1)])
    })
    // The last of two equal names counts; `__proto__` becomes a name like any other.
    return Object.fromEntries(entries)
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = []
    this.#list(']', () => items.push(this.#value(depth + 1)))
    return items
  }

  #list(end: string, item: () => void): void {
    this.#at++
    this.#skipSpace()
    if (this.#text[this.#at] === end) {
      this.#at++
      return
    }
    for (;;) {
      item()
      this.#skipSpace()
      if (this.#text[this.#at] === end) break
      this.#expect(',')
      this.#skipSpace()
    }
    this.#at++
  }

  #string(): string {
    const start = this.#at
    if (this.#text[start] !== '"') throw new SyntaxError('no "')
    const end = endOfJsonString(this.#text, start)
    if (end === -1) throw new SyntaxError('no end of a string')
    this.#at = end + 1
    return JSON.parse(this.#text.slice(start, this.#at)) as string
  }

  /** Undefined where there is no number. */
  #number(): unknown {
    NUMBER.lastIndex = this.#at
    const match = NUMBER.exec(this.#text)
    if (match === null) return undefined
    this.#at = NUMBER.lastIndex
    const isInteger = match[1] === undefined && match[2] === undefined
    return isInteger ? this.#rules.integer(match[0]) : Number(match[0])
  }

  #word(): unknown {
    const found = WORDS.find(([word]) => this.#text.startsWith(word, this.#at))
    if (found === undefined) throw new SyntaxError('no value')
    this.#at += found[0].length
    return found[1]
  }

  #expect(unit: string): void {
    if (this.#text[this.#at] !== unit) throw new SyntaxError(`no ${unit}`)
    this.#at++
  }

  #skipSpace(): void {
    if (this.#text.charCodeAt(this.#at) > 0x20) return
    SPACE.lastIndex = this.#at
    SPACE.test(this.#text)
    this.#at = SPACE.lastIndex
  }
}
